"""Places, dates and leaves: tables, and every place rule against a day-by-day count."""

import datetime as dt
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict, DomainError, Invalid
from app.domain.membership import (
    Leave,
    Membership,
    MembershipState,
    below_minimum,
    check_activation,
    check_dates,
    check_leave,
    check_person,
    check_presence,
    expected_on,
    free_place,
)

TODAY = dt.date(2030, 1, 10)


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


def member(place: int, starts: int = -30, ends: int | None = None) -> Membership:
    return Membership(
        uuid.uuid4(), uuid.uuid4(), place, day(starts), None if ends is None else day(ends)
    )


def full(*places: int) -> list[Membership]:
    return [member(place) for place in places]


@pytest.mark.parametrize(
    ("offset", "state"),
    [(-1, "upcoming"), (0, "current"), (5, "current"), (6, "ended"), (400, "ended")],
)
def test_state_runs_from_the_first_day_to_the_last(offset: int, state: str) -> None:
    assert member(1, 0, 5).state_on(day(offset)) == MembershipState(state)


def test_an_open_membership_never_ends() -> None:
    assert member(1, 0).state_on(dt.date.max) is MembershipState.CURRENT


def test_a_membership_lasts_a_day_at_least() -> None:
    check_dates(TODAY, TODAY)
    check_dates(TODAY, None)
    with pytest.raises(Invalid) as refused:
        check_dates(TODAY, day(-1))
    assert (refused.value.code, refused.value.pointer) == ("ends_before_start", "/ends_on")


@pytest.mark.parametrize(
    ("others", "starts", "ends", "wanted", "answer"),
    [
        ([], 0, None, None, 1),
        ([], 0, None, 8, 8),
        (full(1, 2, 4), 0, None, None, 3),
        (full(1, 2, 4), 0, None, 4, "place_taken"),
        (full(*range(1, 9)), 0, None, None, "group_full"),
        (full(*range(1, 9)), 0, None, 3, "group_full"),
        ([], 0, None, 0, "place_out_of_range"),
        ([], 0, None, 9, "place_out_of_range"),
        # a successor: only once the holder's last day lies before
        ([member(1, -30, 20)], 21, None, 1, 1),
        ([member(1, -30, 20)], 20, None, 1, "place_taken"),
        ([member(1, -30)], 21, None, 1, "place_taken"),
        ([*full(2, 3, 4, 5, 6, 7, 8), member(1, -30, 20)], 21, None, None, 1),
        ([*full(2, 3, 4, 5, 6, 7, 8), member(1, -30, 20)], 0, None, None, "group_full"),
        # one upcoming holder a place, though the days would not collide
        ([member(1, 5, 9)], 10, None, 1, "place_taken"),
        ([member(1, 10)], 5, 9, 1, "place_taken"),
        # a membership that ends before the successor comes
        ([member(1, 10)], 0, 9, 1, 1),
        ([member(1, 10)], 0, None, 1, "place_taken"),
        # former members are in nobody's way, but their days are theirs
        ([member(1, -30, -1)], 0, None, None, 1),
        ([member(1, -30, -10)], -20, None, 1, "place_taken"),
        ([member(1, -30, -20)], -19, -5, 1, 1),
    ],
)
def test_free_place(
    others: list[Membership], starts: int, ends: int | None, wanted: int | None, answer: int | str
) -> None:
    def ask() -> int:
        return free_place(
            others,
            starts_on=day(starts),
            ends_on=None if ends is None else day(ends),
            today=TODAY,
            wanted=wanted,
        )

    if isinstance(answer, int):
        assert ask() == answer
    else:
        with pytest.raises(DomainError) as refused:
            ask()
        assert refused.value.code == answer


def test_a_refusal_names_the_free_places() -> None:
    with pytest.raises(Conflict) as refused:
        free_place(full(1, 2, 5, 7), starts_on=TODAY, today=TODAY, wanted=2)
    assert refused.value.facts == {"place": 2, "free": [3, 4, 6, 8]}


spans = st.tuples(st.integers(-20, 20), st.none() | st.integers(0, 15))


@settings(max_examples=200, deadline=None)
@given(asked=st.lists(st.tuples(spans, st.none() | st.integers(1, 3)), max_size=40))
def test_no_place_is_ever_held_twice_and_refusals_are_needed(
    asked: list[tuple[tuple[int, int | None], int | None]],
) -> None:
    group: list[Membership] = []
    for (starts, length), wanted in asked:
        new = member(0, starts, None if length is None else starts + length)
        possible = [p for p in range(1, 9) if fits(group, new, p)]
        try:
            place = free_place(
                group, starts_on=new.starts_on, ends_on=new.ends_on, today=TODAY, wanted=wanted
            )
        except Conflict:
            assert wanted not in possible if wanted else not possible
            continue
        assert place == (wanted or possible[0])
        assert place in possible
        group.append(Membership(new.id, new.person_id, place, new.starts_on, new.ends_on))
    for offset in range(-21, 60):
        current = [m.place for m in group if m.state_on(day(offset)) is MembershipState.CURRENT]
        assert len(current) == len(set(current))
    upcoming = [m.place for m in group if m.state_on(TODAY) is MembershipState.UPCOMING]
    assert len(upcoming) == len(set(upcoming))


