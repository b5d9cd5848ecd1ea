"""What is told of a changed plan: two looks at it, compared."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.evenings import Evening, Member
from app.domain.ledger import Ledger, Standing
from app.domain.plan_change import (
    BeforeAfter,
    CreditChange,
    Place,
    PlanChange,
    PlanLook,
    SeatChange,
    Turn,
)
from app.domain.plan_comparison import compare

START = datetime(2030, 1, 7, 18, tzinfo=UTC)
NAMES = ("Ann", "Ben", "Cleo")
ANN, BEN, CLEO = (UUID(int=place) for place in (1, 2, 3))
MEMBERS = [
    Member(UUID(int=place), place, name, starts_on=date(2029, 1, 1), ends_on=None)
    for place, name in enumerate(NAMES, 1)
]
STORED = {"code": "highest_due", "params": {"due": 0.67}, "text": "due 0.67, waited 1 meeting"}
Seats = Mapping[int, Sequence[UUID]]
"""The holders of each week's hot seats, in order."""


def meeting(week: int) -> UUID:
    return UUID(int=100 + week)


def starts(week: int) -> datetime:
    return START + timedelta(weeks=week)


def evening(
    week: int,
    seats: int = 1,
    *,
    absent: Iterable[UUID] = (),
    passed: Iterable[UUID] = (),
    fixed: bool = False,
) -> Evening:
    return Evening(
        id=meeting(week),
        starts_at=starts(week),
        day=starts(week).date(),
        seats=seats,
        absent=frozenset(absent),
        passed=frozenset(passed),
        fixed=fixed,
    )


def ledger(**credits_: float) -> Ledger:
    return {UUID(int=NAMES.index(name) + 1): Standing(credit=c) for name, c in credits_.items()}


def look(
    seats: Seats,
    evenings: Sequence[Evening] | None = None,
    *,
    members: Sequence[Member] = MEMBERS,
    credits_: Ledger | None = None,
    ahead: Sequence[Ledger] | None = None,
) -> PlanLook:
    """Three weeks, of which the first is announced, unless it is said otherwise."""
    evenings = [evening(week) for week in range(3)] if evenings is None else evenings
    return PlanLook(
        members=members,
        evenings=evenings,
        turns={
            (meeting(week), who): Turn(
                meeting(week), who, starts(week), position, announced=week < 1, reason=STORED
            )
            for week, holders in seats.items()
            for position, who in enumerate(holders, 1)
        },
        credits=credits_ or {},
        ahead=[{}] * len(evenings) if ahead is None else ahead,
    )


def told(
    change: PlanChange,
) -> list[tuple[str, str, tuple[int, int] | None, tuple[int, int] | None]]:
    """Who, what, and from and to which week and position."""
    return [
        (line.name, line.change, _where(line.before), _where(line.after)) for line in change.seats
    ]


def _where(place: Place | None) -> tuple[int, int] | None:
    return None if place is None else (place.meeting_id.int - 100, place.position)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param({0: [ANN]}, {0: [ANN]}, [], id="nothing"),
        pytest.param({}, {1: [ANN]}, [("Ann", "given", None, (1, 1))], id="given"),
        pytest.param({1: [ANN]}, {}, [("Ann", "taken", (1, 1), None)], id="taken"),
        pytest.param({0: [ANN]}, {2: [ANN]}, [("Ann", "moved", (0, 1), (2, 1))], id="moved"),
        pytest.param(
            {0: [ANN, BEN]},
            {0: [BEN, ANN]},
            [("Ann", "reordered", (0, 1), (0, 2)), ("Ben", "reordered", (0, 2), (0, 1))],
            id="reordered",
        ),
        pytest.param(
            {0: [ANN], 1: [BEN]},
            {0: [BEN], 1: [ANN]},
            [("Ann", "moved", (0, 1), (1, 1)), ("Ben", "moved", (1, 1), (0, 1))],
            id="exchanged",
        ),
        pytest.param(
            {0: [ANN], 1: [ANN]},
            {1: [ANN], 2: [ANN]},
            [("Ann", "moved", (0, 1), (2, 1))],
            id="what stays is not told",
        ),
        pytest.param(
            {0: [ANN], 1: [ANN]},
            {2: [ANN]},
            [("Ann", "moved", (0, 1), (2, 1)), ("Ann", "taken", (1, 1), None)],
            id="two become one: the earlier moved",
        ),
        pytest.param(
            {0: [ANN]},
            {1: [ANN], 2: [ANN]},
            [("Ann", "moved", (0, 1), (1, 1)), ("Ann", "given", None, (2, 1))],
            id="one becomes two",
        ),
        pytest.param(
            {0: [ANN, BEN], 1: [CLEO]},
            {0: [CLEO, BEN]},
            [("Ann", "taken", (0, 1), None), ("Cleo", "moved", (1, 1), (0, 1))],
            id="in the order of time, by where it was",
        ),
    ],
)
def test_seats_that_differ(before: Seats, after: Seats, lines: list[object]) -> None:
    assert told(compare(look(before), look(after), frozenset(), {})) == lines


