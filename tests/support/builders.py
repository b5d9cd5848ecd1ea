"""What many tests begin with, made over the API."""

import json
from typing import Any

import httpx

from tests.support import templates
from tests.support.tenants import TenantClient


def made(response: httpx.Response) -> Any:
    """The body of an answer that must be a success."""
    assert response.is_success, response.text
    return response.json()


def without_change(answer: Any) -> Any:
    """What a verb answers, without what it did to the plan: the resource as it is read."""
    return {name: value for name, value in answer.items() if name != "plan_change"}


async def make_people(client: httpx.AsyncClient, n: int) -> list[str]:
    """The ids of `n` new people in London."""
    return [
        made(
            await client.post(
                "/v1/people", json={"name": f"Person {number}", "time_zone": "Europe/London"}
            )
        )["id"]
        for number in range(1, n + 1)
    ]


async def make_group(
    client: httpx.AsyncClient, members: int = 6, *, active: bool = True, **fields: Any
) -> dict[str, Any]:
    """A group in London whose members have joined today: `id`, `people`, `memberships`.

    People and memberships are ids, in the order of their places. A workspace without a row gets
    a copy of a group that was built before with the same arguments: same ids, another tenant.
    """
    if isinstance(client, TenantClient):
        made_before = (members, active, json.dumps(fields, sort_keys=True))
        group = await templates.settle(
            client, made_before, lambda new: _build_group(new, members, active=active, **fields)
        )
        if group is not None:
            return group
    return await _build_group(client, members, active=active, **fields)


async def _build_group(
    client: httpx.AsyncClient, members: int, *, active: bool, **fields: Any
) -> dict[str, Any]:
    body = {"name": "The Inklings", "time_zone": "Europe/London", **fields}
    group_id = made(await client.post("/v1/groups", json=body))["id"]
    people = await make_people(client, members)
    memberships = [await join(client, group_id, person_id) for person_id in people]
    if active:
        made(await client.post(f"/v1/groups/{group_id}/activate"))
    return {"id": group_id, "people": people, "memberships": memberships}


async def join(client: httpx.AsyncClient, group_id: str, person_id: str, **fields: Any) -> str:
    """The id of the person's new membership."""
    path = f"/v1/groups/{group_id}/memberships"
    membership_id: str = made(await client.post(path, json={"person_id": person_id, **fields}))[
        "id"
    ]
    return membership_id


THURSDAYS = {
    "rrule": "FREQ=WEEKLY;BYDAY=TH",
    "local_start": "2026-11-26T19:30:00",
    "duration_minutes": 90,
}
"""A cadence from the Thursday after the clock's first Monday on."""


async def make_cadence(
    client: httpx.AsyncClient, group_id: str, **fields: Any
) -> list[dict[str, Any]]:
    """The meetings of a group that now meets on Thursday evenings, or as the fields say."""
    path = f"/v1/groups/{group_id}/cadence"
    made(await client.put(path, json={**THURSDAYS, **fields}))
    return await meetings_of(client, group_id)


async def meetings_of(
    client: httpx.AsyncClient, group_id: str, **filters: str
) -> list[dict[str, Any]]:
    """A group's meetings by their start."""
    params = {"group_id": group_id, "limit": "100", **filters}
    found: list[dict[str, Any]] = made(await client.get("/v1/meetings", params=params))["data"]
    return found


async def verb(client: httpx.AsyncClient, meeting_id: str, name: str, **body: Any) -> Any:
    """What POST /meetings/{id}/{name} answers; it must be a success."""
    return made(await client.post(f"/v1/meetings/{meeting_id}/{name}", json=body or None))


async def mark(
    client: httpx.AsyncClient, meeting_id: str, membership_id: str, status: str, **more: Any
) -> Any:
    """What is known of a member's coming, once this has been said."""
    path = f"/v1/meetings/{meeting_id}/attendance/{membership_id}"
    return made(await client.put(path, json={"status": status, **more}))


async def seats_of(client: httpx.AsyncClient, meeting_id: str) -> list[dict[str, Any]]:
    """The hot seats of a meeting, in order."""
    seats: list[dict[str, Any]] = made(
        await client.get("/v1/hot_seats", params={"meeting_id": meeting_id, "limit": "100"})
    )["data"]
    return seats


async def promise(
    client: httpx.AsyncClient, membership_id: str, title: str = "Write a page", **fields: Any
) -> dict[str, Any]:
    """A new commitment, due at the group's next meeting unless the fields say otherwise."""
    body = {"membership_id": membership_id, "title": title, **fields}
    answer: dict[str, Any] = made(await client.post("/v1/commitments", json=body))
    return answer
