"""Whatever people do to a plan: join, leave, stay away, pass, swap, ask urgently, break off,
correct history.

Short by default; `make soak` plays thousands of histories.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.ledger import HeldMeeting, Ledger, Standing, advance, credit_on_return, ledger
from app.domain.rotation import (
    Candidate,
    UpcomingMeeting,
    forecast,
    plan,
    seating,
    substitute,
    urgent_decision,
)
from tests.domain.rotation_builders import DEFAULT, by_week, member, upcoming

pytestmark = pytest.mark.soak

EXAMPLES = 3000 if os.environ.get("HOTSEAT_SOAK") else 40
AHEAD = 12


class Life:
    """A group that lives through random weeks. Members are numbered by place, 1 to 8."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.seats = random.randint(1, 4)
        self.places = set(range(1, random.randint(4, 8) + 1))
        self.opening: dict[UUID, float] = {}
        self.history: list[HeldMeeting] = []
        self.absent: set[tuple[int, int]] = set()
        self.pinned: dict[int, list[int]] = {}
        self.published: dict[int, list[int]] = {}
        self.weights = dict.fromkeys(range(1, 9), 1.0)
        self.owed: set[int] = set()
        self.week = 0

    def live(self) -> None:
        events = [self.joins, self.leaves, self.away, self.passes, self.weighs]
        events += [self.swaps, self.urgent, self.corrects]
        for event in self.random.sample(events, 4):
            event()
        self.replans()
        self.holds()
        self.week += 1

    def standings(self) -> dict[UUID, Standing]:
        return ledger([member(place) for place in self.places], self.history, self.opening)

    def candidates(self) -> list[Candidate]:
        return [
            Candidate(member(place), place, self.weights[place], first_in_line=place in self.owed)
            for place in sorted(self.places)
        ]

    def meetings(self) -> list[UpcomingMeeting]:
        return [self.meeting(week) for week in range(self.week, self.week + AHEAD)]

    def meeting(self, week: int) -> UpcomingMeeting:
        there = [place for place in self.places if (place, week) not in self.absent]
        pins = [place for place in self.pinned.get(week, []) if place in there]
        holders = [place for place in self.published.get(week, []) if place in there]
        return upcoming(week, there, max(self.seats, len(pins)), pinned=pins, holders=holders)

    def joins(self) -> None:
        """Or returns: a debt has waited, and a credit has lapsed."""
        free = sorted(set(range(1, 9)) - self.places)
        if free:
            place = self.random.choice(free)
            before = self.standings().get(member(place), Standing())
            self.places.add(place)
            lapsed = credit_on_return(before.credit) - before.credit
            self.opening[member(place)] = self.opening.get(member(place), 0) + lapsed

    def leaves(self) -> None:
        if len(self.places) > 2:
            self.places.remove(self.random.choice(sorted(self.places)))

    def away(self) -> None:
        place = self.random.randint(1, 8)
        first = self.week + self.random.randrange(AHEAD)
        self.absent |= {(place, first + more) for more in range(self.random.randint(1, 4))}

    def passes(self) -> None:
        """Somebody lets their hot seat go by: that meeting is nothing to them."""
        week = self.week + self.random.randrange(AHEAD)
        if holders := self.published.get(week):
            self.absent.add((self.random.choice(holders), week))

    def weighs(self) -> None:
        self.weights[self.random.randint(1, 8)] = self.random.choice([0.5, 1.0, 1.5, 3.0])

    def swaps(self) -> None:
        one, other = self.random.sample(range(self.week, self.week + AHEAD), 2)
        for giver in self.published.get(one, []):
            for taker in self.published.get(other, []):
                if self.can_move(giver, one, other) and self.can_move(taker, other, one):
                    self.pin(one, taker, instead_of=giver)
                    self.pin(other, giver, instead_of=taker)
                    return

    def can_move(self, place: int, here: int, there: int) -> bool:
        expected = {who.int for who in self.meeting(there).expected}
        return place in expected and place not in {*self.seated_or_pinned(there)} and here != there

    def seated_or_pinned(self, week: int) -> Iterable[int]:
        return [*self.published.get(week, []), *self.pinned.get(week, [])]

    def pin(self, week: int, place: int, *, instead_of: int) -> None:
        kept = [who for who in self.published[week] if who != instead_of]
        pins = [who for who in self.pinned.get(week, []) if who != instead_of]
        self.published[week] = [*kept, place]
        self.pinned[week] = [*pins, place]

    def urgent(self) -> None:
        asked, ahead = self.meetings(), self.random.randrange(AHEAD)
        meeting = asked[ahead]
        asking = [who for who in sorted(meeting.expected) if who not in meeting.pinned]
        if not asking or len(meeting.pinned) >= self.seats:
            return
        who = self.random.choice(asking)
        asked[ahead] = replace(meeting, pinned=(*meeting.pinned, who))
        seats = plan(self.candidates(), self.standings(), asked, DEFAULT)
        ledgers = forecast(self.candidates(), self.standings(), asked, seats)
        least = min(
            after[who].credit
            for week, after in enumerate(ledgers)
            if week >= ahead and who in asked[week].pinned
        )
        if urgent_decision(least).granted:
            self.pinned.setdefault(self.week + ahead, []).append(who.int)

    def corrects(self) -> None:
        """One who was there spoke, and not the one who was entered; or nobody did."""
        if not self.history:
            return
        index = self.random.randrange(len(self.history))
        was = self.history[index]
        silent = sorted(was.present - set(was.seated))
        if was.seated and silent:
            spoke = self.random.choice([[self.random.choice(silent)], []])
            seated = (*spoke, *was.seated[1:])
            self.history[index] = replace(was, seated=seated)

    def replans(self) -> None:
        meetings, before = self.meetings(), self.standings()
        seats = plan(self.candidates(), before, meetings, DEFAULT)
        assert_sound(meetings, by_week(seats, meetings))
        self.makes_amends(meetings, by_week(seats, meetings))
        weekly = dict(
            zip(range(self.week, self.week + AHEAD), by_week(seats, meetings), strict=True)
        )
        self.published |= weekly
        again = seating(self.candidates(), before, self.meetings(), DEFAULT)
        assert [{who.int for who in sitting} for sitting in again] == [
            set(who) for who in weekly.values()
        ]

    def makes_amends(self, meetings: list[UpcomingMeeting], seated: list[list[int]]) -> None:
        """Who is first in line sits at the first meeting that has room for all of those."""
        for who in self.owed & self.places:
            for meeting, sitting in zip(meetings, seated, strict=True):
                if member(who) in meeting.expected and meeting.open_seats >= len(self.owed):
                    earlier = seated[: meetings.index(meeting)]
                    assert who in sitting or any(who in before for before in earlier)
                    break

    def holds(self) -> None:
        """Some don't come, and are substituted as long as there is somebody to do it. Some are
        broken off: they are not charged, and are first in line.
        """
        expected = sorted(self.meeting(self.week).expected)
        there = [who for who in expected if self.random.random() < 0.9]
        present = [one for one in self.candidates() if one.id in there]
        seated = [member(who) for who in self.published[self.week] if member(who) in there]
        while len(seated) < len(self.published[self.week]):
            found = substitute(present, seated, self.standings(), {})
            if found is None:
                break
            seated.append(found.id)
        broken = [who for who in seated if self.random.random() < 0.05]
        seated = [who for who in seated if who not in broken]
        self.owed = (self.owed | {who.int for who in broken}) - {who.int for who in seated}
        held = HeldMeeting(
            UUID(int=1000 + self.week),
            upcoming(self.week, []).starts_at,
            frozenset(there),
            tuple(seated),
            {one.id: one.weight for one in present},
        )
        before = self.standings()
        self.history.append(held)
        assert sum_of(advance(before, held)) == pytest.approx(sum_of(before))