def test_a_line_says_where_whether_told_and_why() -> None:
    change = compare(look({0: [ANN]}), look({1: [ANN]}), frozenset(), {})
    [line] = change.seats
    assert line == SeatChange(
        membership_id=ANN,
        name="Ann",
        change="moved",
        before=Place(meeting(0), starts(0), 1, announced=True),
        after=Place(meeting(1), starts(1), 1, announced=False),
        reason=line.reason,
    )
    assert (line.reason.code, line.reason.params, line.reason.text) == tuple(STORED.values())


LIVE = [evening(0, fixed=True), evening(1), evening(2)]
WITHOUT_FIRST = [evening(1), evening(2)]


@pytest.mark.parametrize(
    ("after", "gone", "code", "text"),
    [
        (look({}, WITHOUT_FIRST), {0: "cancelled"}, "meeting_gone", "the meeting is cancelled"),
        (look({}, WITHOUT_FIRST), {0: "lapsed"}, "meeting_gone", "the meeting is lapsed"),
        (look({}, WITHOUT_FIRST), {0: "held"}, "not_held", "it did not take place"),
        (look({}, LIVE), {}, "not_held", "it did not take place"),
        (
            look({}, [evening(0, passed=[ANN])]),
            {},
            "passed",
            "its member let it go by",
        ),
        (
            look({}, [evening(0, absent=[ANN])]),
            {},
            "away",
            "the member is not expected at that meeting",
        ),
        (
            look({}, [evening(0)], members=MEMBERS[1:]),
            {},
            "away",
            "the member is not expected at that meeting",
        ),
        (look({0: [CLEO, BEN]}), {}, "given_to_another", "it goes to Ben, Cleo"),
        (look({}, [evening(0, seats=0)]), {}, "fewer", "the meeting has fewer hot seats"),
    ],
)
def test_why_a_seat_was_taken(
    after: PlanLook, gone: Mapping[int, str], code: str, text: str
) -> None:
    states = {meeting(week): state for week, state in gone.items()}
    change = compare(look({0: [ANN]}), after, frozenset(), states)
    [reason] = [line.reason for line in change.seats if line.change == "taken"]
    assert (reason.code, reason.text) == (f"taken_{code}", text)


def test_a_seat_that_was_had_is_not_taken() -> None:
    had = {(meeting(0), ANN)}
    after = look({1: [ANN]}, WITHOUT_FIRST)
    change = compare(look({0: [ANN]}), after, had, {meeting(0): "held"})
    assert told(change) == [("Ann", "given", None, (1, 1))]


def test_who_has_left_keeps_the_name() -> None:
    change = compare(look({1: [ANN]}), look({}, members=MEMBERS[1:]), frozenset(), {})
    assert told(change) == [("Ann", "taken", (1, 1), None)]


@pytest.mark.parametrize(
    ("before", "after", "until"),
    [
        ([0, 1, 2], [0, 1, 2], 2),
        ([0, 1, 2], [1, 2, 3], 2),
        ([0, 1], [1], 1),
        ([0], [1], None),
        ([], [], None),
    ],
)
def test_credits_are_planned_until_the_last_meeting_of_both(
    before: Sequence[int], after: Sequence[int], until: int | None
) -> None:
    looks = [
        look(
            {},
            [evening(week) for week in weeks],
            ahead=[ledger(Ann=week + shift) for week in weeks],
        )
        for weeks, shift in ((before, 0), (after, 0.5))
    ]
    change = compare(looks[0], looks[1], frozenset(), {})
    assert change.planned_until == (None if until is None else starts(until))
    planned = [(line.name, line.planned) for line in change.credits]
    assert planned == ([] if until is None else [("Ann", BeforeAfter(until, until + 0.5))])


def test_a_meeting_without_hot_seats_is_no_end_to_plan_until() -> None:
    """One beyond the horizon is in neither plan, though it is known."""
    evenings = [evening(0), evening(1, seats=0)]
    change = compare(look({}, evenings), look({}, evenings), frozenset(), {})
    assert change.planned_until == starts(0)


def test_credits_of_today_and_planned_ones_are_told_where_they_differ() -> None:
    before = look(
        {}, [evening(0)], credits_=ledger(Ann=0.2, Ben=-0.2), ahead=[ledger(Ann=0.5, Ben=0.1)]
    )
    after = look(
        {},
        [evening(0)],
        credits_=ledger(Ann=-0.3, Ben=-0.2),
        ahead=[ledger(Ann=0.5, Ben=0.1 + 1e-9, Cleo=-1 / 3)],
    )
    change = compare(before, after, frozenset(), {})
    assert change.credits == (
        CreditChange(ANN, "Ann", BeforeAfter(0.2, -0.3), BeforeAfter(0.5, 0.5)),
        CreditChange(CLEO, "Cleo", BeforeAfter(0.0, 0.0), BeforeAfter(0.0, -0.333333)),
    )


def test_without_a_meeting_of_both_there_is_no_planned_credit() -> None:
    before, after = (look({}, [], credits_=ledger(Ann=credit)) for credit in (0.0, 1.0))
    [line] = compare(before, after, frozenset(), {}).credits
    assert (line.now, line.planned) == (BeforeAfter(0.0, 1.0), None)
