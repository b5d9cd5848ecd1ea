"""The coming meetings as a whole: who is expected, hot seats, speaking order, roles.

Each evening is planned as if those before it will go to plan, so that three meetings ahead
nobody is facilitator three times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.domain.checkpoint import Checkpoint
from app.domain.membership import Leave
from app.domain.roles import ROLES, HeldRoles, Role, RoleCredits, advance_roles, assign_roles
from app.domain.rotation import (
    Candidate,
    PlannedSeat,
    RotationSettings,
    UpcomingMeeting,
    plan,
)
from app.domain.speaking_order import SpeakingRecord, record_round, speaking_order


@dataclass(frozen=True, slots=True)
class Member:
    """A member as planning sees them; dates are days in the group's zone, inclusive."""

    id: UUID
    place: int
    name: str
    starts_on: date
    ends_on: date | None
    weight: float = 1.0
    leaves: tuple[Leave, ...] = ()

    def belongs_on(self, day: date) -> bool:
        """Whether the membership covers the day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def expected_on(self, day: date) -> bool:
        """Whether they belong and are not on leave."""
        return self.belongs_on(day) and not any(
            leave.first <= day <= leave.last for leave in self.leaves
        )


@dataclass(frozen=True, slots=True)
class Evening:
    """A meeting that is not over. `day` is its date in the group's zone.

    `absent` have said that they will not come; `passed` come, but want no hot seat this time (the
    meeting then earns them nothing and costs them nothing). `holders` have a hot seat now, in
    order; those in `pinned` keep it. `roles` are those to give. `fixed`: it runs, or its time is
    past, and nothing of it is planned anew.
    """

    id: UUID
    starts_at: datetime
    day: date
    seats: int
    absent: frozenset[UUID] = frozenset()
    passed: frozenset[UUID] = frozenset()
    holders: tuple[UUID, ...] = ()
    pinned: tuple[UUID, ...] = ()
    roles: tuple[Role, ...] = ROLES
    pinned_roles: Mapping[Role, UUID] = field(default_factory=dict)
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedEvening:
    """What was decided for one meeting that is not fixed."""

    id: UUID
    seats: tuple[PlannedSeat, ...]
    speaking_order: tuple[UUID, ...]
    roles: Mapping[Role, UUID]


def plan_evenings(
    *,
    members: Sequence[Member],
    evenings: Sequence[Evening],
    checkpoint: Checkpoint,
    settings: RotationSettings,
) -> tuple[PlannedEvening, ...]:
    """Plan `evenings`, given in order of time; fixed ones count but are not answered."""
    meetings = [upcoming(evening, members) for evening in evenings]
    seats = plan(candidates_of(members, checkpoint), checkpoint.standings, meetings, settings)
    speaking, roles = checkpoint.speaking, checkpoint.roles
    planned = []
    for evening in evenings:
        own = tuple(seat for seat in seats if seat.meeting_id == evening.id)
        present = attending(evening, members)
        one = _plan_one(evening, own, present, speaking, roles)
        speaking = record_round(speaking, one.speaking_order)
        roles = advance_roles(roles, HeldRoles(frozenset(present), one.roles))
        if not evening.fixed:
            planned.append(one)
    return tuple(planned)


def candidates_of(members: Sequence[Member], checkpoint: Checkpoint) -> list[Candidate]:
    """The members as the rotation sees them."""
    return [
        Candidate(
            id=member.id,
            place=member.place,
            weight=member.weight,
            name=member.name,
            first_in_line=member.id in checkpoint.first_in_line,
            first_in_line_from=checkpoint.first_in_line_from.get(member.id),
        )
        for member in members
    ]


def attending(evening: Evening, members: Sequence[Member]) -> list[UUID]:
    """Who is expected on the evening, in the order of their places."""
    return [
        member.id
        for member in sorted(members, key=lambda member: (member.place, member.id))
        if member.expected_on(evening.day) and member.id not in evening.absent
    ]


def seatable(evening: Evening, members: Sequence[Member]) -> frozenset[UUID]:
    """Who is expected on the evening, and has not let its hot seats go by."""
    return frozenset(attending(evening, members)) - evening.passed


def upcoming(evening: Evening, members: Sequence[Member]) -> UpcomingMeeting:
    """The meeting as the rotation sees it."""
    expected = seatable(evening, members)
    holders = tuple(holder for holder in evening.holders if holder in expected)
    pinned = holders if evening.fixed else tuple(p for p in evening.pinned if p in expected)
    return UpcomingMeeting(
        id=evening.id,
        starts_at=evening.starts_at,
        seats=len(holders) if evening.fixed else max(evening.seats, len(pinned)),
        expected=expected,
        pinned=pinned,
        holders=holders,
        away=frozenset(m.id for m in members if m.belongs_on(evening.day)) - expected,
    )


def _plan_one(
    evening: Evening,
    seats: tuple[PlannedSeat, ...],
    present: Sequence[UUID],
    speaking: SpeakingRecord,
    roles: RoleCredits,
) -> PlannedEvening:
    kept = {role: who for role, who in evening.pinned_roles.items() if who in present}
    assigned = assign_roles(
        present,
        roles,
        avoid={*(seat.membership_id for seat in seats), *kept.values()},
        roles=[role for role in evening.roles if role not in kept],
    )
    return PlannedEvening(
        id=evening.id,
        seats=seats,
        speaking_order=speaking_order(present, speaking, seed=evening.id.int),
        roles={**assigned, **kept},
    )
