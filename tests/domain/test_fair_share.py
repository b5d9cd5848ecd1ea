from collections.abc import Sequence
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.fair_share import shares


def members(weights: Sequence[float]) -> dict[UUID, float]:
    return {UUID(int=place): weight for place, weight in enumerate(weights, start=1)}


@pytest.mark.parametrize(
    ("weights", "seats", "expected"),
    [
        ([1, 1, 1, 1], 1, [0.25, 0.25, 0.25, 0.25]),
        ([1, 1, 1, 1, 1], 2, [0.4, 0.4, 0.4, 0.4, 0.4]),
        ([2, 1, 1], 1, [0.5, 0.25, 0.25]),
        ([5, 1, 1], 2, [1, 0.5, 0.5]),
        ([9, 3, 1, 1], 3, [1, 1, 0.5, 0.5]),
        ([2, 1, 1], 2, [1, 0.5, 0.5]),
        ([3, 1], 2, [1, 1]),
        ([1, 1], 5, [1, 1]),
        ([1, 2], 0, [0, 0]),
        ([], 3, []),
        ([1e20, 1, 1], 2, [1, 0.5, 0.5]),
    ],
)
def test_seats_are_divided_by_weight_and_nobody_is_due_more_than_one(
    weights: list[float], seats: int, expected: list[float]
) -> None:
    assert list(shares(members(weights), seats).values()) == expected


weight_lists = st.lists(st.floats(0.05, 20), min_size=1, max_size=9)


@given(weight_lists, st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_shares_are_a_level_that_is_cut_off_at_one_and_use_up_the_seats(
    weights: list[float], seats: int
) -> None:
    due = list(shares(members(weights), seats).values())

    assert sum(due) == pytest.approx(min(seats, len(weights)))
    assert all(0 <= share <= 1 for share in due)
    levels = [share / weight for share, weight in zip(due, weights, strict=True)]
    below_one = [level for level, share in zip(levels, due, strict=True) if share < 1]
    if below_one:
        assert max(below_one) == pytest.approx(min(below_one))
        assert max(levels) <= max(below_one) * (1 + 1e-9)


@given(weight_lists, st.integers(0, 10), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_and_the_ids_of_members_change_no_share(
    weights: list[float], seats: int, random: Random
) -> None:
    shuffled = random.sample(weights, len(weights))

    before, after = shares(members(weights), seats), shares(members(shuffled), seats)

    assert sorted(before.values()) == sorted(after.values())


def test_a_share_never_falls_when_there_are_more_seats() -> None:
    weights = members([4, 2, 1.5, 1, 1])
    ladder = [shares(weights, seats) for seats in range(7)]
    for fewer, more in pairwise(ladder):
        assert all(fewer[member] <= more[member] for member in weights)


@pytest.mark.parametrize("weight", [0, -1, float("inf"), float("nan")])
def test_a_weight_is_a_number_above_0(weight: float) -> None:
    with pytest.raises(Invalid) as refusal:
        shares(members([1, weight]), 1)
    assert refusal.value.code == "weight_not_positive"
    assert refusal.value.facts["membership_id"] == str(UUID(int=2))


def test_seats_are_never_negative() -> None:
    with pytest.raises(Invalid) as refusal:
        shares(members([1, 1]), -1)
    assert refusal.value.code == "seats_negative"
