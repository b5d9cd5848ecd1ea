"""Thousands of random histories: every figure, over random windows, is what a recount finds.

The lives are drawn by a seeded generator rather than by Hypothesis, which draws a tenth as many in
the same time; a failure names the seed of its group.
"""

import datetime as dt
import itertools
import random
import uuid

import pytest

from app.domain.accountability import (
    MemberFacts,
    group_figures,
    member_facts,
    member_figures,
    trend_windows,
)
from app.domain.figures import AttendanceMark, Window
from app.domain.held_facts import (
    HeldMeetingFacts,
    MemberMark,
    attendance_facts,
    hot_seat_facts,
)
from app.domain.membership import Leave, Membership
from tests.support.promise_worlds import MEETINGS, START, World, random_world
from tests.support.recount import THERE, MarkRow, Recount, Rows, as_told, check_told

BATCHES, GROUPS = 8, 150
PROMISES = 4
MEMBERS = [uuid.UUID(int=100 + number) for number in range(4)]
ZONES = ["UTC", "America/Los_Angeles", "Pacific/Auckland"]
LONG_AGO = START.date() - dt.timedelta(days=100)


def random_rows(rng: random.Random) -> Rows:
    """A group of four and its rows: who stayed how long, who came, who had hot seats."""
    world: World = random_world(rng, promises=PROMISES)
    rows = Rows(
        zone=rng.choice(ZONES),
        world=world,
        promisers=[rng.choice(MEMBERS) for _ in world.histories],
        held={m: closing.day for m, closing in world.closings.items() if m in MEETINGS},
    )
    for who in MEMBERS:
        first = LONG_AGO if rng.random() < 0.7 else random_day(rng)
        last = first + dt.timedelta(days=rng.randint(10, 400)) if rng.random() < 0.3 else None
        rows.stays.append((who, first, last))
        if rng.random() < 0.3:
            away = random_day(rng)
            rows.leaves.append((who, away, away + dt.timedelta(days=rng.randint(0, 20))))
    for meeting in rows.held:
        add_evening(rng, rows, meeting)
    return rows


def random_day(rng: random.Random) -> dt.date:
    return START.date() + dt.timedelta(days=rng.randint(-5, 80))


def add_evening(rng: random.Random, rows: Rows, meeting: uuid.UUID) -> None:
    marks = [
        MarkRow(
            meeting,
            who,
            rng.choice([*THERE, "present", "absent", "no_show"]),
            presumed=rng.random() < 0.3,
            weight=rng.choice([1.0, 1.0, 0.5, 2.0]),
        )
        for who in MEMBERS
        if rng.random() < 0.9
    ]
    rows.marks += marks
    there = [mark.member for mark in marks if mark.status in THERE]
    rng.shuffle(there)
    done = there[: rng.randint(0, 2)]
    rows.seats += [(meeting, who, "done") for who in done]
    rows.seats += [(meeting, who, "passed") for who in there[2:3] if rng.random() < 0.3]


def figures(rows: Rows) -> tuple[dict[uuid.UUID, MemberFacts], list[HeldMeetingFacts]]:
    """What the domain makes of the rows: facts by member, and the meetings."""
    held = [
        HeldMeetingFacts(
            meeting,
            day,
            {
                m.member: MemberMark(AttendanceMark(m.status), m.presumed, m.weight)
                for m in rows.marks
                if m.meeting == meeting
            },
            frozenset(w for at, w, state in rows.seats if at == meeting and state == "passed"),
            frozenset(w for at, w, state in rows.seats if at == meeting and state == "done"),
        )
        for meeting, day in rows.held.items()
    ]
    seats = hot_seat_facts(held)
    facts = {
        who: member_facts(
            [
                history
                for owner, history in zip(rows.promisers, rows.world.histories, strict=True)
                if owner == who
            ],
            attendance_facts(
                Membership(who, who, 1, first, last),
                [Leave(*days) for whose, *days in rows.leaves if whose == who],
                held,
            ),
            seats.get(who, ()),
            closings=rows.world.closings,
            time_zone=rows.zone,
            now=rows.world.now,
        )
        for who, first, last in rows.stays
    }
    return facts, held


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_figure_is_what_a_recount_finds(batch: int) -> None:
    for seed in range(batch * GROUPS, (batch + 1) * GROUPS):
        try:
            check_group(random.Random(seed))
        except AssertionError as failed:
            raise AssertionError(f"group {seed}") from failed


def check_group(rng: random.Random) -> None:
    rows = random_rows(rng)
    facts, held = figures(rows)
    counted = Recount(rows)
    since, until = sorted((random_day(rng), random_day(rng)))
    for first, last in ((None, None), (since, until), (since, None), (None, until)):
        window = Window(first, last, rows.zone)
        own = {who: member_figures(of, window) for who, of in facts.items()}
        for who, found in own.items():
            check_told(as_told(found), counted.of([who], first, last))
        check_told(as_told(group_figures(own.values())), counted.of(MEMBERS, first, last))
    check_trend(rows, window, held, facts, counted, rng.randint(1, 10))


def check_trend(
    rows: Rows,
    window: Window,
    held: list[HeldMeetingFacts],
    facts: dict[uuid.UUID, MemberFacts],
    counted: Recount,
    last: int,
) -> None:
    """Each part is a recount of its own, and the parts follow one another to the window's end."""
    parts = trend_windows(window, (each.day for each in held), last=last)
    days = sorted({each.day for each in held if each.day in window})
    assert [part.until for part in parts[:-1]] == days[-last:][: len(parts) - 1]
    assert parts[-1].until == window.until
    if len(days) <= last:
        assert parts[0].since == window.since
    for one, other in itertools.pairwise(parts):
        assert other.since is not None
        assert one.until == other.since - dt.timedelta(days=1)
    for part in parts:
        own = [member_figures(of, part) for of in facts.values()]
        check_told(as_told(group_figures(own)), counted.of(MEMBERS, part.since, part.until))
    assert rows.zone == parts[0].time_zone
