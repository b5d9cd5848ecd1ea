"""Clients that call the API at once, each by a draw of its own, and write down what they hear."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx

from tests.support.builders import made, make_group, make_people, promise
from tests.support.histories import Call, Walk

KEYS = 12
JOINERS = 16
EVENINGS = 6
MANY = 100
SMALL_PAGE = 7
MAX_PAGES = 100
TWO = 2
"""Hot seats of a swap. So many clients may have passed all that there were."""


@dataclass
class World:
    """What the clients call about, and the history of it. `people` are known to be in the list."""

    client: httpx.AsyncClient
    now: datetime
    group_id: str
    founders: dict[str, int]
    meetings: list[str]
    joiners: list[str]
    counters: dict[str, str]
    people: set[str]
    relay: Callable[[], Awaitable[None]]
    calls: list[Call] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    logs: list[list[tuple[int, str]]] = field(default_factory=list)
    _instants: "count[int]" = field(default_factory=count)

    async def call(
        self,
        client: int,
        kind: str,
        about: str,
        request: Awaitable[httpx.Response],
        read: Callable[[Any], Any] = lambda body: body,
    ) -> httpx.Response:
        """Send the request, and write down what was answered."""
        began = next(self._instants)
        answer = await request
        body = read(answer.json()) if answer.is_success else answer.json()
        self.calls.append(
            Call(client, kind, about, began, next(self._instants), answer.status_code, body)
        )
        return answer


async def make_world(
    client: httpx.AsyncClient, now: datetime, relay: Callable[[], Awaitable[None]]
) -> World:
    """A full group with evenings ahead; its members came ten days ago, so that they can be gone."""
    group = await make_group(client, 0, active=False, rotation={"hot_seats_per_meeting": 2})
    where = f"/v1/groups/{group['id']}/memberships"
    came = (now - timedelta(days=10)).date().isoformat()
    founders = {}
    for person_id in await make_people(client, 8):
        founder = made(await client.post(where, json={"person_id": person_id, "starts_on": came}))
        founders[founder["id"]] = founder["place"]
    made(await client.post(f"/v1/groups/{group['id']}/activate"))
    meetings = [
        made(
            await client.post(
                "/v1/meetings",
                json={
                    "group_id": group["id"],
                    "starts_at": (now + timedelta(days=1 + 7 * week)).isoformat(),
                    "duration_minutes": 90,
                },
            )
        )["id"]
        for week in range(EVENINGS)
    ]
    joiners = await make_people(client, JOINERS)
    first = next(iter(founders))
    counted = {
        "group": f"groups/{group['id']}",
        "membership": f"memberships/{first}",
        "person": f"people/{joiners[0]}",
        "meeting": f"meetings/{meetings[0]}",
        "commitment": f"commitments/{(await promise(client, first))['id']}",
    }
    people = {
        person["id"]
        for person in made(await client.get("/v1/people", params={"limit": str(MANY)}))["data"]
    }
    return World(client, now, group["id"], founders, meetings, joiners, counted, people, relay)


Deed = Callable[[World, int, random.Random], Awaitable[None]]


async def run_clients(world: World, seed: int, clients: int, steps: int) -> None:
    """All clients at once, `steps` deeds each."""

    async def one(number: int) -> None:
        draw = random.Random(f"{seed}-{number}")
        for _ in range(steps):
            await draw.choice(DEEDS)(world, number, draw)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(one(number))


async def _join(world: World, client: int, draw: random.Random) -> None:
    where = f"/v1/groups/{world.group_id}/memberships"
    person_id = draw.choice(world.joiners)
    request = world.client.post(where, json={"person_id": person_id})
    await world.call(client, "join", person_id, request)


async def _end(world: World, client: int, draw: random.Random) -> None:
    """A founder leaves, as of yesterday."""
    founder = draw.choice(list(world.founders)[1:])
    yesterday = (world.now - timedelta(days=1)).date().isoformat()
    where = f"/v1/memberships/{founder}/end"
    request = world.client.post(where, json={"ends_on": yesterday})
    await world.call(client, "end", founder, request)


async def _members(world: World, client: int, _: random.Random) -> None:
    where = f"/v1/groups/{world.group_id}/memberships"
    params = {"state": "current", "limit": str(MANY)}
    request = world.client.get(where, params=params)
    await world.call(client, "members", world.group_id, request, lambda page: page["data"])


async def _seats(world: World, client: int) -> list[dict[str, Any]]:
    params = {"group_id": world.group_id, "limit": str(MANY)}
    request = world.client.get("/v1/hot_seats", params=params)
    answer = await world.call(client, "seats", world.group_id, request, lambda page: page["data"])
    seats: list[dict[str, Any]] = made(answer)["data"]
    return seats


async def _swap(world: World, client: int, draw: random.Random) -> None:
    seats = _open(await _seats(world, client))
    if len(seats) < TWO:
        return
    one, other = draw.sample(seats, TWO)
    where = f"/v1/hot_seats/{one}/swap"
    request = world.client.post(where, json={"with_hot_seat_id": other})
    await world.call(client, "swap", one, request)


async def _pass(world: World, client: int, draw: random.Random) -> None:
    seats = _open(await _seats(world, client))[:4]
    if not seats:
        return
    seat = draw.choice(seats)
    await world.call(client, "pass", seat, world.client.post(f"/v1/hot_seats/{seat}/pass"))


async def _urgent(world: World, client: int, draw: random.Random) -> None:
    """Ask for a hot seat, and have it granted over the rule."""
    meeting, member = draw.choice(world.meetings), draw.choice(list(world.founders))
    where = f"/v1/meetings/{meeting}/urgent_requests"
    request = world.client.post(where, json={"membership_id": member})
    asked = await world.call(client, "ask", meeting, request)
    if asked.is_success:
        where = f"/v1/urgent_requests/{asked.json()['id']}/grant"
        request = world.client.post(where, json={"overrule_because": "It cannot wait"})
        await world.call(client, "grant", meeting, request)


async def _increment(world: World, client: int, draw: random.Random) -> None:
    """Read a counter, and write one more on the condition that it is still so."""
    counter, path = draw.choice(list(world.counters.items()))
    read = await world.client.get(f"/v1/{path}")
    value = made(read)["metadata"].get("n", 0) + 1
    request = world.client.patch(
        f"/v1/{path}",
        json={"metadata": {"n": value}},
        headers={"If-Match": read.headers["ETag"]},
    )
    await world.call(client, "increment", counter, request, _counted)


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {"value": body["metadata"]["n"], "version": body["version"]}


async def _create(world: World, client: int, draw: random.Random) -> None:
    """Make a person under a key that others use as well, for the very same person."""
    key = f"key {draw.randrange(KEYS)}"
    request = world.client.post(
        "/v1/people",
        json={"name": key, "time_zone": "Europe/London"},
        headers={"Idempotency-Key": key},
    )
    answer = await world.call(client, "create", key, request)
    if answer.is_success:
        world.people.add(answer.json()["id"])


async def _insert(world: World, client: int, draw: random.Random) -> None:
    """A person whose name sorts anywhere."""
    body = {"name": f"{draw.random()}", "time_zone": "Europe/London"}
    request = world.client.post("/v1/people", json=body)
    answer = await world.call(client, "insert", "people", request)
    if answer.is_success:
        world.people.add(answer.json()["id"])


async def _walk(world: World, _: int, draw: random.Random) -> None:
    """Read all people by small pages, in one of the orders."""
    there = frozenset(world.people)
    order = draw.choice(["created_at", "-created_at", "name", "-name"])
    pages: list[list[str]] = []
    params = {"limit": str(SMALL_PAGE), "sort": order}
    for _page in range(MAX_PAGES):
        page = made(await world.client.get("/v1/people", params=params))
        pages.append([person["id"] for person in page["data"]])
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    world.walks.append(Walk(there, pages))


async def _relay(world: World, _: int, _draw: random.Random) -> None:
    """Number what has happened, as several workers at once would."""
    await world.relay()


async def read_log(world: World, _: int = 0, draw: random.Random | None = None) -> None:
    """Read the log of events from its beginning."""
    limit = draw.choice([SMALL_PAGE, MANY]) if draw else MANY
    found: list[tuple[int, str]] = []
    params = {"limit": str(limit)}
    while True:
        page = made(await world.client.get("/v1/events", params=params))
        found += [(event["position"], event["id"]) for event in page["data"]]
        if page["next_cursor"] is None:
            break
        params["after"] = page["next_cursor"]
    world.logs.append(found)


def _open(seats: Sequence[dict[str, Any]]) -> list[str]:
    return [seat["id"] for seat in seats if seat["state"] in {"planned", "announced"}]


DEEDS: list[Deed] = [
    *(_join, _join, _end, _members),
    *(_swap, _swap, _pass, _urgent),
    *(_increment, _increment, _increment),
    *(_create, _create, _insert, _walk, _relay, read_log),
]
