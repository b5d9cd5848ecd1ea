"""Every seat says why, in words and numbers."""

from dataclasses import replace

import pytest

from app.domain.ledger import Standing
from app.domain.rotation import Candidate, Reason, UpcomingMeeting, plan
from app.domain.rotation_reasons import Rival, SeatFacts, reason, says_nothing_new
from tests.domain.rotation_builders import DEFAULT, group, member, standings, upcoming


def first_reason(credits_: list[float], meetings: list[UpcomingMeeting]) -> Reason:
    members = group(len(credits_))
    return plan(members, standings(credits_), meetings, DEFAULT)[0].reason


def test_who_is_due_most_has_waited_and_somebody_with_more_is_away() -> None:
    before = {
        member(1): Standing(credit=0.92, waited=4),
        member(2): Standing(credit=0.95, waited=1),
        member(3): Standing(credit=-0.9, waited=0),
    }
    [seat] = plan(group(3), before, [upcoming(0, [1, 3], away=[2])], DEFAULT)
    assert seat.reason == Reason(
        code="highest_due",
        params={
            "due": 1.42,
            "waited": 4,
            "credit_after": 0.42,
            "away": "Barfield",
            "away_count": 1,
        },
        text="due 1.42, waited 4 meetings, Barfield is away",
    )


@pytest.mark.parametrize(
    ("credits_", "meetings", "code", "text"),
    [
        ([0.2, 0], [upcoming(0, [1, 2])], "highest_due", "due 0.70, waited 0 meetings"),
        (
            [0.2, 0],
            [upcoming(0, [1, 2], pinned=[2])],
            "pinned",
            "fixed by a swap, an urgent request or an organizer; due 0.50, waited 0 meetings",
        ),
        (
            [0.2, 0],
            [upcoming(0, [1, 2], holders=[2])],
            "published",
            "due 0.50, waited 0 meetings, keeps the published seat",
        ),
        (
            [0.4, 0.3, -0.4, -0.3],
            [
                upcoming(0, [1, 2, 3, 4]),
                *[upcoming(week, [1, 3, 4]) for week in range(1, 4)],
                upcoming(4, [1, 2, 3, 4]),
            ],
            "before_absence",
            "due 0.55, waited 0 meetings, then away for 3 meetings",
        ),
    ],
)
def test_a_seat_says_what_decided_it(
    credits_: list[float], meetings: list[UpcomingMeeting], code: str, text: str
) -> None:
    why = first_reason(credits_, meetings)
    assert (why.code, why.text) == (code, text)


def test_the_waiting_and_what_is_due_are_those_of_the_day() -> None:
    meetings = [upcoming(week, [1, 2, 3]) for week in range(6)]
    seats = plan(group(3), standings([0, 0, 0]), meetings, DEFAULT)
    assert [seat.reason.text for seat in seats] == [
        "due 0.33, waited 0 meetings",
        "due 0.67, waited 1 meeting",
        "due 1.00, waited 2 meetings",
        "due 0.33, waited 2 meetings",
        "due 0.67, waited 2 meetings",
        "due 1.00, waited 2 meetings",
    ]


def test_first_in_line_is_said_of_the_first_seat_only() -> None:
    members = [Candidate(member(1), 1, first_in_line=True), Candidate(member(2), 2)]
    meetings = [upcoming(week, [1, 2]) for week in range(4)]
    seats = plan(members, {}, meetings, DEFAULT)
    codes = [seat.reason.code for seat in seats if seat.membership_id == member(1)]
    assert codes[0] == "first_in_line"
    assert "first_in_line" not in codes[1:]


@pytest.mark.parametrize(
    ("rival", "text"),
    [
        (Rival("Cleo", 0.95, 2), "Cleo, due 0.95, follows 2 meetings later"),
        (Rival("Cleo", 0.95, 1), "Cleo, due 0.95, follows 1 meeting later"),
        (Rival("", 0.95, None), "another member, due 0.95, follows after the planned meetings"),
    ],
)
def test_a_seat_that_evens_things_out_says_who_follows(rival: Rival, text: str) -> None:
    facts = SeatFacts(
        due=0.8,
        waited=1,
        pinned=False,
        first_in_line=False,
        published=False,
        away_next=0,
        outlasted=None,
        rival=rival,
        away=[],
    )
    assert reason(facts).code == "evens_out"
    assert reason(facts).text == f"due 0.80, waited 1 meeting; {text}"


def test_a_seat_that_ends_a_long_wait_says_so() -> None:
    """Without patience Ann, who is due more, would have it."""
    before = {member(1): Standing(credit=0.4), member(2): Standing(credit=-0.4, waited=5)}
    [seat] = plan(group(2), before, [upcoming(0, [1, 2])], DEFAULT)
    assert seat.reason == Reason(
        code="waited_long",
        params={
            "due": 0.1,
            "waited": 5,
            "credit_after": -0.9,
            "rival": "Ann",
            "rival_due": 0.9,
            "rival_follows_in": 0,
            "patience": 1.5,
        },
        text="due 0.10, waited 5 meetings, longer than 1.5 turns; "
        "Ann, due 0.90, follows after the planned meetings",
    )


def test_several_who_are_away_are_all_named_and_nobody_without_a_name() -> None:
    before = standings([0.1, 0.5, 0.4, 0.3, 0])
    members = group(5)
    members[3] = Candidate(member(4), 4)
    [seat] = plan(members, before, [upcoming(0, [1, 5], away=[2, 3, 4])], DEFAULT)
    assert seat.reason.text == "due 0.60, waited 0 meetings, Barfield, Cleo are away"


@pytest.mark.parametrize(
    ("given", "due", "kept"),
    [
        ("evens_out", 0.8, True),
        ("before_absence", 0.8, True),
        ("waited_long", 0.8, True),
        ("evens_out", 0.7, False),
        ("pinned", 0.8, False),
        ("first_in_line", 0.8, False),
    ],
)
def test_a_seat_keeps_the_reason_it_was_given_for_while_its_numbers_stand(
    given: str, due: float, *, kept: bool
) -> None:
    facts = SeatFacts(
        due=0.8,
        waited=1,
        pinned=False,
        first_in_line=False,
        published=True,
        away_next=0,
        outlasted=None,
        rival=Rival("Barfield", 0.9, 2),
        away=[],
    )
    again = reason(facts)
    assert again.code == "published"
    assert says_nothing_new(again, given, {**again.params, "due": due}) is kept
    unpublished = reason(replace(facts, published=False))
    assert not says_nothing_new(unpublished, given, unpublished.params)