def fits(group: list[Membership], new: Membership, place: int) -> bool:
    """Asks every day of the horizon; an open end holds on to its last day."""
    there = [m for m in group if m.place == place]
    held = [
        m.state_on(d) is MembershipState.CURRENT and new.state_on(d) is MembershipState.CURRENT
        for m in there
        for d in map(day, range(-21, 60))
    ]
    upcoming = [m for m in [*there, new] if m.state_on(TODAY) is MembershipState.UPCOMING]
    return not any(held) and len(upcoming) < 2 + (new not in upcoming)


@pytest.mark.parametrize(
    ("since", "starts", "ends", "refused"),
    [
        (0, 0, None, True),
        (0, -9, -1, False),
        (0, 11, None, False),
        (3, 0, 2, False),
        (3, 11, None, True),  # twice to come
    ],
)
def test_a_person_is_in_a_group_once_at_a_time(
    since: int, starts: int, ends: int | None, *, refused: bool
) -> None:
    one = member(1, since, 10)
    first, last = day(starts), None if ends is None else day(ends)
    check_person([one], uuid.uuid4(), starts_on=first, ends_on=last, today=TODAY)
    if refused:
        with pytest.raises(Conflict) as conflict:
            check_person([one], one.person_id, starts_on=first, ends_on=last, today=TODAY)
        assert conflict.value.code == "already_member"
        assert conflict.value.facts == {"membership_id": str(one.id)}
    else:
        check_person([one], one.person_id, starts_on=first, ends_on=last, today=TODAY)


@pytest.mark.parametrize(
    ("starts", "ends", "covers"),
    [(2, 9, True), (0, None, True), (2, 8, False), (3, 9, False), (3, None, False)],
)
def test_a_membership_covers_the_days_of_presence(
    starts: int, ends: int | None, *, covers: bool
) -> None:
    first, last = day(starts), None if ends is None else day(ends)
    check_presence(first, last, None)
    if covers:
        check_presence(first, last, (day(2), day(9)))
        return
    with pytest.raises(Conflict) as refused:
        check_presence(first, last, (day(2), day(9)))
    assert refused.value.code == "was_present"
    facts = {"present_first_on": day(2).isoformat(), "present_last_on": day(9).isoformat()}
    assert refused.value.facts == facts


@pytest.mark.parametrize("members", range(10))
def test_four_are_needed_to_begin(members: int) -> None:
    assert below_minimum(members) == (members < 4)
    if members >= 4:
        check_activation(members)
    else:
        with pytest.raises(Conflict) as refused:
            check_activation(members)
        assert refused.value.code == "too_few_members"
        assert refused.value.facts == {"members": members, "min_members": 4}


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (-1, False),
        (0, True),
        (4, True),
        (5, False),
        (8, False),
        (9, True),
        (12, False),
        (13, True),
        (20, True),
        (21, False),
    ],
)
def test_expected_is_current_and_not_on_leave(offset: int, *, expected: bool) -> None:
    leaves = [Leave(day(5), day(8)), Leave(day(12), day(12))]
    assert expected_on(member(1, 0, 20), leaves, day(offset)) is expected


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (0, 0, None),
        (0, 4, None),
        (9, 30, None),
        (35, 400, None),
        (3, 2, "leave_ends_before_start"),
        (-1, 3, "leave_outside_membership"),
        (490, 501, "leave_outside_membership"),
        (31, 396, None),
        (31, 397, "leave_too_long"),
        (0, 5, "leave_overlaps"),
        (6, 7, "leave_overlaps"),
        (8, 20, "leave_overlaps"),
        (0, 20, "leave_overlaps"),
    ],
)
def test_check_leave(first: int, last: int, code: str | None) -> None:
    leave, others = Leave(day(first), day(last)), [Leave(day(5), day(8))]
    membership = member(1, 0, 500)
    if code is None:
        check_leave(leave, membership, others)
    else:
        with pytest.raises(DomainError) as refused:
            check_leave(leave, membership, others)
        assert refused.value.code == code


def test_an_open_membership_takes_leave_at_any_time() -> None:
    check_leave(Leave(day(5000), day(5010)), member(1, 0), [])
