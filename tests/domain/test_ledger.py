from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.fair_share import shares
from app.domain.ledger import (
    NEWCOMER,
    HeldMeeting,
    Standing,
    advance,
    credit_on_return,
    ledger,
    wait_bound,
)

ANN, BEN, CLEO, DAN = (UUID(int=place) for place in (1, 2, 3, 4))
EVERYBODY = (ANN, BEN, CLEO, DAN)
START = datetime(2030, 1, 7, 18, tzinfo=UTC)


def held(
    week: int,
    present: Collection[UUID],
    seated: Collection[UUID],
    weights: Mapping[UUID, float] | None = None,
) -> HeldMeeting:
    return HeldMeeting(
        id=UUID(int=1000 + week),
        starts_at=START + timedelta(weeks=week),
        present=frozenset(present),
        seated=tuple(seated),
        weights=weights or {},
    )


@st.composite
def histories(draw: st.DrawFn) -> list[HeldMeeting]:
    """Any mix of presence, numbers of seats that took place (0 included) and weights."""
    weights = {member: draw(st.sampled_from([0.5, 1.0, 2.0, 3.7])) for member in EVERYBODY}
    history = []
    for week in range(draw(st.integers(0, 9))):
        present = sorted(draw(st.sets(st.sampled_from(EVERYBODY))))
        order = draw(st.permutations(present))
        seated = order[: draw(st.integers(0, len(order)))]
        history.append(held(week, present, seated, weights))
    return history


def test_a_credit_is_what_was_due_minus_what_was_got() -> None:
    after = ledger(EVERYBODY, [held(0, EVERYBODY, [ANN]), held(1, [ANN, BEN], [BEN])])

    assert after[ANN] == Standing(
        credit=-0.25,
        due=0.75,
        got=1,
        attended=2,
        waited=1,
        last_seat_at=START,
        longest_wait=1,
        largest_credit=0.75,
    )
    assert after[BEN].credit == -0.25
    assert after[CLEO].credit == after[DAN].credit == 0.25


@given(histories())
@settings(max_examples=60, deadline=None)
def test_the_ledger_equals_a_recount_of_the_history(history: list[HeldMeeting]) -> None:
    after = ledger(EVERYBODY, history)

    for member in EVERYBODY:
        attended = [meeting for meeting in history if member in meeting.present]
        seats = [meeting for meeting in attended if member in meeting.seated]
        weights = history[0].weights if history else {}
        due = sum(
            shares({m: weights[m] for m in meeting.present}, len(meeting.seated))[member]
            for meeting in attended
        )
        waits, wait = [0], 0
        for meeting in attended:
            wait = 0 if member in meeting.seated else wait + 1
            waits.append(wait)

        standing = after[member]
        assert standing.due == pytest.approx(due)
        assert standing.credit == pytest.approx(due - len(seats))
        assert (standing.got, standing.attended) == (len(seats), len(attended))
        assert (standing.waited, standing.longest_wait) == (wait, max(waits))
        assert standing.last_seat_at == (seats[-1].starts_at if seats else None)


@given(histories())
@settings(max_examples=60, deadline=None)
def test_every_held_meeting_sums_to_zero(history: list[HeldMeeting]) -> None:
    standings = {}
    for meeting in history:
        standings = advance(standings, meeting)
        assert sum(standing.credit for standing in standings.values()) == pytest.approx(0)


@given(histories(), st.integers(0, 9), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_checkpoint_continues_exactly_as_the_whole_history(
    history: list[HeldMeeting], at: int, random: Random
) -> None:
    opening = {ANN: -0.4, BEN: 0.3}
    whole = ledger(EVERYBODY, random.sample(history, len(history)), opening)

    continued = ledger(EVERYBODY, history[:at], opening)
    for meeting in history[at:]:
        continued = advance(continued, meeting)

    assert continued == whole


def test_an_absence_earns_nothing_and_costs_nothing() -> None:
    before = ledger(EVERYBODY, [held(0, EVERYBODY, [ANN])])
    after = advance(before, held(1, [ANN, BEN, CLEO], [BEN]))
    assert after[DAN] == before[DAN]


def test_only_who_spoke_is_charged_when_a_substitute_takes_the_seat() -> None:
    after = ledger(EVERYBODY, [held(0, [BEN, CLEO, DAN], [CLEO])])
    assert after[ANN] == NEWCOMER
    assert after[CLEO].credit == pytest.approx(-2 / 3)


def test_seats_that_did_not_take_place_are_not_divided() -> None:
    """Two were announced, time ran out after one: one is shared, and one is charged."""
    after = ledger(EVERYBODY, [held(0, EVERYBODY, [ANN])])
    assert [after[member].credit for member in EVERYBODY] == [-0.75, 0.25, 0.25, 0.25]


def test_an_evening_without_hot_seats_moves_no_credit_but_is_a_meeting_waited() -> None:
    after = ledger(EVERYBODY, [held(0, EVERYBODY, [])])
    assert {standing.credit for standing in after.values()} == {0.0}
    assert {standing.waited for standing in after.values()} == {1}


def test_a_newcomer_starts_at_0_in_the_middle_of_a_history() -> None:
    history = [held(week, [ANN, BEN], [ANN]) for week in range(5)]
    after = ledger([], [*history, held(5, [ANN, BEN, CLEO], [BEN])])
    assert after[CLEO].credit == pytest.approx(1 / 3)
    assert after[CLEO].attended == 1


def test_opening_credits_are_where_a_group_with_a_past_begins() -> None:
    after = ledger(EVERYBODY, [held(0, EVERYBODY, [ANN])], {ANN: 0.5, BEN: -0.5})
    assert (after[ANN].credit, after[BEN].credit) == (-0.25, -0.25)
    assert (after[ANN].due, after[ANN].got) == (0.25, 1)
    assert after[BEN].largest_credit == 0.5


@pytest.mark.parametrize(("left_with", "returns_with"), [(0.8, 0), (0, 0), (-0.6, -0.6)])
def test_a_positive_credit_lapses_on_leaving_and_a_debt_waits(
    left_with: float, returns_with: float
) -> None:
    assert credit_on_return(left_with) == returns_with


@pytest.mark.parametrize(
    ("members", "seats", "bound"),
    [(4, 1, 7), (5, 2, 4), (6, 2, 5), (7, 3, 4), (8, 1, 15), (8, 3, 5), (4, 4, 1)],
)
def test_the_bound_on_waiting_is_that_of_the_corollary(
    members: int, seats: int, bound: int
) -> None:
    due = shares({UUID(int=place): 1.0 for place in range(members)}, seats)
    assert wait_bound(min(due.values())) == -(-2 * members // seats) - 1 == bound


def test_there_is_no_bound_without_a_share() -> None:
    assert wait_bound(0) is None


@pytest.mark.parametrize(
    ("meeting", "code"),
    [
        (held(0, [ANN, BEN], [ANN, ANN]), "seated_twice"),
        (held(0, [ANN, BEN], [CLEO]), "seated_absent"),
    ],
)
def test_a_meeting_that_cannot_have_been_is_refused(meeting: HeldMeeting, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ledger(EVERYBODY, [meeting])
    assert refusal.value.code == code
    assert refusal.value.facts["meeting_id"] == str(meeting.id)
