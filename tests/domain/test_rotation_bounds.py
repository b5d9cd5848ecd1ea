"""The published bounds, held against random histories: |credit| < 1, and the longest wait.

Short by default; `make soak` plays thousands of histories, and runs of 1,000 meetings.
"""

import os
from random import Random
from uuid import UUID

import pytest

from app.domain.fair_share import shares
from app.domain.ledger import Standing, wait_bound
from app.domain.rotation import Candidate, UpcomingMeeting, forecast, plan
from tests.domain.rotation_builders import (
    DEFAULT,
    group,
    random_meetings,
    rolling_plan,
    weeks,
)

pytestmark = pytest.mark.soak

SOAK = bool(os.environ.get("HOTSEAT_SOAK"))
BLOCKS, HISTORIES = (20, 200) if SOAK else (4, 30)
ROLLING_BLOCKS, ROLLING = (20, 100) if SOAK else (4, 3)
LONG = 1000 if SOAK else 60
SIZES = [
    (size, seats)
    for size in range(4, 9)
    for seats in range(1, size + 1)
    if SOAK or (size, seats) in {(4, 1), (4, 3), (5, 2), (6, 1), (7, 3), (8, 1), (8, 5)}
]


def random_group(random: Random) -> tuple[list[Candidate], int]:
    size = random.randint(4, 8)
    weights = {place: random.choice([1, 1, 1, random.uniform(0.3, 3)]) for place in range(1, 9)}
    return group(size, random.choice([{}, weights])), random.randint(1, size)


def smallest_share(
    who: Candidate, members: list[Candidate], meetings: list[UpcomingMeeting]
) -> float:
    """Over the whole history, which is at most what it is while waiting."""
    attended = [
        shares({m.id: m.weight for m in members if m.id in meeting.expected}, meeting.seats)[who.id]
        for meeting in meetings
        if who.id in meeting.expected
    ]
    return min(attended, default=0)


def assert_waits(
    ledger: dict[UUID, Standing], members: list[Candidate], meetings: list[UpcomingMeeting]
) -> None:
    for who in members:
        bound = wait_bound(smallest_share(who, members, meetings))
        if bound is not None:
            assert ledger[who.id].longest_wait <= bound


def assert_bounds(
    ledger: dict[UUID, Standing], members: list[Candidate], meetings: list[UpcomingMeeting]
) -> None:
    assert max(standing.largest_credit for standing in ledger.values()) < 1
    assert_waits(ledger, members, meetings)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_with_presence_known_no_credit_reaches_1_in_a_plan_of_many_months(block: int) -> None:
    for seed in range(HISTORIES):
        random = Random(10_000 * block + seed)
        members, seats = random_group(random)
        meetings = random_meetings(random, 20, len(members), seats)
        ledgers = forecast(members, {}, meetings, plan(members, {}, meetings, DEFAULT))
        assert_bounds(dict(ledgers[-1]), members, meetings)


@pytest.mark.parametrize("block", range(ROLLING_BLOCKS))
def test_nor_when_it_is_planned_12_meetings_ahead_again_and_again(block: int) -> None:
    for seed in range(ROLLING):
        random = Random(10_000 * block + seed)
        members, seats = random_group(random)
        meetings = random_meetings(random, 40, len(members), seats)
        ledger = rolling_plan(members, meetings)[-1][1]
        assert_bounds(ledger, members, meetings)


@pytest.mark.parametrize(("size", "seats"), SIZES)
def test_with_everybody_there_nobody_waits_longer_than_the_corollary_says(
    size: int, seats: int
) -> None:
    outcome = rolling_plan(group(size), weeks(LONG, size, seats))

    bound = -(-2 * size // seats) - 1
    for start in range(LONG - bound):
        window = {place for who, _ in outcome[start : start + bound + 1] for place in who}
        assert window == set(range(1, size + 1))


@pytest.mark.parametrize(("size", "seats"), [(4, 1), (5, 2), (8, 3)])
def test_cancelled_meetings_consume_no_turn(size: int, seats: int) -> None:
    """Every fourth is cancelled on its day: its holders sit at the next, and nobody starves."""
    cancelled = range(3, LONG, 4)
    outcome = rolling_plan(group(size), weeks(LONG, size, seats), cancelled=cancelled)

    for index in cancelled:
        assert outcome[index][1] == outcome[index - 1][1]
    for index in [*cancelled][:-1]:
        assert set(outcome[index][0]) == set(outcome[index + 1][0])
    ledger = outcome[-1][1]
    assert_waits(ledger, group(size), weeks(LONG, size, seats))
    assert max(standing.largest_credit for standing in ledger.values()) < 1
