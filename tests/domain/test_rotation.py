"""The plan: the cheapest there is, steady, and what everybody may rely on."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python import min_cost_flow

from app.domain.errors import Invalid
from app.domain.fair_share import shares
from app.domain.rotation import (
    Candidate,
    RotationSettings,
    UpcomingMeeting,
    forecast,
    plan,
)
from tests.domain.rotation_builders import (
    DEFAULT,
    by_week,
    group,
    hold,
    member,
    seated,
    standings,
    upcoming,
    weeks,
)

CALM = RotationSettings(calm=True)


# What a plan costs, written once more from docs/fairness.md, in millionths.


def credit_price(credit: float, index: int, *, calm: bool) -> int:
    """`index` counts the meetings from the next one, 0."""
    kink, square, linear, fading = (0.97, 1000, 0, 0.6) if calm else (0.98, 20_000, 20_000, 1)
    over = max(0.0, abs(credit) - kink)
    return round(1e6 * fading**index * (credit**2 + square * over**2 + linear * over))


def change_price(index: int, *, calm: bool) -> int:
    announced, planned = (200, 6) if calm else (100, 6)
    return 1_000_000 * (announced if index < 3 else planned)


def turns_waited(who: Candidate, case: "Case") -> list[float]:
    """After each meeting, had they had no seat."""
    waited = case.waited[who.place - 1]
    after = []
    for meeting in case.meetings:
        waited += who.id in meeting.expected
        weights = {other.id: other.weight for other in case.members}
        share = shares(weights, meeting.seats).get(who.id, 0)
        after.append(waited / math.ceil(1 / share - 1e-9))
    return after


def price_of_waiting(turns: float, *, calm: bool) -> int:
    return round(1e6 * 600 * max(0.0, turns - (2 if calm else 1.5)))


def due_credits(who: Candidate, case: "Case") -> list[float]:
    """Their credit after each meeting, had they had no seat."""
    credit = case.credits[who.place - 1]
    after = []
    for meeting in case.meetings:
        weights = {other.id: other.weight for other in case.members if other.id in meeting.expected}
        credit += shares(weights, meeting.seats).get(who.id, 0)
        after.append(credit)
    return after


class Case:
    """A random group with credits, meetings ahead, absences, and seats published before."""

    def __init__(self, random: Random, *, size: int, count: int, most_seats: int) -> None:
        seats = random.randint(1, most_seats)
        weights = {place: random.choice([1.0, 1.0, 1.0, 0.5, 2.0]) for place in range(1, size + 1)}
        self.calm = random.random() < 0.3
        self.members = group(size, weights)
        self.credits = [random.uniform(-1.2, 1.2) for _ in range(size)]
        self.waited = [random.choice([0, 0, 1, 3, 9]) for _ in range(size)]
        self.meetings = []
        for week in range(count):
            expected = [place for place in range(1, size + 1) if random.random() < 0.85]
            holders = random.sample(range(1, size + 1), min(size, seats))
            self.meetings.append(
                upcoming(week, expected, seats, holders=random.choice([[], holders]))
            )

    def plan(self) -> list[list[int]]:
        before = {
            member: replace(standing, waited=waited)
            for (member, standing), waited in zip(
                standings(self.credits).items(), self.waited, strict=True
            )
        }
        seats = plan(self.members, before, self.meetings, RotationSettings(calm=self.calm))
        return by_week(seats, self.meetings)

    def cost(self, whole: Sequence[Sequence[int]]) -> int:
        cost = 0
        for who in self.members:
            had = 0
            waits = turns_waited(who, self)
            for index, credit in enumerate(due_credits(who, self)):
                had += who.place in whole[index]
                cost += credit_price(credit - had, index, calm=self.calm)
                cost += 0 if had else price_of_waiting(waits[index], calm=self.calm)
        for index, meeting in enumerate(self.meetings):
            kept = [holder.int for holder in meeting.holders if holder in meeting.expected]
            taken_away = set(kept) - set(whole[index])
            cost += len(taken_away) * change_price(index, calm=self.calm)
        return cost

    def every_plan(self) -> list[tuple[tuple[int, ...], ...]]:
        evenings = [
            list(
                combinations(
                    [who.int for who in meeting.expected], min(meeting.seats, len(meeting.expected))
                )
            )
            for meeting in self.meetings
        ]
        return list(product(*evenings))

    def least_cost_by_ortools(self) -> int:
        """The flow as DESIGN has it: member's j-th seat → (member, meeting) → meeting."""
        flow = min_cost_flow.SimpleMinCostFlow()
        nodes: dict[tuple[object, ...], int] = {}
        arcs: list[int] = []

        def arc(tail: tuple[object, ...], head: tuple[object, ...], cost: int) -> None:
            ends = [nodes.setdefault(end, len(nodes)) for end in (tail, head)]
            arcs.append(flow.add_arc_with_capacity_and_unit_cost(*ends, 1, cost))

        for who in self.members:
            credits_, waits = due_credits(who, self), turns_waited(who, self)
            there = [t for t, meeting in enumerate(self.meetings) if who.id in meeting.expected]
            for nth in range(len(there)):
                arc(("all",), ("seat", who.id, nth), 0)
                for t in there:
                    rise = sum(
                        credit_price(credits_[s] - nth - 1, s, calm=self.calm)
                        - credit_price(credits_[s] - nth, s, calm=self.calm)
                        - (0 if nth else price_of_waiting(waits[s], calm=self.calm))
                        for s in range(t, len(self.meetings))
                    )
                    arc(("seat", who.id, nth), ("at", who.id, t), rise)
            for t in there:
                keeps = who.id in self.meetings[t].holders
                refund = change_price(t, calm=self.calm) if keeps else 0
                arc(("at", who.id, t), ("meeting", t), -refund)
        filled = [min(m.seats, len(m.expected)) for m in self.meetings]
        for t, count in enumerate(filled):
            flow.set_node_supply(nodes.setdefault(("meeting", t), len(nodes)), -count)
        flow.set_node_supply(nodes[("all",)], sum(filled))
        assert flow.solve() == flow.OPTIMAL
        refunds = flow.optimal_cost()
        nothing_kept = self.cost([[] for _ in self.meetings])
        return nothing_kept + refunds


