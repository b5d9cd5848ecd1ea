"""The API tells of a group what a recount finds in its permanent rows, on both databases.

Many random groups stand in one database, each in a workspace of its own. A failure names its seed.
"""

import datetime as dt
import os
import random
import uuid
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Row, select

from app.db.base import Base
from app.db.session import Database
from app.domain import ids
from app.domain.commitment_history import CommitmentEvent, CommitmentEventKind
from app.domain.dues import Closing, DueAtMeeting, DueOn
from app.domain.wall_clock import local_time
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.promise_rows import LONG_AGO, GroupWorld, Mark, insert_group_worlds
from tests.support.promise_worlds import MEETINGS, START, World, random_world
from tests.support.recount import THERE, MarkRow, Recount, Rows, check_told
from tests.support.tenants import Tenant, TenantClient, make_tenant

SOAK = bool(os.environ.get("HOTSEAT_SOAK"))
SEEDS = range(600 if SOAK else 60)
PROMISES = 6
STATUSES = [*THERE, "present", "absent", "no_show"]


def random_group(rng: random.Random) -> GroupWorld:
    """Four members, of whom two make promises, and the meetings of one world."""
    world = random_world(rng, promises=PROMISES)
    group = GroupWorld(
        zone=rng.choice(["UTC", "Pacific/Kiritimati", "America/New_York"]),
        now=world.now,
        histories=world.histories,
        owners=[rng.randint(0, 1) for _ in world.histories],
        held=[number for number in range(9) if MEETINGS[number] in world.closings],
    )
    for number in group.held:
        group.marks[number] = [
            Mark(rng.choice(STATUSES), rng.random() < 0.3, rng.choice([1.0, 0.5, 2.0]))
            if rng.random() < 0.9
            else None
            for _ in range(4)
        ]
        there = [n for n, mark in enumerate(group.marks[number]) if mark and mark.status in THERE]
        group.done[number] = set(there[: rng.randint(0, 2)])
        group.passed[number] = set(there[2:3]) if rng.random() < 0.3 else set()
    first = random_day(rng)
    group.leave = (first, first + dt.timedelta(days=8))
    group.stays = [random_stay(rng) for _ in range(4)]
    return group


def random_day(rng: random.Random) -> dt.date:
    return START.date() + dt.timedelta(days=rng.randint(0, 60))


def random_stay(rng: random.Random) -> tuple[dt.date, dt.date | None]:
    """Some join while the group meets, some leave it then."""
    first = LONG_AGO if rng.random() < 0.7 else random_day(rng)
    return first, first + dt.timedelta(days=rng.randint(10, 160)) if rng.random() < 0.3 else None


async def table(database: Database, tenant: Tenant, name: str, *order: str) -> list[Row[Any]]:
    """All that a table holds of a tenant."""
    rows = Base.metadata.tables[name]
    query = select(rows).where(rows.c.workspace_id == tenant.workspace_id)
    async with database.reader() as connection:
        return list(await connection.execute(query.order_by(*(rows.c[each] for each in order))))


async def read_rows(database: Database, tenant: Tenant, now: dt.datetime) -> Rows:
    """The permanent rows as they stand in the tables."""
    (group,) = await table(database, tenant, "groups")
    held = [m for m in await table(database, tenant, "meetings") if m.state == "held"]
    days = {m.id: local_time(m.starts_at, group.time_zone).date() for m in held}
    histories: dict[uuid.UUID, list[CommitmentEvent]] = {}
    for row in await table(database, tenant, "commitment_events", "commitment_id", "number"):
        histories.setdefault(row.commitment_id, []).append(event_of(row))
    owners = {each.id: each.membership_id for each in await table(database, tenant, "commitments")}
    world = World(now, {m.id: Closing(days[m.id], m.closed_at) for m in held})
    world.histories += histories.values()
    return Rows(
        zone=group.time_zone,
        world=world,
        promisers=[owners[commitment_id] for commitment_id in histories],
        held=days,
        marks=[
            MarkRow(m.meeting_id, m.membership_id, m.status, m.presumed, m.weight)
            for m in await table(database, tenant, "attendances")
        ],
        seats=[
            (seat.meeting_id, seat.membership_id, seat.state)
            for seat in await table(database, tenant, "hot_seats")
        ],
        stays=[
            (m.id, m.starts_on, m.ends_on)
            for m in await table(database, tenant, "memberships", "place")
        ],
        leaves=[
            (each.membership_id, each.first_on, each.last_on)
            for each in await table(database, tenant, "leaves")
        ],
    )


