"""A holder who does not come, and requests that are urgent."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.domain.rotation import (
    UrgentRequest,
    forecast,
    plan,
    substitute,
    urgent_decision,
    urgent_order,
)
from tests.domain.rotation_builders import (
    DEFAULT,
    START,
    group,
    member,
    standings,
    upcoming,
    weeks,
)


def week(number: int) -> datetime:
    return START + timedelta(weeks=number)


@pytest.mark.parametrize(
    ("present", "seated", "credits_", "next_seats", "takes_it"),
    [
        ([1, 2, 3], [], [0.1, 0.5, 0.2], {}, 2),
        ([1, 2, 3], [2], [0.1, 0.5, 0.2], {}, 3),
        ([1, 3], [], [0.1, 0.5, 0.2], {}, 3),
        ([1, 2, 3], [], [0.3, 0.3, 0.2], {1: 4, 2: 2, 3: 1}, 2),
        ([1, 2, 3], [], [0.3, 0.1 + 0.2, 0.2], {1: 2, 2: 4}, 1),
        ([1, 2, 3], [], [0.3, 0.3, 0.2], {2: 9}, 2),
        ([1, 2, 3], [], [0.3, 0.3, 0.2], {}, 1),
        ([1, 2], [1, 2], [0.3, 0.3], {}, None),
        ([], [], [], {}, None),
    ],
)
def test_the_substitute_is_who_is_there_unseated_and_due_most(
    present: list[int],
    seated: list[int],
    credits_: list[float],
    next_seats: dict[int, int],
    takes_it: int | None,
) -> None:
    found = substitute(
        [who for who in group(3) if who.place in present],
        [member(place) for place in seated],
        standings(credits_),
        {member(place): week(number) for place, number in next_seats.items()},
    )
    assert (found.place if found else None) == takes_it


@pytest.mark.parametrize(
    ("credit_after", "granted"), [(0.2, True), (-1.25, True), (-1.2500000001, True), (-1.26, False)]
)
def test_an_urgent_seat_is_granted_down_to_the_guard(credit_after: float, granted: bool) -> None:  # noqa: FBT001 - a table's column
    assert urgent_decision(credit_after).granted is granted


def test_an_urgent_decision_gives_its_numbers() -> None:
    refused = urgent_decision(-1.4)
    assert refused.reason.code == "urgent_beyond_guard"
    assert refused.reason.text == "would leave a credit of -1.40, below -1.25; ask for a swap"
    assert urgent_decision(-1.4, guard=-1.5).reason.params == {"credit_after": -1.4, "guard": -1.5}


def test_what_an_urgent_seat_would_leave_is_read_off_the_forecast() -> None:
    members, before = group(4), standings([-0.5, 0.2, 0.2, 0.1])
    pinned = [upcoming(0, range(1, 5), pinned=[1]), *weeks(4, 4)[1:]]
    after = forecast(members, before, pinned, plan(members, before, pinned, DEFAULT))
    assert after[0][member(1)].credit == pytest.approx(-0.5 + 0.25 - 1)
    assert urgent_decision(after[0][member(1)].credit).granted


def test_two_urgent_requests_go_by_first_refusal_then_credit_then_time() -> None:
    before = standings([0.1, 0.4, 0.4, -0.9])
    requests = [
        UrgentRequest(member(1), week(0)),
        UrgentRequest(member(2), week(2)),
        UrgentRequest(member(3), week(1)),
        UrgentRequest(member(4), week(3), first_refusal=True),
        UrgentRequest(UUID(int=9), week(0)),
    ]
    order = [request.membership_id.int for request in urgent_order(requests, before)]
    assert order == [4, 3, 2, 1, 9]
