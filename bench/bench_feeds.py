"""Feeds: building one against icalendar, 304 against 200, and feeds a second among many people."""

import argparse
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import uvloop
from bench_reads import ask
from measuring import Work, by_turns, database_urls, opened, runtime_over, show
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.ical import PRODID, CalendarMeeting, render_calendar
from app.adapters.calendars.vtimezone import _component
from app.db.base import new_id
from app.db.models import CalendarFeed, Group, Meeting, Membership, Person
from app.db.session import Database
from app.domain.feed_options import OF_GROUP, PARTS
from app.domain.feed_tokens import SECRET_BYTES, make_token, token_hash
from app.domain.wall_clock import local_time
from app.main import create_app
from app.telemetry import configure_logging
from tests.support.clock import ManualClock
from tests.support.tenants import make_tenant

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = "Europe/London"
MEETINGS, AHEAD, MEMBERS = 200, 13, 8
LENGTH = timedelta(minutes=90)


def meetings_of_a_feed() -> list[CalendarMeeting]:
    first = NOW - timedelta(days=80)
    return [
        CalendarMeeting(
            uid=f"mtg_{n:026}@hotseat",
            sequence=n % 3,
            created_at=NOW,
            changed_at=NOW,
            starts_at=first + timedelta(days=2 * n),
            ends_at=first + timedelta(days=2 * n) + LENGTH,
            time_zone=ZONE,
            summary="The Inklings (your hot seat)",
            description=None,
            location="The Eagle and Child, St Giles', Oxford",
            url="https://meet.example.org/inklings",
        )
        for n in range(MEETINGS)
    ]


def by_icalendar(meetings: Sequence[CalendarMeeting]) -> bytes:
    """The same entries as icalendar builds them, its own VTIMEZONE among them."""
    calendar = icalendar.Calendar()
    for name, value in (("version", "2.0"), ("prodid", PRODID), ("calscale", "GREGORIAN")):
        calendar.add(name, value)
    calendar.add("name", "The Inklings")
    calendar.add("x-wr-calname", "The Inklings")
    for meeting in meetings:
        event = icalendar.Event()
        zone = icalendar.timezone.tzp.timezone(meeting.time_zone)
        event.add("uid", meeting.uid)
        event.add("sequence", meeting.sequence)
        event.add("dtstamp", meeting.changed_at)
        event.add("created", meeting.created_at)
        event.add("last-modified", meeting.changed_at)
        event.add("dtstart", meeting.starts_at.astimezone(zone))
        event.add("dtend", meeting.ends_at.astimezone(zone))
        event.add("status", "CONFIRMED")
        event.add("location", meeting.location)
        event.add("summary", meeting.summary)
        event.add("url", meeting.url)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


async def compare_builders(rounds: int, calls: int) -> None:
    meetings = meetings_of_a_feed()

    async def ours() -> object:
        return render_calendar(meetings, name="The Inklings")

    async def ours_cold() -> object:
        _component.cache_clear()
        return render_calendar(meetings, name="The Inklings")

    async def theirs() -> object:
        return by_icalendar(meetings)

    contestants: dict[str, Work] = {"ours": ours, "ours, first of a zone": ours_cold}
    contestants["icalendar"] = theirs
    times = await by_turns(contestants, rounds=rounds, calls=calls)
    sizes = [len(render_calendar(meetings, name="The Inklings")), 0, len(by_icalendar(meetings))]
    sizes[1] = sizes[0]
    base = times["ours"].median
    rows = [
        [name, f"{times[name].median / base:.1f}", f"{times[name].median * 1e3:.2f}", f"{size:,}"]
        for name, size in zip(contestants, sizes, strict=True)
    ]
    show(f"A feed of {MEETINGS} meetings, built", ["", "÷ ours", "ms", "bytes"], rows)


@dataclass(frozen=True)
class World:
    """`big`: the path of a feed of 200 meetings; `people`: those of everybody's own feeds."""

    app: Any
    big: str
    people: list[str]


