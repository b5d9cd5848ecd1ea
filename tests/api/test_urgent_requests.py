"""Urgent hot seats over the API."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import made, make_people, without_change
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant, make_tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    """Six members, one hot seat a meeting: member 1 tomorrow, member 6 in the sixth week."""
    return await make_rotation(client, database, tenant, clock, weeks=8, seats=1)


async def _ask(rotation: Rotation, week: int, member: str, **fields: Any) -> dict[str, Any]:
    request: dict[str, Any] = made(await _post(rotation, week, member, **fields))
    return request


async def _post(rotation: Rotation, week: int, member: str, **fields: Any) -> httpx.Response:
    path = f"/v1/meetings/{rotation.meetings[week]}/urgent_requests"
    return await rotation.client.post(path, json={"membership_id": member, **fields})


async def _answer(
    rotation: Rotation, request: dict[str, Any], verb: str, **body: Any
) -> httpx.Response:
    return await rotation.client.post(
        f"/v1/urgent_requests/{request['id']}/{verb}", json=body or None
    )


async def _holders(rotation: Rotation) -> list[str]:
    return [holders[0] for holders in await rotation.plan() if holders]


async def test_a_request_is_made_and_read(
    rotation: Rotation, other_client: httpx.AsyncClient
) -> None:
    *_, last = await _holders(rotation)
    path = f"/v1/meetings/{rotation.meetings[3]}/urgent_requests"
    response = await _post(rotation, 3, last, reason="The offer runs out")
    assert response.status_code == 201
    request = without_change(response.json())
    assert (request["state"], request["decision"]) == ("requested", None)
    read = await rotation.client.get(response.headers["Location"])
    assert read.json() == request
    assert made(await rotation.client.get(path))["data"] == [request]
    assert (await other_client.get(path)).status_code == 404
    assert (await other_client.get(response.headers["Location"])).status_code == 404

    again = await _post(rotation, 3, last)
    assert (again.status_code, again.json()["code"]) == (409, "already_requested")
    ((_, data),) = await events_of(rotation.database, rotation.tenant, "urgent_request")
    assert data["state"] == "requested"
    assert "reason" not in data


async def test_who_cannot_ask(rotation: Rotation) -> None:
    first, *_ = await _holders(rotation)
    seated = await _post(rotation, 0, first)
    assert (seated.status_code, seated.json()["code"]) == (409, "already_seated")
    stranger = await _post(rotation, 0, "mbr_01h455vb4pex5vsknk084sn02q")
    assert (stranger.status_code, stranger.json()["code"]) == (422, "unknown_membership")
    await rotation.absent(rotation.meetings[1], first)
    away = await _post(rotation, 1, first)
    assert (away.status_code, away.json()["code"]) == (409, "member_not_expected")
    await rotation.start(rotation.meetings[0])
    late = await _post(rotation, 0, rotation.members[2])
    assert (late.status_code, late.json()["code"]) == (409, "meeting_over")


async def test_the_reason_is_for_keys_that_may_read_it(
    rotation: Rotation, app: FastAPI, database: Database
) -> None:
    *_, last = await _holders(rotation)
    request = await _ask(rotation, 3, last, reason="A lawsuit")
    narrow = await make_tenant(
        database, scopes=("read",), workspace_id=rotation.tenant.workspace_id
    )
    async with narrow.client(app) as client:
        assert made(await client.get(f"/v1/urgent_requests/{request['id']}"))["reason"] is None


async def test_it_takes_a_hot_seat_that_is_not_announced(rotation: Rotation) -> None:
    before = await _holders(rotation)
    member = next(each for each in before[4:] if each != before[3])
    request = await _ask(rotation, 3, member)
    granted = made(await _answer(rotation, request, "grant"))
    assert granted["state"] == "granted"
    assert granted["decision"]["reason"]["code"] == "urgent_granted"
    (seat,) = await rotation.seats(rotation.meetings[3])
    assert (seat["membership_id"], seat["pinned"], seat["urgent"]) == (member, True, True)
    assert set(await _holders(rotation)) == set(rotation.members), "nobody is forgotten"
    before = await _holders(rotation)
    await rotation.replan()
    assert await _holders(rotation) == before
    again = await _answer(rotation, request, "grant")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")


async def test_an_announced_hot_seat_needs_a_holder_who_yields(rotation: Rotation) -> None:
    holders = await _holders(rotation)
    request = await _ask(rotation, 1, holders[4])
    refused = await _answer(rotation, request, "grant")
    assert (refused.status_code, refused.json()["code"]) == (409, "seat_announced")
    other = (await rotation.seats(rotation.meetings[0]))[0]
    wrong = await _answer(rotation, request, "grant", yields_hot_seat_id=other["id"])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_hot_seat")

    (seat,) = await rotation.seats(rotation.meetings[1])
    path = f"/v1/urgent_requests/{request['id']}/grant"
    shown = await rotation.client.post(
        path, params={"dry_run": "true"}, json={"yields_hot_seat_id": seat["id"]}
    )
    assert made(shown)["state"] == "granted"
    assert await _holders(rotation) == holders

    made(await _answer(rotation, request, "grant", yields_hot_seat_id=seat["id"]))
    after = await _holders(rotation)
    assert after[1] == holders[4]
    assert holders[1] in after[2:], "whoever yields is seated soon"
    announced = await events_of(rotation.database, rotation.tenant, "hot_seat.announced")
    assert announced[-1][1]["membership_id"] in after[:3]
    changed = await events_of(rotation.database, rotation.tenant, "hot_seat.changed")
    assert holders[1] in {data["membership_id"] for _, data in changed}


async def test_the_others_of_the_evening_keep_their_hot_seats(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    rotation = await make_rotation(client, database, tenant, clock, weeks=5, seats=3, members=8)
    seats = await rotation.seats(rotation.meetings[0])
    holders = [seat["membership_id"] for seat in seats]
    member = next(each for each in rotation.members if each not in holders)
    request = await _ask(rotation, 0, member)
    made(await _answer(rotation, request, "grant", yields_hot_seat_id=seats[1]["id"]))
    after = (await rotation.plan())[0]
    assert sorted(after) == sorted([holders[0], holders[2], member])


async def test_the_guard_refuses_offers_a_swap_and_an_organizer_overrules(
    rotation: Rotation,
) -> None:
    member = (await _holders(rotation))[0]
    await rotation.hold(rotation.meetings[0])
    request = await _ask(rotation, 1, member)
    (seat,) = await rotation.seats(rotation.meetings[1])
    refused = await _answer(rotation, request, "grant", yields_hot_seat_id=seat["id"])
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "urgent_refused")
    assert problem["facts"]["credit_after"] == pytest.approx(-1.67)
    (offer,) = problem["facts"]["swaps"]
    assert offer["with_hot_seat_id"] == seat["id"]
    own = made(await rotation.client.get(f"/v1/hot_seats/{offer['hot_seat_id']}"))
    assert own["membership_id"] == member
    assert made(await _read(rotation, request))["state"] == "requested"

    (person,) = await make_people(rotation.client, 1)
    path = f"/v1/urgent_requests/{request['id']}/grant"
    body = {"overrule_because": "The court date is fixed"}
    as_person = {"Hotseat-Actor": person}
    forbidden = await rotation.client.post(path, json=body, headers=as_person)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "organizers_only")
    made(
        await rotation.client.post(
            f"/v1/groups/{rotation.group_id}/organizers", json={"person_id": person}
        )
    )
    granted = made(await rotation.client.post(path, json=body, headers=as_person))
    assert granted["decision"]["overruled_because"] == "The court date is fixed"
    assert granted["decision"]["reason"]["code"] == "urgent_beyond_guard"
    assert (await rotation.plan())[1] == [member]


async def test_the_guard_sees_the_urgent_hot_seats_that_were_granted_for_later(
    rotation: Rotation,
) -> None:
    member = (await _holders(rotation))[2]
    reasons = []
    for week in (6, 5, 4, 3):
        response = await _answer(rotation, await _ask(rotation, week, member), "grant")
        reasons.append(response.json().get("code") or made(response)["decision"]["reason"]["code"])
    assert reasons == ["urgent_granted", "urgent_granted", "urgent_refused", "urgent_refused"]
    path = f"/v1/groups/{rotation.group_id}/rotation/preview"
    ahead = made(await rotation.client.post(path, json={}))
    assert min(line["credit"] for line in ahead["credits"]) >= -1.25


async def test_of_two_the_higher_credit_comes_first_then_the_earlier(rotation: Rotation) -> None:
    holders = await _holders(rotation)
    earlier = await _ask(rotation, 3, holders[4])
    later = await _ask(rotation, 3, holders[5])
    second = await _answer(rotation, later, "grant")
    assert (second.status_code, second.json()["code"]) == (409, "urgent_not_first")
    assert second.json()["facts"]["first_urgent_request_id"] == earlier["id"]

    made(await _answer(rotation, earlier, "grant"))
    turned_down = made(await _read(rotation, later))
    assert turned_down["state"] == "declined"
    assert turned_down["decision"]["first_refusal"]
    decided = await events_of(rotation.database, rotation.tenant, "urgent_request.decided")
    assert [data["state"] for _, data in decided] == ["granted", "declined"]

    someone = await _ask(rotation, 6, holders[2])
    again = await _ask(rotation, 6, holders[5])
    waits = await _answer(rotation, someone, "grant")
    assert waits.json()["code"] == "urgent_not_first", "first refusal next time"
    made(await _answer(rotation, again, "grant"))


async def test_credit_decides_before_the_time_of_asking(rotation: Rotation) -> None:
    had = (await _holders(rotation))[0]
    await rotation.hold(rotation.meetings[0])
    seated = (await rotation.plan())[4]
    without = next(member for member in rotation.members if member not in {had, *seated})
    first = await _ask(rotation, 4, had)
    await _ask(rotation, 4, without)
    refused = await _answer(rotation, first, "grant")
    assert refused.json()["code"] == "urgent_not_first"


async def test_declined_and_withdrawn(rotation: Rotation) -> None:
    holders = await _holders(rotation)
    request = await _ask(rotation, 3, holders[4])
    stale = await rotation.client.post(
        f"/v1/urgent_requests/{request['id']}/decline", headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412
    declined = made(await _answer(rotation, request, "decline"))
    assert (declined["state"], declined["decision"]["reason"]["code"]) == ("declined", "declined")
    assert not declined["decision"]["first_refusal"]
    late = await _answer(rotation, request, "withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")

    request = await _ask(rotation, 3, holders[4])
    assert made(await _answer(rotation, request, "withdraw"))["state"] == "withdrawn"
    assert await _holders(rotation) == holders


async def test_a_granted_hot_seat_can_be_given_back(rotation: Rotation) -> None:
    holders = await _holders(rotation)
    request = await _ask(rotation, 3, holders[5])
    made(await _answer(rotation, request, "grant"))
    assert made(await _answer(rotation, request, "withdraw"))["state"] == "withdrawn"
    seats = await rotation.seats()
    assert not any(seat["pinned"] or seat["urgent"] for seat in seats)
    assert set((await _holders(rotation))[:6]) == set(rotation.members)


async def test_of_concurrent_grants_for_one_hot_seat_one_succeeds(rotation: Rotation) -> None:
    holders = await _holders(rotation)
    requests = [await _ask(rotation, 3, m) for m in rotation.members if m != holders[3]]
    answers = await asyncio.gather(
        *(_answer(rotation, each, "grant") for each in requests for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes <= {"already_decided", "urgent_not_first"}
    assert [len(holders) for holders in await rotation.plan()] == [1] * 8


async def _read(rotation: Rotation, request: dict[str, Any]) -> httpx.Response:
    return await rotation.client.get(f"/v1/urgent_requests/{request['id']}")
