"""Another tenant's ids are answered exactly like ids that exist nowhere."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.support.builders import made, make_group

ABSENT = "01h455vb4pex5vsknk084sn02q"

# Method, path with {noun} for ids, body.
Call = tuple[str, str, dict[str, Any] | None]
CALLS: list[Call] = [
    ("GET", "/v1/people/{per}", None),
    ("PATCH", "/v1/people/{per}", {"name": "Mine"}),
    ("DELETE", "/v1/people/{per}", None),
    ("GET", "/v1/groups/{grp}", None),
    ("PATCH", "/v1/groups/{grp}", {"name": "Mine"}),
    ("POST", "/v1/groups/{grp}/activate", None),
    ("POST", "/v1/groups/{grp}/pause", None),
    ("POST", "/v1/groups/{grp}/resume", None),
    ("POST", "/v1/groups/{grp}/close", None),
    ("GET", "/v1/groups/{grp}/organizers", None),
    ("POST", "/v1/groups/{grp}/organizers", {"person_id": "{per}"}),
    ("GET", "/v1/groups/{grp}/organizers/{per}", None),
    ("DELETE", "/v1/groups/{grp}/organizers/{per}", None),
    ("GET", "/v1/groups/{grp}/memberships", None),
    ("POST", "/v1/groups/{grp}/memberships", {"person_id": "{per}"}),
    ("GET", "/v1/memberships/{mbr}", None),
    ("PATCH", "/v1/memberships/{mbr}", {"weight": 2}),
    ("POST", "/v1/memberships/{mbr}/end", None),
    ("GET", "/v1/memberships/{mbr}/leaves", None),
    ("POST", "/v1/memberships/{mbr}/leaves", {"first_on": "2199-06-06", "last_on": "2199-06-06"}),
    ("GET", "/v1/leaves/{lve}", None),
    ("DELETE", "/v1/leaves/{lve}", None),
    ("GET", "/v1/api_keys/{key}", None),
    ("DELETE", "/v1/api_keys/{key}", None),
    ("POST", "/v1/api_keys/{key}/rotate", None),
]


async def test_what_is_anothers_is_absent(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    theirs = await _everything(other_client)
    before = await _snapshot(other_client, theirs)
    absent = {noun: f"{noun}_{ABSENT}" for noun in theirs}
    for call in CALLS:
        answers = [await _send(client, call, known) for known in (theirs, absent)]
        assert [answer.status_code for answer in answers] == [404, 404], call
        bodies = [answer.json() for answer in answers]
        assert bodies[0].pop("request_id") != bodies[1].pop("request_id")
        assert bodies[0] == bodies[1], call
        headers = [sorted(set(answer.headers) - {"x-request-id"}) for answer in answers]
        assert headers[0] == headers[1], call
    assert await _snapshot(other_client, theirs) == before

    # The same calls by the owner find something: the 404s above speak of the tenant.
    for call in CALLS:
        assert (await _send(other_client, call, theirs)).status_code != 404, call


async def test_lists_show_ones_own_alone(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    theirs = await _everything(other_client)
    for noun, path in (("per", "people"), ("grp", "groups"), ("key", "api_keys")):
        mine = made(await client.get(f"/v1/{path}"))["data"]
        assert theirs[noun] not in [item["id"] for item in mine]
    found = made(await client.get("/v1/groups", params={"person_id": theirs["per"]}))
    assert found["data"] == []


async def test_the_callers_ids_are_each_tenants_own(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    body = {"name": "The Inklings", "time_zone": "Europe/London"}
    for each in (client, other_client):
        created = await each.put("/v1/groups/external/one", json=body)
        assert created.status_code == 201


async def _everything(client: httpx.AsyncClient) -> dict[str, str]:
    group = await make_group(client, 1, active=False)
    (membership_id,), (person_id,) = group["memberships"], group["people"]
    leave = made(
        await client.post(
            f"/v1/memberships/{membership_id}/leaves",
            json={"first_on": "2199-01-01", "last_on": "2199-01-02"},
        )
    )
    body = {"person_id": person_id}
    made(await client.post(f"/v1/groups/{group['id']}/organizers", json=body))
    key = made(await client.post("/v1/api_keys", json={"name": "spare", "scopes": ["read"]}))
    return {
        "per": person_id,
        "grp": group["id"],
        "mbr": membership_id,
        "lve": leave["id"],
        "key": key["id"],
    }


async def _snapshot(client: httpx.AsyncClient, known: dict[str, str]) -> list[Any]:
    paths = (
        f"/v1/people/{known['per']}",
        f"/v1/groups/{known['grp']}",
        f"/v1/groups/{known['grp']}/organizers",
        f"/v1/groups/{known['grp']}/memberships",
        f"/v1/memberships/{known['mbr']}/leaves",
        "/v1/api_keys",
    )
    return [made(await client.get(path)) for path in paths]


async def _send(client: httpx.AsyncClient, call: Call, known: dict[str, str]) -> httpx.Response:
    method, path, body = call
    filled = dict(_filled(body, known)) if body is not None else None
    return await client.request(method, path.format(**known), json=filled)


def _filled(body: dict[str, Any], known: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        yield name, value.format(**known) if isinstance(value, str) else value
