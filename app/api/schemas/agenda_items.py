"""The items of an agenda: slots with their phases, and what members owe."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field

from app.api.redaction import Confided
from app.api.schemas.common import (
    CommitmentId,
    HotSeatId,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    Reason,
)
from app.services.agenda_items import SlotView
from app.services.agenda_view import AgendaView, Owed


class PhaseRead(Output):
    """A phase of a hot seat, by its format. Projected times are those of a hot seat that is ahead
    or runs, actual ones those of what has happened.
    """

    name: str
    guidance: str = Field(description="What happens in it, for the facilitator.")
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    actual_seconds: int | None = Field(description="Without pauses; so far, while it runs.")
    projected_start: datetime | None
    projected_end: datetime | None
    warn_at: datetime | None = Field(
        description="When the timekeeper speaks up: the format's warning before the projected end."
    )


class MoveReason(Reason):
    """Why something starts later (`params.seconds` above 0) or earlier than planned.

    `params.position` is that of the slot at which it arose.
    """


class SlotRead(Output):
    """A time box. Projected times are those that are expected now, and in the end the actual."""

    position: int
    kind: Literal["plenary", "round", "hot_seat", "break"]
    membership_id: MembershipId | None
    person_id: PersonId | None
    name: str | None
    hot_seat_id: HotSeatId | None
    state: str = Field(
        description="`planned`, `live`, `done`, `skipped`; of a hot seat, its own states too."
    )
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    actual_seconds: int | None = Field(description="Without pauses; so far, while it runs.")
    paused_seconds: int = Field(description="How long the meeting was paused within it.")
    projected_start: datetime | None
    projected_end: datetime | None
    moved_by_minutes: int | None = Field(description="Projected minus planned start, rounded.")
    moved_by_seconds: int | None = Field(description="The seconds of its reasons add up to this.")
    reasons: list[MoveReason]
    phases: list[PhaseRead]

    @classmethod
    def of(cls, view: SlotView) -> Self:
        slot, seat, projected = view.slot, view.hot_seat, view.projected
        moves = projected is not None and projected.projected_start is not None
        return cls(
            position=slot.position,
            kind=slot.kind,
            membership_id=slot.membership_id,
            person_id=view.person and view.person.person_id,
            name=view.person and view.person.name,
            hot_seat_id=seat and seat.id,
            state=view.state,
            planned_start=slot.planned_start,
            planned_end=slot.planned_end,
            actual_start=view.kept.actual_start if view.kept else None,
            actual_end=view.kept.actual_end if view.kept else None,
            actual_seconds=view.actual_seconds,
            paused_seconds=view.paused_seconds,
            projected_start=projected.projected_start if projected else None,
            projected_end=projected.projected_end if projected else None,
            moved_by_minutes=projected.moved_by_minutes if projected and moves else None,
            moved_by_seconds=int(projected.moved_by.total_seconds())
            if projected and moves
            else None,
            reasons=[MoveReason.model_validate(reason) for reason in view.reasons],
            phases=[PhaseRead.model_validate(phase) for phase in view.phases],
        )


class OwedCommitment(Output):
    """An open promise."""

    id: CommitmentId
    title: Confided
    due_on: date | None
    due_meeting_id: MeetingId | None
    due: bool = Field(description="Due at this meeting, or by its day.")
    overdue: bool
    carry_count: int


class OwedRead(Output):
    """What a member has promised and not settled yet."""

    membership_id: MembershipId
    person_id: PersonId
    name: str
    commitments: list[OwedCommitment]

    @classmethod
    def of(cls, owed: Owed, view: AgendaView) -> Self:
        return cls(
            membership_id=owed.person.id,
            person_id=owed.person.person_id,
            name=owed.person.name,
            commitments=[
                OwedCommitment(
                    id=each.id,
                    title=each.title,
                    due_on=each.due_on,
                    due_meeting_id=each.due_meeting_id,
                    due=view.is_due(each),
                    overdue=each.overdue,
                    carry_count=each.carry_count,
                )
                for each in owed.commitments
            ],
        )
