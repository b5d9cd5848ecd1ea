"""What if: the plan as it would be with other absences, members, weights or settings."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from app.domain.checkpoint import Checkpoint
from app.domain.evenings import Evening, Member
from app.domain.foresight import Foresight, foresee
from app.domain.ledger import NEWCOMER
from app.domain.rotation import PlannedSeat, Reason, RotationSettings
from app.domain.rotation_changes import URGENT_GUARD, urgent_decision
from app.domain.rotation_overview import rounded


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who might join."""

    name: str
    starts_on: date
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be different. Mappings of meetings name members; what is not named stays.

    `leaving` are last days; `seats` are the hot seats of each meeting that is planned;
    `urgent_guard` is the least credit that an urgent hot seat may leave by the rule; at the
    meetings that are `taken` it needs a holder who yields.
    """

    absent: Mapping[UUID, AbstractSet[UUID]] = field(default_factory=dict)
    urgent: Mapping[UUID, AbstractSet[UUID]] = field(default_factory=dict)
    weights: Mapping[UUID, float] = field(default_factory=dict)
    leaving: Mapping[UUID, date] = field(default_factory=dict)
    joining: Sequence[Newcomer] = ()
    seats: Mapping[UUID, int] = field(default_factory=dict)
    urgent_guard: float = URGENT_GUARD
    taken: AbstractSet[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class PreviewSeat:
    """A hot seat as it would be; `membership_id` is None for somebody who might join."""

    membership_id: UUID | None
    name: str
    position: int
    pinned: bool
    is_new: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class PreviewMeeting:
    """`gone` have a hot seat there now, and would not."""

    meeting_id: UUID
    starts_at: datetime
    hot_seats: tuple[PreviewSeat, ...]
    gone: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PreviewUrgent:
    """An urgent hot seat that is shown, and whether the guard would let a request for it pass.
    `needs_yield`: only if somebody whose hot seat there is announced or fixed yields it.
    """

    meeting_id: UUID
    membership_id: UUID
    granted: bool
    needs_yield: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class PreviewCredit:
    """A member's credit after the last of the planned meetings."""

    membership_id: UUID | None
    name: str
    credit: float


@dataclass(frozen=True, slots=True)
class Preview:
    meetings: tuple[PreviewMeeting, ...]
    urgent: tuple[PreviewUrgent, ...]
    credits: tuple[PreviewCredit, ...]


def preview(
    members: Sequence[Member],
    evenings: Sequence[Evening],
    checkpoint: Checkpoint,
    settings: RotationSettings,
    what_if: WhatIf,
) -> Preview:
    """The plan of `evenings`, given in order of time, if all were as `what_if` says."""
    newcomers = [
        Member(
            id=UUID(int=number),
            place=len(members) + number,
            name=newcomer.name,
            starts_on=newcomer.starts_on,
            ends_on=None,
            weight=newcomer.weight,
        )
        for number, newcomer in enumerate(what_if.joining, start=1)
    ]
    everybody = [*(_changed(member, what_if) for member in members), *newcomers]
    imagined = [_imagined(evening, what_if) for evening in evenings]
    ahead = foresee(everybody, imagined, checkpoint, settings)
    known = {member.id for member in members}
    names = {member.id: member.name for member in everybody}
    return Preview(
        meetings=tuple(
            _meeting(evening, ahead, known, names) for evening in evenings if not evening.fixed
        ),
        urgent=_urgent(ahead, what_if),
        credits=_credits(everybody, ahead, known),
    )


def _changed(member: Member, what_if: WhatIf) -> Member:
    return replace(
        member,
        weight=what_if.weights.get(member.id, member.weight),
        ends_on=what_if.leaving.get(member.id, member.ends_on),
    )


def _imagined(evening: Evening, what_if: WhatIf) -> Evening:
    if evening.fixed:
        return evening
    urgent = what_if.urgent.get(evening.id, frozenset())
    return replace(
        evening,
        absent=evening.absent | what_if.absent.get(evening.id, frozenset()),
        pinned=(*evening.pinned, *sorted(urgent - set(evening.pinned))),
        seats=what_if.seats.get(evening.id, evening.seats),
    )


def _meeting(
    evening: Evening, ahead: Foresight, known: AbstractSet[UUID], names: Mapping[UUID, str]
) -> PreviewMeeting:
    seats = [seat for seat in ahead.seats if seat.meeting_id == evening.id]
    seated = {seat.membership_id for seat in seats}
    return PreviewMeeting(
        meeting_id=evening.id,
        starts_at=evening.starts_at,
        hot_seats=tuple(_seat(seat, evening, known, names) for seat in seats),
        gone=tuple(holder for holder in evening.holders if holder not in seated),
    )


def _seat(
    seat: PlannedSeat, evening: Evening, known: AbstractSet[UUID], names: Mapping[UUID, str]
) -> PreviewSeat:
    return PreviewSeat(
        membership_id=seat.membership_id if seat.membership_id in known else None,
        name=names[seat.membership_id],
        position=seat.order,
        pinned=seat.pinned,
        is_new=seat.membership_id not in evening.holders,
        reason=seat.reason,
    )


def _urgent(ahead: Foresight, what_if: WhatIf) -> tuple[PreviewUrgent, ...]:
    found = []
    for meeting in ahead.meetings:
        for member in sorted(what_if.urgent.get(meeting.id, frozenset()) & set(meeting.pinned)):
            credit = ahead.least_credit(meeting.id, member)
            decision = urgent_decision(credit, guard=what_if.urgent_guard)
            is_taken = meeting.id in what_if.taken
            found.append(
                PreviewUrgent(meeting.id, member, decision.granted, is_taken, decision.reason)
            )
    return tuple(found)


def _credits(
    members: Sequence[Member], ahead: Foresight, known: AbstractSet[UUID]
) -> tuple[PreviewCredit, ...]:
    last = ahead.ledgers[-1] if ahead.ledgers else {}
    return tuple(
        PreviewCredit(
            membership_id=member.id if member.id in known else None,
            name=member.name,
            credit=rounded(last.get(member.id, NEWCOMER).credit),
        )
        for member in members
    )