@pytest.mark.parametrize("seed", range(40))
def test_no_other_plan_costs_less(seed: int) -> None:
    case = Case(Random(seed), size=4, count=4, most_seats=2)
    assert case.cost(case.plan()) == min(map(case.cost, case.every_plan()))


@pytest.mark.parametrize("seed", range(60))
def test_the_plan_costs_what_ortools_says_is_the_least(seed: int) -> None:
    random = Random(seed)
    case = Case(random, size=random.randint(4, 8), count=12, most_seats=4)
    assert case.cost(case.plan()) == case.least_cost_by_ortools()


# What everybody may rely on, whatever happens.


@st.composite
def situations(
    draw: st.DrawFn,
) -> tuple[list[Candidate], list[float], list[UpcomingMeeting], RotationSettings]:
    random = draw(st.randoms(use_true_random=False))
    size = draw(st.integers(1, 8))
    meetings = []
    for week in range(draw(st.integers(0, 8))):
        expected = [place for place in range(1, size + 1) if random.random() < 0.8]
        seats = random.randint(0, 4)
        fixed = random.sample(expected, min(len(expected), seats, random.choice([0, 0, 1, 2])))
        held = random.sample(range(1, size + 1), random.randint(0, size))
        meetings.append(upcoming(week, expected, seats, pinned=fixed, holders=held))
    credits_ = [random.uniform(-2, 2) for _ in range(size)]
    return group(size), credits_, meetings, draw(st.sampled_from([DEFAULT, CALM]))


@given(situations())
@settings(max_examples=100, deadline=None)
def test_every_seat_is_filled_once_by_somebody_who_is_there_and_pins_stand(
    situation: tuple[list[Candidate], list[float], list[UpcomingMeeting], RotationSettings],
) -> None:
    members, credits_, meetings, policy = situation
    seats = plan(members, standings(credits_), meetings, policy)

    assert [seat.meeting_id for seat in seats] == sorted(seat.meeting_id for seat in seats)
    for meeting in meetings:
        evening = [seat for seat in seats if seat.meeting_id == meeting.id]
        who = [seat.membership_id for seat in evening]
        assert len(set(who)) == len(who) == min(meeting.seats, len(meeting.expected))
        assert set(who) <= meeting.expected
        assert {seat.membership_id for seat in evening if seat.pinned} == set(meeting.pinned)
        assert [seat.order for seat in evening] == list(range(1, len(evening) + 1))


@given(situations())
@settings(max_examples=100, deadline=None)
def test_planning_again_changes_nothing_when_nothing_has_changed(
    situation: tuple[list[Candidate], list[float], list[UpcomingMeeting], RotationSettings],
) -> None:
    members, credits_, meetings, policy = situation
    first = by_week(plan(members, standings(credits_), meetings, policy), meetings)
    again = [
        replace(meeting, holders=tuple(map(member, who)))
        for meeting, who in zip(meetings, first, strict=True)
    ]
    assert by_week(plan(members, standings(credits_), again, policy), again) == first


