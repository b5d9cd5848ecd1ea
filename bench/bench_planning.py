"""Planning ahead against a round robin and against bare inserts; see docs/benchmarks.md."""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

from measuring import by_turns, database_urls, opened, show
from rich.progress import track
from sqlalchemy import insert, select

from app.db.base import new_id
from app.db.models import (
    Cadence,
    Event,
    Group,
    HotSeat,
    Meeting,
    MeetingRole,
    Membership,
    Person,
    Workspace,
)
from app.db.session import Database
from app.domain.checkpoint import Checkpoint
from app.domain.evenings import Evening, Member, plan_evenings
from app.domain.rotation import RotationSettings
from app.services.materialise import materialise
from app.services.planning import replan
from app.telemetry import configure_logging
from tests.support.statements import count_statements

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
A_WEEK = timedelta(weeks=1)
HORIZON = timedelta(weeks=13)
MEETINGS, MEMBERS, SEATS = 13, 8, 2
MADE = (Meeting, HotSeat, MeetingRole, Event)
"""What materialising a group writes, parents first."""
STAMPS = {"created_at": NOW, "updated_at": NOW}


def members() -> list[Member]:
    joined = date(2026, 1, 1)
    return [
        Member(new_id(), place, f"Member {place}", joined, None, 1.0, ())
        for place in range(1, MEMBERS + 1)
    ]


def evenings() -> list[Evening]:
    starts = [FIRST + week * A_WEEK for week in range(MEETINGS)]
    return [
        Evening(id=new_id(), starts_at=start, day=start.date(), seats=SEATS) for start in starts
    ]


def plan_bare(who: Sequence[Member], when: Sequence[Evening]) -> list[Any]:
    """Round robin: who sits is who comes next; who speaks rotates by one; roles rotate too."""
    places = cycle(member.id for member in who)
    ids = [member.id for member in who]
    return [
        (
            evening.id,
            list(islice(places, evening.seats)),
            ids[number % len(ids) :] + ids[: number % len(ids)],
            [ids[(number + role) % len(ids)] for role in range(3)],
        )
        for number, evening in enumerate(when)
    ]


async def bench_domain(rounds: int) -> list[list[Any]]:
    who, when = members(), evenings()

    async def ours() -> None:
        plan_evenings(
            members=who, evenings=when, checkpoint=Checkpoint(), settings=RotationSettings()
        )

    async def bare() -> None:
        plan_bare(who, when)

    times = await by_turns({"ours": ours, "bare": bare}, rounds=rounds, calls=5)
    mine, round_robin = times["ours"].median, times["bare"].median
    return [[f"{mine / round_robin:,.0f}", f"{mine * 1e3:.1f}", f"{round_robin * 1e3:.3f}"]]


@dataclass(frozen=True)
class Groups:
    """Groups of eight with a weekly cadence and no meetings yet."""

    workspace_id: UUID
    ids: Sequence[UUID]
    rows: Mapping[Any, Sequence[dict[str, Any]]]


def make_groups(count: int) -> Groups:
    workspace_id = new_id()
    own = {"workspace_id": workspace_id, "version": 1, **STAMPS}
    rows: dict[Any, list[dict[str, Any]]] = {
        Workspace: [{"id": workspace_id, "name": "Bench", "version": 1, **STAMPS}],
        Group: [],
        Person: [],
        Membership: [],
        Cadence: [],
    }
    for number in range(count):
        group_id = new_id()
        group = {"id": group_id, "name": f"Group {number}", "time_zone": "Europe/London"}
        rows[Group].append(
            {**own, **group, "state": "active", "rotation": {"hot_seats_per_meeting": SEATS}}
        )
        for place in range(1, MEMBERS + 1):
            person = {"id": new_id(), "name": f"Member {place}", "time_zone": "Europe/London"}
            rows[Person].append({**own, **person})
            rows[Membership].append(
                {
                    **own,
                    "id": new_id(),
                    "group_id": group_id,
                    "person_id": person["id"],
                    "place": place,
                    "starts_on": date(2026, 1, 1),
                    "state": "current",
                }
            )
        rows[Cadence].append(
            {
                **own,
                "group_id": group_id,
                "rrule": "FREQ=WEEKLY;BYDAY=TH",
                "local_start": FIRST.replace(tzinfo=None).isoformat(timespec="minutes"),
                "time_zone": "Europe/London",
                "duration_minutes": 90,
                "effective_from": FIRST.date(),
                "horizon_at": NOW,
            }
        )
    return Groups(workspace_id, [row["id"] for row in rows[Group]], rows)