def event_of(row: Row[Any]) -> CommitmentEvent:
    due: DueOn | DueAtMeeting | None = None
    if row.due_on is not None:
        due = DueOn(row.due_on, row.time_zone)
    elif row.due_meeting_id is not None:
        due = DueAtMeeting(row.due_meeting_id, row.time_zone)
    return CommitmentEvent(CommitmentEventKind(row.kind), row.at, due, row.kept_on, row.meeting_id)


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@pytest.mark.soak
async def test_every_answer_is_what_a_recount_of_the_rows_finds(
    app: FastAPI, database: Database, clock: ManualClock
) -> None:
    groups = [random_group(random.Random(seed)) for seed in SEEDS]
    tenants = [await make_tenant(database) for _ in groups]
    shown = await insert_group_worlds(database, list(zip(tenants, groups, strict=True)))
    for seed, tenant, group, own in zip(SEEDS, tenants, groups, shown, strict=True):
        clock.set(group.now)
        rows = await read_rows(database, tenant, group.now)
        try:
            async with tenant.client(app) as client:
                await check_answers(client, own.group, rows, random.Random(seed))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


async def check_answers(
    client: TenantClient, group_id: str, rows: Rows, rng: random.Random
) -> None:
    """Of the group and of one of those who make promises: all of it, and a window between two dates
    or over the last so many meetings.
    """
    counted = Recount(rows)
    everybody = [who for who, _, _ in rows.stays]
    since, until = sorted(START.date() + dt.timedelta(days=rng.randint(0, 80)) for _ in "ab")
    last = {"meetings": str(rng.randint(1, 9)), "until": str(until)}
    one = rng.choice(everybody[:2])
    for params in ({}, rng.choice([{"since": str(since), "until": str(until)}, last])):
        for where, members in (
            (f"/v1/groups/{group_id}", everybody),
            (f"/v1/memberships/{ids.encode('membership', one)}", [one]),
        ):
            told = made(await client.get(f"{where}/accountability", params=params))
            first, end = day(told["since"]), day(told["until"])
            check_window(rows, params, first)
            check_told(told, counted.of(members, first, end))
            check_trend(rows, told, counted, members)


def check_window(rows: Rows, params: dict[str, str], since: dt.date | None) -> None:
    """The window begins where it was asked to, or with the last so many meetings."""
    if "meetings" in params:
        until = dt.date.fromisoformat(params["until"])
        held = sorted(each for each in rows.held.values() if each <= until)
        assert since == (held[-int(params["meetings"]) :][0] if held else None)
    else:
        assert since == day(params.get("since"))


def check_trend(
    rows: Rows, told: dict[str, Any], counted: Recount, members: list[uuid.UUID]
) -> None:
    """One part a meeting and one for what came since; each a recount, together the whole."""
    shown = [
        ids.decode("meeting", meeting_id)
        for part in told["trend"]
        for meeting_id in part["meeting_ids"]
    ]
    assert len(shown) == told["meetings"]
    assert [rows.held[meeting] for meeting in shown] == sorted(rows.held[m] for m in shown)
    for part in told["trend"]:
        check_told(part, counted.of(members, day(part["since"]), day(part["until"])))
    for name in ("kept_rate", "on_time_notice", "attendance_rate"):
        for number in ("numerator", "denominator"):
            assert sum(part[name][number] for part in told["trend"]) == told[name][number]
