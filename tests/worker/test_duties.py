"""A group's time goes by, and the worker does what falls due: each once, also with two workers."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from app.api.runtime import Runtime
from app.db.models import Job
from app.db.session import Database
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    meetings_of,
    promise,
)
from tests.support.clock import ManualClock

DAY = timedelta(days=1)


async def told(client: httpx.AsyncClient, *prefixes: str) -> Counter[str]:
    """How many events of such types the log holds."""
    types: Counter[str] = Counter()
    after: str | None = None
    while True:
        params = {"limit": "100", **({"after": after} if after else {})}
        page = made(await client.get("/v1/events", params=params))
        types.update(event["type"] for event in page["data"])
        after = page["next_cursor"]
        if after is None:
            return Counter({t: n for t, n in types.items() if t.startswith(prefixes)})


async def test_meetings_stay_thirteen_weeks_ahead(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    assert len(before) == 13
    for _ in range(2):
        clock.advance(7 * DAY)
        await runner.run_until_idle()
    after = await meetings_of(client, group["id"])
    assert [meeting["id"] for meeting in after[:13]] == [meeting["id"] for meeting in before]
    assert len(after) == 15


async def test_a_meeting_that_nobody_starts_is_told_of_and_lapses(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client)
    first = (await make_cadence(client, group["id"]))[0]
    names = ("meeting.reminder", "meeting.unrecorded", "meeting.lapsed")
    for days, expected in ((2, ()), (3, names[:1]), (4, names[:2]), (10, names[:2]), (11, names)):
        clock.set(MONDAY + days * DAY)
        await runner.run_until_idle()
        lived = await told(client, *names)
        assert {name for name in names if lived[name]} == set(expected), days
    assert made(await client.get(f"/v1/meetings/{first['id']}"))["state"] == "lapsed"


async def test_memberships_and_pauses_follow_the_calendar(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, members=5)
    (newcomer,) = await make_people(client, 1)
    starts = (MONDAY + 3 * DAY).date()
    membership = await join(client, group["id"], newcomer, starts_on=starts.isoformat())
    dates = {"from": _day(5), "until": _day(9)}
    made(await client.post(f"/v1/groups/{group['id']}/pause", json=dates))

    async def states() -> tuple[str, str]:
        await runner.run_until_idle()
        member = made(await client.get(f"/v1/memberships/{membership}"))
        return member["state"], made(await client.get(f"/v1/groups/{group['id']}"))["state"]

    assert await states() == ("upcoming", "active")
    clock.set(MONDAY + 3 * DAY)
    assert await states() == ("current", "active")
    clock.set(MONDAY + 5 * DAY)
    assert await states() == ("current", "paused")
    clock.set(MONDAY + 10 * DAY)
    assert await states() == ("current", "active")
    assert await told(client, "membership.started", "group.paused", "group.resumed") == {
        "membership.started": 1,
        "group.paused": 1,
        "group.resumed": 1,
    }


def _day(days: int) -> str:
    day: date = (MONDAY + days * DAY).date()
    return day.isoformat()


async def test_two_workers_do_each_thing_once(
    client: httpx.AsyncClient,
    database: Database,
    runtime: Runtime,
    worker_database: Database,
    clock: ManualClock,
) -> None:
    group = await make_group(client)
    await make_cadence(client, group["id"])
    for membership in group["memberships"]:
        await promise(client, membership, due_on=_day(2))
    workers = [
        Runner(worker_database, runtime.keyring, runtime.settings, runtime.clock) for _ in range(2)
    ]
    for half_days in range(2, 10):
        clock.set(MONDAY + half_days * DAY / 2)
        await asyncio.gather(*(worker.run_until_idle() for worker in workers))
    for worker in workers:
        await worker.run_until_idle()
        await worker.close()
    names = ("commitment.due_soon", "commitment.overdue", "meeting.reminder", "meeting.unrecorded")
    lived: dict[str, Any] = await told(client, *names)
    assert lived == {
        "commitment.due_soon": 6,
        "commitment.overdue": 6,
        "meeting.reminder": 1,
        "meeting.unrecorded": 1,
    }
    async with database.transaction() as session:
        assert [job.last_error for job in await session.scalars(select(Job))] == []
