"""What many clients do at once is as if they had come in turn: histories, checked afterwards."""

import os
from collections import Counter, defaultdict
from typing import Any

import httpx
import pytest

from app.db.session import Database
from app.services.relay import relay
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.histories import (
    broken_logs,
    broken_walks,
    crowded_places,
    double_seats,
    failures,
    lost_updates,
    repeated_effects,
    repeated_passes,
)
from tests.support.history_clients import MANY, World, make_world, read_log, run_clients
from tests.support.tenants import Tenant

SOAK = bool(os.environ.get("HOTSEAT_SOAK"))
SEEDS = range(10 if SOAK else 1)
STEPS = 30 if SOAK else 3
CLIENTS = {"sqlite": 4, "postgresql": 50}
BUSY: dict[str, set[str]] = {"sqlite": {"database_busy"}, "postgresql": set()}
"""SQLite has one writer at a time, and who waits too long is asked to come again."""
RELAYED_AT_ONCE = 20

TAKEN = {"already_seated", "hot_seat_gone", "hot_seat_not_open", "not_found"}
REFUSALS: dict[str, set[str]] = {
    "join": {"already_member", "group_full"},
    "end": {"membership_ended"},
    "swap": TAKEN | {"member_not_expected", "same_member", "unknown_hot_seat"},
    "pass": TAKEN,
    "ask": {"already_requested", "already_seated", "member_not_expected", "unknown_membership"},
    "grant": {"already_decided", "already_seated", "member_not_expected", "no_seat_left"},
    "increment": {"stale_version", "conflicting_change"},
    "create": {"idempotency_in_progress"},
    "insert": set(),
}


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_history_of_many_clients_is_sound(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock, seed: int
) -> None:
    async def number_events() -> None:
        more = True
        while more:
            async with database.transaction() as session:
                now = clock.now()
                more = await relay(session, tenant.workspace_id, now, RELAYED_AT_ONCE)

    world = await make_world(client, clock.now(), number_events)
    dialect = database.engine.dialect.name
    clients = CLIENTS[dialect]
    await run_clients(world, seed, clients, STEPS)
    await number_events()
    await read_log(world)
    people = await _all(client, "people")

    calls, values = world.calls, await _values(world)
    allowed = {kind: codes | BUSY[dialect] for kind, codes in REFUSALS.items()}
    assert failures(calls, allowed) == []
    assert crowded_places(world.founders, calls) == []
    assert await _members(world) == _members_by_history(world)
    assert double_seats(calls) == []
    assert repeated_passes(calls) == []
    assert lost_updates(calls, values) == []
    assert broken_walks(world.walks) == []
    assert world.people <= {person["id"] for person in people}
    assert broken_logs(world.logs) == []
    assert repeated_effects(calls, _made_by_key(people)) == []
    _tell(world, clients, values)


async def _all(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params = {"limit": str(MANY)}
    while True:
        page = made(await client.get(f"/v1/{path}", params=params))
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def _values(world: World) -> dict[str, int]:
    """What the counters are in the end."""
    return {
        counter: made(await world.client.get(f"/v1/{path}"))["metadata"].get("n", 0)
        for counter, path in world.counters.items()
    }


async def _members(world: World) -> set[str]:
    where = f"groups/{world.group_id}/memberships"
    found = await _all(world.client, where)
    return {each["id"] for each in found if each["state"] == "current"}


def _members_by_history(world: World) -> set[str]:
    accepted = [call for call in world.calls if call.accepted]
    joined = {call.body["id"] for call in accepted if call.kind == "join"}
    return {*world.founders, *joined} - {call.about for call in accepted if call.kind == "end"}


def _made_by_key(people: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The ids of those who were made under a key, which is their name."""
    found = defaultdict(list)
    for person in people:
        if person["name"].startswith("key "):
            found[person["name"]].append(person["id"])
    return found


def _tell(world: World, clients: int, values: dict[str, int]) -> None:
    counts = Counter(f"{call.kind}: {call.code or 'done'}" for call in world.calls)
    counts["pages of people"] = sum(len(walk.pages) for walk in world.walks)
    counts["events read"] = sum(len(log) for log in world.logs)
    counts["events"] = len(world.logs[-1])
    lines = [f"{count:6} {what}" for what, count in sorted(counts.items())]
    print(f"{clients} clients, counters {values}", *lines, sep="\n")  # noqa: T201 - `pytest -rP`