@given(situations(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_ids_nor_the_order_of_the_input_matter(
    situation: tuple[list[Candidate], list[float], list[UpcomingMeeting], RotationSettings],
    random: Random,
) -> None:
    members, credits_, meetings, policy = situation
    new = dict(
        zip(
            [who.id for who in members],
            random.sample([UUID(int=number) for number in range(500, 600)], len(members)),
            strict=True,
        )
    )
    renamed = random.sample([replace(who, id=new[who.id]) for who in members], len(members))
    before = standings(credits_)
    elsewhere = [
        replace(
            meeting,
            expected=frozenset(new[who] for who in meeting.expected),
            pinned=tuple(new[who] for who in meeting.pinned),
            holders=tuple(new[who] for who in meeting.holders),
        )
        for meeting in meetings
    ]

    seats = plan(members, before, meetings, policy)
    other = plan(renamed, {new[who]: before[who] for who in before}, elsewhere, policy)

    assert [replace(seat, membership_id=new[seat.membership_id]) for seat in seats] == list(other)


def test_a_fresh_group_goes_by_place() -> None:
    meetings = weeks(8, size=4)
    assert by_week(plan(group(4), {}, meetings, DEFAULT), meetings)[:4] == [[1], [2], [3], [4]]


@pytest.mark.parametrize("seed", range(12))
def test_of_plans_that_are_equally_good_the_one_with_low_places_early_is_made(seed: int) -> None:
    """Credits in halves, and absences, make for many ties."""
    random = Random(seed)
    case = Case(random, size=4, count=4, most_seats=2)
    case.members = group(4)
    case.meetings = [replace(meeting, holders=()) for meeting in case.meetings]
    case.credits = [random.choice([-0.5, 0.0, 0.0, 0.5]) for _ in range(4)]
    costs = {whole: case.cost(whole) for whole in case.every_plan()}

    def lateness(whole: Sequence[Sequence[int]]) -> int:
        return sum(place * (4 - week) for week, who in enumerate(whole) for place in who)

    tied = [whole for whole, cost in costs.items() if cost == min(costs.values())]
    assert lateness(case.plan()) == min(map(lateness, tied))


def test_a_published_plan_wins_every_tie_even_if_changes_are_free() -> None:
    free = RotationSettings(price_announced=0, price_planned=0)
    meetings = [upcoming(week, range(1, 5), holders=[who]) for week, who in enumerate([3, 1, 4, 2])]
    assert by_week(plan(group(4), {}, meetings, free), meetings) == [[3], [1], [4], [2]]


def test_a_heavier_member_sits_more_often() -> None:
    meetings = weeks(12, size=4)
    whole = by_week(plan(group(4, {1: 3}), {}, meetings, DEFAULT), meetings)
    assert [sum(place in who for who in whole) for place in (1, 2, 3, 4)] == [6, 2, 2, 2]


def test_nobody_is_seated_at_a_meeting_without_members_or_seats() -> None:
    meetings = [upcoming(0, []), upcoming(1, [1, 2], seats=0), upcoming(2, [1, 2])]
    assert by_week(plan(group(2), {}, meetings, DEFAULT), meetings) == [[], [], [1]]
    assert plan([], {}, [], DEFAULT) == ()


# Published plans.


def test_a_published_seat_is_kept_unless_fairness_asks_for_more_than_its_price() -> None:
    """Ben holds the seat; Ann's credit rises until she gets it. Calm waits longer."""

    def who_sits(credit: float, policy: RotationSettings) -> list[int]:
        meeting = upcoming(0, [1, 2], holders=[2])
        return seated(plan(group(2), standings([credit, -credit]), [meeting], policy), meeting)

    assert who_sits(0.3, DEFAULT) == [2]
    assert who_sits(0.3, RotationSettings(price_announced=0)) == [1]
    assert who_sits(0.6, DEFAULT) == [1]
    assert who_sits(0.6, CALM) == [2]
    assert who_sits(1.2, CALM) == [1]
    assert who_sits(0.6, RotationSettings(price_announced=6000)) == [2]


@pytest.mark.parametrize("policy", [DEFAULT, CALM])
def test_a_meeting_that_was_never_recorded_changes_no_price(policy: RotationSettings) -> None:
    """Ben holds the seat; at these credits it is close."""
    ahead = [upcoming(1, [1, 2], holders=[2]), *weeks(12, size=2)[2:]]
    over = [upcoming(0, []), *ahead]
    for credit in (0.3, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0):
        before = standings([credit, -credit])
        alone = plan(group(2), before, ahead, policy)
        after = plan(group(2), before, over, replace(policy, over=1))
        assert by_week(after, ahead) == by_week(alone, ahead), credit


def test_what_is_announced_is_dearer_than_what_is_only_planned() -> None:
    """The same doubt, which is Ann's credit of 0.9805 if Ben keeps the seat, in the first week
    and in the fourth.
    """

    def who_sits(week: int) -> list[int]:
        meetings = [
            upcoming(0, [1, 2] if week == 0 else [], holders=[2]),
            *[upcoming(empty, []) for empty in (1, 2)],
            upcoming(3, [1, 2] if week == 3 else [], holders=[2]),
        ]
        seats = plan(group(2), standings([0.4805, -0.4805]), meetings, RotationSettings())
        return seated(seats, meetings[week])

    assert (who_sits(0), who_sits(3)) == ([2], [1])


def test_a_doubt_about_a_day_far_ahead_is_left_alone() -> None:
    """In a calm group, the same doubt in the fourth week and in the eleventh."""

    def who_sits(week: int) -> list[int]:
        meetings = [upcoming(index, [1, 2] if index == week else []) for index in range(12)]
        meetings[week] = replace(meetings[week], holders=(member(2),))
        seats = plan(group(2), standings([0.6, -0.6]), meetings, CALM)
        return seated(seats, meetings[week])

    assert (who_sits(3), who_sits(10)) == ([1], [2])


def test_an_absence_moves_few_other_seats() -> None:
    meetings = weeks(12, size=6, seats=2)
    before = by_week(plan(group(6), {}, meetings, DEFAULT), meetings)
    absent = before[1][0]
    replanned = [
        upcoming(
            week,
            [place for place in range(1, 7) if (place, week) != (absent, 1)],
            2,
            holders=before[week],
        )
        for week in range(12)
    ]
    after = by_week(plan(group(6), {}, replanned, DEFAULT), replanned)

    moved = [
        (week, place) for week in range(12) for place in before[week] if place not in after[week]
    ]
    assert (1, absent) in moved
    assert len(moved) <= 3


def test_the_order_of_a_published_evening_stays_and_new_seats_follow_by_what_is_due() -> None:
    meeting = upcoming(0, range(1, 6), 4, holders=[4, 2])
    seats = plan(group(5), standings([0.1, 0, 0.4, 0.2, -0.7]), [meeting], DEFAULT)
    assert seated(seats, meeting) == [4, 2, 3, 1]


def test_a_pinned_seat_is_charged_and_planned_around() -> None:
    meetings = [upcoming(week, range(1, 5), pinned=[1] if week < 2 else []) for week in range(8)]
    whole = by_week(plan(group(4), {}, meetings, DEFAULT), meetings)
    assert whole[:2] == [[1], [1]]
    assert sorted(place for [place] in whole) == [1, 1, 2, 2, 3, 3, 4, 4]


def test_first_in_line_goes_first_though_others_are_due_more() -> None:
    members = group(4)
    members[3] = replace(members[3], first_in_line=True)
    meetings = weeks(4, size=4)
    before = standings([0.5, 0.2, 0, -0.7])
    assert by_week(plan(group(4), before, meetings, DEFAULT), meetings)[0] == [1]
    assert by_week(plan(members, before, meetings, DEFAULT), meetings)[0] == [4]


def test_first_in_line_is_served_by_a_pinned_seat() -> None:
    members = [replace(who, first_in_line=who.place == 1) for who in group(4)]
    meetings = [upcoming(0, range(1, 5), pinned=[1]), *weeks(4, size=4)[1:]]
    assert by_week(plan(members, {}, meetings, DEFAULT), meetings) == [[1], [2], [3], [4]]


def test_the_forecast_is_the_ledger_once_the_plan_is_held() -> None:
    members, meetings = group(5, {2: 2}), weeks(6, size=5, seats=2)
    seats = plan(members, {}, meetings, DEFAULT)

    ledger = {}
    for meeting, expected in zip(meetings, forecast(members, {}, meetings, seats), strict=True):
        ledger = hold(ledger, members, meeting, seated(seats, meeting))
        assert expected == ledger


@pytest.mark.parametrize(
    ("meeting", "code"),
    [
        (upcoming(0, [1, 2, 7]), "unknown_member"),
        (upcoming(0, [1, 2], pinned=[3]), "pinned_absent"),
        (upcoming(0, [1, 2], seats=2, pinned=[1, 1]), "pinned_twice"),
        (upcoming(0, [1, 2], seats=1, pinned=[1, 2]), "too_many_pinned"),
        (upcoming(0, [1, 2], seats=-1), "seats_negative"),
    ],
)
def test_meetings_that_contradict_themselves_are_refused(
    meeting: UpcomingMeeting, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(group(3), {}, [meeting], DEFAULT)
    assert refusal.value.code == code


@pytest.mark.parametrize("price", [-1, float("nan"), float("inf")])
def test_a_price_is_a_number_from_0_up(price: float) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(group(3), {}, weeks(1, size=3), RotationSettings(price_planned=price))
    assert (refusal.value.code, refusal.value.pointer) == ("price_negative", "/price_planned")