async def make_world(database: Database, people: int) -> World:
    tenant = await make_tenant(database)
    app = create_app(runtime_over(database, ManualClock(NOW)))
    async with database.transaction() as session:
        big = await _group(session, tenant.workspace_id, 0)
        rows = [_meeting(tenant.workspace_id, big, each.starts_at) for each in meetings_of_a_feed()]
        await session.execute(insert(Meeting), rows)
        (token,) = await _feeds(session, tenant.workspace_id, [{"group_id": big}])
    own = []
    for number in range(1, people // MEMBERS + 1):
        async with database.transaction() as session:
            own += await _inhabited(session, tenant.workspace_id, number)
    return World(app, f"/calendars/{token}.ics", [f"/calendars/{each}.ics" for each in own])


STAMPS = {"version": 1, "created_at": NOW, "updated_at": NOW}


async def _group(session: AsyncSession, workspace_id: UUID, number: int) -> UUID:
    group_id = new_id()
    row = {"id": group_id, "workspace_id": workspace_id, "name": f"Group {number}"}
    settings = {"time_zone": ZONE, "state": "active", "charter": {}, "rotation": {}}
    await session.execute(insert(Group), [{**row, **settings, **STAMPS}])
    return group_id


async def _inhabited(session: AsyncSession, workspace_id: UUID, number: int) -> list[str]:
    """The tokens of the feeds of eight people in a group of their own."""
    group_id = await _group(session, workspace_id, number)
    mine = {"workspace_id": workspace_id, **STAMPS}
    people = [
        {**mine, "id": new_id(), "name": f"Person {number}-{n}", "time_zone": ZONE}
        for n in range(MEMBERS)
    ]
    await session.execute(insert(Person), people)
    members = [
        {
            **mine,
            "id": new_id(),
            "group_id": group_id,
            "person_id": person["id"],
            "place": n + 1,
            "starts_on": NOW.date(),
            "state": "current",
        }
        for n, person in enumerate(people)
    ]
    await session.execute(insert(Membership), members)
    weekly = [NOW + timedelta(weeks=n, hours=10) for n in range(1, AHEAD + 1)]
    rows = [_meeting(workspace_id, group_id, starts_at) for starts_at in weekly]
    await session.execute(insert(Meeting), rows)
    return await _feeds(session, workspace_id, [{"person_id": each["id"]} for each in people])


def _meeting(workspace_id: UUID, group_id: UUID, starts_at: datetime) -> dict[str, Any]:
    meeting_id = new_id()
    return {
        "workspace_id": workspace_id,
        "id": meeting_id,
        "group_id": group_id,
        "origin": "cadence",
        "local_start": local_time(starts_at, ZONE).isoformat(timespec="minutes"),
        "time_zone": ZONE,
        "starts_at": starts_at,
        "ends_at": starts_at + LENGTH,
        "uid": f"{meeting_id}@hotseat",
        "location": "The Eagle and Child",
        "calendar_changed_at": NOW,
        **STAMPS,
    }


async def _feeds(
    session: AsyncSession, workspace_id: UUID, whose: Sequence[Mapping[str, UUID]]
) -> list[str]:
    tokens = [make_token(workspace_id, random.randbytes(SECRET_BYTES)) for _ in whose]
    rows = [
        {
            **STAMPS,
            "workspace_id": workspace_id,
            "id": new_id(),
            "token_hash": token_hash(token),
            "include": [*(OF_GROUP if "group_id" in each else PARTS)],
            "group_id": each.get("group_id"),
            "person_id": each.get("person_id"),
        }
        for token, each in zip(tokens, whose, strict=True)
    ]
    await session.execute(insert(CalendarFeed), rows)
    return tokens


async def compare_answers(world: World, kind: str, rounds: int, calls: int) -> None:
    answer = await ask(world.app, world.big)
    zipped = await ask(world.app, world.big, {"accept-encoding": "gzip"})
    known = {"if-none-match": answer.headers["etag"]}
    contestants: dict[str, Work] = {
        "200": lambda: ask(world.app, world.big),
        "200, gzip": lambda: ask(world.app, world.big, {"accept-encoding": "gzip"}),
        "304": lambda: ask(world.app, world.big, known),
    }
    times = await by_turns(contestants, rounds=rounds, calls=calls)
    base = times["304"].median
    sizes = dict(zip(contestants, (len(answer.body), len(zipped.body), 0), strict=True))
    rows = [
        [name, f"{each.median / base:.2f}", f"{each.median * 1e3:.1f}", f"{sizes[name]:,}"]
        for name, each in times.items()
    ]
    columns = ["", "÷ 304", "ms of CPU", "bytes"]
    show(f"GET of a feed of {MEETINGS} meetings on {kind}", columns, rows)


async def among_many(world: World, kind: str, fetches: int) -> None:
    """Everybody's own feed, in no order: a visit that is noted, one that is not, one with a tag."""
    chosen = random.Random(1).sample(world.people, min(fetches, len(world.people)))
    tags: dict[str, dict[str, str]] = {path: {} for path in chosen}
    rows = []
    for name in ("200, first visit", "200, again", "304"):
        started, worked = time.perf_counter(), time.process_time()
        answers = [await ask(world.app, path, tags[path]) for path in chosen]
        wall, cpu = time.perf_counter() - started, time.process_time() - worked
        if {answer.status for answer in answers} != {int(name[:3])}:
            raise RuntimeError(answers[0].body)
        if name == "200, again":
            known = [{"if-none-match": answer.headers["etag"]} for answer in answers]
            tags = dict(zip(chosen, known, strict=True))
        rows.append([name, f"{len(chosen) / wall:,.0f}", f"{cpu / len(chosen) * 1e3:.1f}"])
    columns = ["", "feeds a second", "ms of CPU each"]
    show(f"Feeds of one process among {len(world.people):,} people on {kind}", columns, rows)


async def main(urls: Mapping[str, str], options: argparse.Namespace) -> None:
    await compare_builders(options.rounds, max(1, options.calls // 4))
    for kind, url in urls.items():
        async with opened(url) as database:
            world = await make_world(database, options.people)
            await compare_answers(world, kind, options.rounds, options.calls)
            await among_many(world, kind, options.fetches)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=20, help="calls of each side in a round")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--fetches", type=int, default=1_000)
    parsed = parser.parse_args()
    configure_logging(level="warning", json=True)
    with database_urls() as make:
        made = {kind: url_of("feeds") for kind, url_of in make.items()}
        uvloop.run(main(made, parsed))
