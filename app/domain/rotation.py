"""Who gets the next hot seats, and why (DESIGN, section 7).

The plan seats members at the coming meetings so that nobody's credit strays far from 0 and
little of what was published is taken away: one minimum-cost flow, exact (`rotation_outlook`
says what is known, `rotation_costs` what it costs, `flow` finds the cheapest). Where presence is
known ahead, a plan with every |credit| below 1 exists (the Pfair argument, Baruah et al. 1996;
for one seat and a fixed roster the chairman assignment, Tijdeman 1980).

The same question always has the same plan; ids decide nothing but what every rule has left tied;
and planning again when nothing has changed changes nothing. A plan starts from the standings, so
the work does not grow with history.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from app.domain.first_in_line import with_amends
from app.domain.flow import fill
from app.domain.ledger import Ledger, advance, settle
from app.domain.rotation_changes import (
    UrgentDecision,
    UrgentRequest,
    substitute,
    urgent_decision,
    urgent_order,
)
from app.domain.rotation_costs import RotationSettings, people
from app.domain.rotation_evening import Evening
from app.domain.rotation_outlook import (
    Candidate,
    UpcomingMeeting,
    as_if_held,
    prospects,
    shares_at,
    turns_of,
)
from app.domain.rotation_reasons import Reason, reason

__all__ = [
    "Candidate",
    "PlannedSeat",
    "Reason",
    "RotationSettings",
    "UpcomingMeeting",
    "UrgentDecision",
    "UrgentRequest",
    "forecast",
    "plan",
    "seating",
    "substitute",
    "urgent_decision",
    "urgent_order",
]


@dataclass(frozen=True, slots=True)
class PlannedSeat:
    """`order` is the place among the evening's hot seats, from 1."""

    meeting_id: UUID
    membership_id: UUID
    order: int
    pinned: bool
    reason: Reason


def plan(
    candidates: Sequence[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    settings: RotationSettings,
) -> tuple[PlannedSeat, ...]:
    """The hot seats of `meetings`, which are given and answered in the order of their time.

    Each meeting gets `min(seats, expected)` of them. Whoever has no standing is a newcomer.
    Raises Invalid as `shares_at` and `RotationSettings` do.
    """
    members = _by_place(candidates)
    due = [shares_at(meeting, members) for meeting in meetings]
    seated = _seated(members, standings, meetings, due, settings)
    patience = settings.temper().patience
    return _explained(_evenings(members, standings, meetings, due, seated, patience))


def seating(
    candidates: Sequence[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    settings: RotationSettings,
) -> list[frozenset[UUID]]:
    """Who sits at each of `meetings` according to `plan`, without order and reasons."""
    members = _by_place(candidates)
    due = [shares_at(meeting, members) for meeting in meetings]
    return _seated(members, standings, meetings, due, settings)


def forecast(
    candidates: Collection[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    seats: Collection[PlannedSeat],
) -> tuple[Ledger, ...]:
    """The ledger after each of `meetings`, if all who are expected come and all goes to plan."""
    ledgers = []
    for meeting in meetings:
        seated = [seat.membership_id for seat in seats if seat.meeting_id == meeting.id]
        standings = advance(standings, as_if_held(meeting, candidates, seated))
        ledgers.append(standings)
    return tuple(ledgers)


def _by_place(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda member: (member.place, member.id))


def _seated(
    members: Sequence[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    due: Sequence[Mapping[UUID, float]],
    settings: RotationSettings,
) -> list[frozenset[UUID]]:
    meetings = with_amends(members, standings, meetings)
    open_seats = [meeting.open_seats for meeting in meetings]
    ahead = prospects(members, standings, meetings, due)
    sits = fill(people(ahead, sum(open_seats), settings), open_seats)
    return [
        frozenset(
            member.id for member, filled in zip(members, sits, strict=True) if index in filled
        ).union(meeting.pinned)
        for index, meeting in enumerate(meetings)
    ]


def _evenings(
    members: Sequence[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    due: Sequence[Mapping[UUID, float]],
    seated: Sequence[AbstractSet[UUID]],
    patience: float,
) -> list[Evening]:
    """The planned meetings one after another, each with the ledger that those before it leave."""
    turns, evenings = turns_of(members, meetings), []
    for meeting, shares, sitting in zip(meetings, due, seated, strict=True):
        turn = turns.get(meeting.seats, {})
        evenings.append(Evening.of(meeting, members, standings, sitting, shares, turn, patience))
        standings = settle(standings, shares, sitting, meeting.starts_at)
    return evenings


def _explained(evenings: Sequence[Evening]) -> tuple[PlannedSeat, ...]:
    seats = []
    for index, evening in enumerate(evenings):
        earlier, later = evenings[:index], evenings[index + 1 :]
        for order, member in enumerate(evening.running_order(), start=1):
            why = reason(evening.facts(member, earlier=earlier, later=later))
            is_pinned = member.id in evening.meeting.pinned
            seats.append(PlannedSeat(evening.meeting.id, member.id, order, is_pinned, why))
    return tuple(seats)
