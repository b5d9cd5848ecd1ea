"""Many callers at once, in transactions of their own: the rules hold as if they came in turn."""

import asyncio
from collections.abc import Awaitable

import httpx

from tests.support.builders import join, made, make_group, make_people


async def test_twenty_joiners_leave_eight_members(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 0, active=False)
    where = f"/v1/groups/{group['id']}/memberships"
    people = await make_people(client, 20)
    answers = await asyncio.gather(
        *(client.post(where, json={"person_id": person_id}) for person_id in people)
    )
    joined = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert sorted(membership["place"] for membership in joined) == list(range(1, 9))
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {
        (409, "group_full")
    }
    assert made(await client.get(f"/v1/groups/{group['id']}"))["members"] == 8
    assert len(made(await client.get(where))["data"]) == 8


async def test_the_same_person_joins_once(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 0, active=False)
    where = f"/v1/groups/{group['id']}/memberships"
    (person_id,) = await make_people(client, 1)
    answers = await asyncio.gather(
        *(client.post(where, json={"person_id": person_id}) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"already_member"}


async def test_of_two_changes_of_one_version_one_wins(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    for where, field in (
        (f"/v1/groups/{group['id']}", "name"),
        (f"/v1/memberships/{group['memberships'][0]}", "external_id"),
        (f"/v1/people/{group['people'][0]}", "name"),
    ):
        etag = (await client.get(where)).headers["ETag"]
        answers = await asyncio.gather(
            *(
                client.patch(where, json={field: f"Change {number}"}, headers={"If-Match": etag})
                for number in range(2)
            )
        )
        winner, loser = sorted(answers, key=lambda answer: answer.status_code)
        assert winner.status_code == 200
        assert loser.status_code in {409, 412}
        now = (await client.get(where)).json()
        assert now == {name: winner.json()[name] for name in now}


async def test_of_two_verbs_one_wins(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    answers = await asyncio.gather(*(client.post(f"{where}/pause") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4


async def test_a_leave_is_deleted_once(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/memberships/{group['memberships'][0]}/leaves"
    body = {"first_on": "2026-12-01", "last_on": "2026-12-02"}
    created = await asyncio.gather(*(client.post(where, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in created) == [201, 409, 409, 409]
    (leave,) = made(await client.get(where))["data"]
    deleted = await asyncio.gather(*(client.delete(f"/v1/leaves/{leave['id']}") for _ in range(4)))
    assert sorted(answer.status_code for answer in deleted) == [200, 404, 404, 404]


async def test_joins_and_ends_and_settings_of_one_group_all_come_through(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 4)
    newcomers = await make_people(client, 4)
    await asyncio.gather(
        *(join(client, group["id"], person_id) for person_id in newcomers),
        *(
            _success(client.post(f"/v1/memberships/{membership_id}/end", json={}))
            for membership_id in group["memberships"]
        ),
        *(
            _success(client.patch(f"/v1/groups/{group['id']}", json={"name": f"Name {number}"}))
            for number in range(4)
        ),
        *(
            _success(
                client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": person_id})
            )
            for person_id in newcomers
        ),
    )
    assert made(await client.get(f"/v1/groups/{group['id']}"))["members"] == 8


async def _success(call: Awaitable[httpx.Response]) -> None:
    made(await call)