async def fill(database: Database, groups: Groups) -> None:
    async with database.transaction() as session:
        for model, rows in groups.rows.items():
            await session.execute(insert(model), rows)


async def rows_of(database: Database, groups: Groups, group_id: UUID) -> list[tuple[Any, Any]]:
    """What materialising wrote for a group: tables with their rows."""
    found = []
    async with database.reader() as connection:
        for model in MADE:
            table: Any = model.__table__
            query = select(table).where(table.c.workspace_id == groups.workspace_id)
            if model is MeetingRole:
                meetings = select(Meeting.id).where(Meeting.group_id == group_id)
                query = query.where(table.c.meeting_id.in_(meetings))
            else:
                query = query.where(table.c.group_id == group_id)
            rows = (await connection.execute(query)).mappings().all()
            found.append((table, [dict(row) for row in rows]))
    return found


async def bench_materialising(
    kind: str, url: str, copy_url: str, count: int, at_once: int
) -> list[Any]:
    """By turns, `at_once` groups each: materialise them here, insert the same rows there."""
    ours = bare = written = 0.0
    groups = make_groups(count)
    async with opened(url) as database, opened(copy_url) as copy:
        for each in (database, copy):
            await fill(each, groups)
        for start in track(range(0, count, at_once), kind, transient=True):
            batch = groups.ids[start : start + at_once]
            ours += await timed(materialise_all(database, groups, batch))
            rows = [await rows_of(database, groups, group_id) for group_id in batch]
            written += sum(len(found) for of_group in rows for _, found in of_group)
            bare += await timed(insert_all(copy, rows))
        with count_statements(database) as counted:
            planning = await timed(replan_all(database, groups, groups.ids[:at_once]))
    return [
        kind,
        f"{count:,}",
        f"{written / count:.0f}",
        f"{ours / bare:.1f}",
        f"{count / ours:,.0f}",
        f"{count / bare:,.0f}",
        f"{counted.count / len(groups.ids[:at_once]):.0f}",
        f"{planning / len(groups.ids[:at_once]) * 1e3:.0f}",
    ]


async def timed(work: Any) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def materialise_all(database: Database, groups: Groups, ids: Sequence[UUID]) -> None:
    for group_id in ids:
        async with database.transaction() as session:
            await materialise(session, groups.workspace_id, group_id, NOW, HORIZON)


async def replan_all(database: Database, groups: Groups, ids: Sequence[UUID]) -> None:
    for group_id in ids:
        async with database.transaction() as session:
            await replan(session, groups.workspace_id, group_id, NOW)


async def insert_all(database: Database, rows: Sequence[Sequence[tuple[Any, Any]]]) -> None:
    for of_group in rows:
        async with database.transaction() as session:
            for table, found in of_group:
                await session.execute(insert(table), found)


async def main(urls: Mapping[str, Sequence[str]], count: int, rounds: int) -> None:
    domain = await bench_domain(rounds)
    show(
        f"Planning {MEETINGS} meetings for a group of {MEMBERS}, {SEATS} hot seats each: CPU",
        ["÷ round robin", "ms", "round robin ms"],
        domain,
    )
    at_once = max(1, count // 20)
    rows = [await bench_materialising(kind, *of, count, at_once) for kind, of in urls.items()]
    show(
        "Materialising groups, one transaction each, against inserting the same rows: time",
        ["on", "groups", "rows each", "÷ inserts", "groups/s", "inserted/s", "replan SQL", "ms"],
        rows,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    with database_urls() as make:
        made = {kind: [url_of("ours"), url_of("copy")] for kind, url_of in make.items()}
        asyncio.run(main(made, options.groups, options.rounds))