def sum_of(standings: Ledger) -> float:
    return sum(standing.credit for standing in standings.values())


def assert_sound(meetings: list[UpcomingMeeting], seated: list[list[int]]) -> None:
    """Nobody twice, nobody who is away, all seats filled, and the fixed ones as they were fixed."""
    for meeting, who in zip(meetings, seated, strict=True):
        assert len(set(who)) == len(who) == min(meeting.seats, len(meeting.expected))
        assert {member(place) for place in who} <= meeting.expected
        assert set(meeting.pinned) <= {member(place) for place in who}


@given(st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_history_leads_to_an_unsound_plan(random: Random) -> None:
    life = Life(random)
    for _ in range(10):
        life.live()

    for who, standing in life.standings().items():
        brought = life.opening.get(who, 0.0)
        assert standing.credit == pytest.approx(brought + standing.due - standing.got)
    renamed_plan_is_the_same(life)


def renamed_plan_is_the_same(life: Life) -> None:
    """Other ids for the same places change nothing."""
    new = {member(place): UUID(int=900 - 7 * place) for place in range(1, 9)}
    standings = life.standings()
    meetings = life.meetings()
    renamed = [
        replace(
            meeting,
            expected=frozenset(new[who] for who in meeting.expected),
            pinned=tuple(new[who] for who in meeting.pinned),
            holders=tuple(new[who] for who in meeting.holders),
        )
        for meeting in meetings
    ]
    before = seating(life.candidates(), standings, meetings, DEFAULT)
    after = seating(
        [replace(one, id=new[one.id]) for one in life.candidates()],
        {new[who]: standing for who, standing in standings.items()},
        renamed,
        DEFAULT,
    )
    assert after == [frozenset(new[who] for who in sitting) for sitting in before]
