"""Hot seats that were called off ahead are made good from when they would have been."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.domain.checkpoint import BrokenTurn, Checkpoint, with_owed
from app.domain.first_in_line import with_amends
from app.domain.ledger import Standing
from app.domain.rotation import Candidate, plan
from tests.domain.rotation_builders import (
    DEFAULT,
    START,
    by_week,
    group,
    member,
    published,
    random_meetings,
    standings,
    upcoming,
    weeks,
)

A_WEEK = timedelta(weeks=1)


def in_line(size: int, since: Mapping[int, float]) -> list[Candidate]:
    """A group in which each of these is first in line from that week on."""
    return [
        replace(who, first_in_line=True, first_in_line_from=START + since[who.place] * A_WEEK)
        if who.place in since
        else who
        for who in group(size)
    ]


@pytest.mark.parametrize(
    ("since", "credits_", "away", "pinned", "kept"),
    [
        pytest.param({1: 1.5}, [], {}, {}, [[], [], [1], []], id="the first meeting after it"),
        pytest.param({1: 2}, [], {}, {}, [[], [], [1], []], id="one at that very time"),
        pytest.param({1: 1.5}, [], {2: [1]}, {}, [[], [], [], [1]], id="the first they come to"),
        pytest.param({1: 1.5}, [], {}, {2: [3]}, [[], [], [3], [1]], id="the first that is free"),
        pytest.param({1: 1.5}, [], {}, {3: [1]}, [[], [], [], [1]], id="a pinned one serves too"),
        pytest.param({1: 1.5}, [], {}, {1: [1]}, [[], [1], [1], []], id="not one before it"),
        pytest.param(
            {1: 1.5, 2: 0.5}, [], {1: [2]}, {}, [[], [], [2], [1]], id="the earlier turn first"
        ),
        pytest.param(
            {1: 1.5, 2: 1.5}, [0, 0.1], {}, {}, [[], [], [2], [1]], id="then the higher credit"
        ),
        pytest.param({1: 1.5, 2: 1.5}, [], {}, {}, [[], [], [1], [2]], id="then the lower place"),
        pytest.param({1: 3.5}, [], {}, {}, [[], [], [], []], id="beyond the plan"),
        pytest.param(
            {1: 0}, [], {}, {}, [[], [], [], []], id="from the first: the costs see to it"
        ),
    ],
)
def test_seats_that_are_kept(
    since: Mapping[int, float],
    credits_: Sequence[float],
    away: Mapping[int, Sequence[int]],
    pinned: Mapping[int, Sequence[int]],
    kept: list[list[int]],
) -> None:
    meetings = [
        upcoming(
            week, {1, 2, 3, 4} - set(away.get(week, ())), pinned=pinned.get(week, ()), holders=[4]
        )
        for week in range(4)
    ]
    amended = with_amends(in_line(4, since), standings(credits_), meetings)
    assert [[who.int for who in meeting.pinned] for meeting in amended] == kept
    assert [replace(m, pinned=()) for m in amended] == [replace(m, pinned=()) for m in meetings]


def test_a_kept_seat_says_why_and_is_not_pinned() -> None:
    meetings = weeks(6, size=4)
    seats = plan(in_line(4, {4: 1.5}), {}, meetings, DEFAULT)
    assert by_week(seats, meetings)[2] == [4]
    [told] = [seat for seat in seats if seat.reason.code == "first_in_line"]
    assert (told.meeting_id, told.pinned) == (meetings[2].id, False)
    assert [seat.reason.code for seat in seats if seat.pinned] == []


def test_nobody_who_was_told_before_it_loses_a_seat() -> None:
    meetings = [upcoming(week, range(1, 5), holders=[week % 4 + 1]) for week in range(6)]
    before = by_week(plan(group(4), {}, meetings, DEFAULT), meetings)
    after = by_week(plan(in_line(4, {4: 2.5}), {}, meetings, DEFAULT), meetings)
    assert before[:3] == after[:3] == [[1], [2], [3]]
    assert after[3] == [4]


def test_random_plans_serve_everybody_in_line_and_stay_as_they_are() -> None:
    for seed in range(60):
        draw = Random(seed)
        size, seats = draw.randint(4, 8), draw.randint(1, 3)
        meetings = random_meetings(draw, 12, size, seats)
        since = {place: draw.choice([0.5, 1.5, 2.5]) for place in draw.sample(range(1, size), 2)}
        members = in_line(size, since)
        whole = plan(members, {}, meetings, DEFAULT)
        assert by_week(whole, meetings) == by_week(
            plan(members, {}, published(meetings, whole), DEFAULT), meetings
        )
        for place, week in since.items():
            served = [
                meeting.starts_at
                for meeting in meetings
                if member(place) in {s.membership_id for s in whole if s.meeting_id == meeting.id}
            ]
            could = [m for m in meetings if member(place) in m.expected and m.starts_at > START]
            after = [m.starts_at for m in could if m.starts_at >= START + week * A_WEEK]
            others = len(since) - 1
            # At worst everybody else in line comes before them, one seat at each meeting.
            if len(after) > others:
                assert any(at <= after[others] for at in served if at >= after[0])


LAST_SEAT = START + A_WEEK


@pytest.mark.parametrize(
    ("broken", "stored", "tonight", "first_in_line", "since"),
    [
        ([(1, 2)], (), (), {1}, {1: 2}),
        ([(1, 1)], (), (), set(), {}),
        ([(1, 0)], (), (), set(), {}),
        ([(2, 0)], (), (), {2}, {2: 0}),
        ([(1, 0), (1, 3)], (), (), {1}, {1: 3}),
        ([(1, 3), (1, 2)], (), (), {1}, {1: 2}),
        ([(1, 3)], (1,), (), {1}, {}),
        ([(1, 3)], (), (1,), {1}, {}),
        ([], (2,), (1,), {1, 2}, {}),
    ],
    ids=[
        "called off after their last seat",
        "at the time of their last seat",
        "settled by a later seat",
        "never had one",
        "one settled, one not",
        "the first of two",
        "waiting already",
        "lost one tonight, too",
        "nothing called off",
    ],
)
def test_who_is_first_in_line_and_from_when(
    broken: list[tuple[int, int]],
    stored: Sequence[int],
    tonight: Sequence[int],
    first_in_line: set[int],
    since: Mapping[int, int],
) -> None:
    """Member 1 has had a hot seat in week 1."""
    turns: list[BrokenTurn] = [(member(place), START + week * A_WEEK) for place, week in broken]
    checkpoint = with_owed(
        Checkpoint(
            standings={member(1): Standing(last_seat_at=LAST_SEAT)},
            first_in_line=frozenset(map(member, stored)),
        ),
        turns,
        [member(place) for place in tonight],
    )
    assert checkpoint.first_in_line == frozenset(map(member, first_in_line))
    assert checkpoint.first_in_line_from == {
        member(place): START + week * A_WEEK for place, week in since.items()
    }
