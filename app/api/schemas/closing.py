"""What closing a meeting did, or in a dry run, would do."""

from datetime import date
from typing import Literal, Self

from pydantic import Field

from app.api.redaction import Confided
from app.api.schemas.agenda_read import QuorumRead
from app.api.schemas.attendance import AttendanceName
from app.api.schemas.common import CommitmentId, HotSeatId, MeetingId, MembershipId, Output
from app.api.schemas.hot_seats import HotSeatStateName
from app.api.schemas.meetings import MeetingRead
from app.api.schemas.plan_changes import PlanChangeRead, WithPlanChange
from app.services.closing import CarriedPromise, CarriedTopic, Closing, Correction


class ClosedAttendance(Output):
    """How a member attended. `presumed`: nobody said so."""

    membership_id: MembershipId
    status: AttendanceName
    presumed: bool
    minutes_late: int | None


class ClosedHotSeat(Output):
    """What became of a hot seat: `done` is charged to its holder, nothing else is."""

    hot_seat_id: HotSeatId = Field(validation_alias="id")
    membership_id: MembershipId
    state: HotSeatStateName


class CarriedTopicRead(Output):
    """What a member wanted to talk about, and did not get to, goes to their next hot seat."""

    membership_id: MembershipId
    from_hot_seat_id: HotSeatId
    to_meeting_id: MeetingId | None = Field(description="Null: they have none yet.")

    @classmethod
    def of(cls, carried: CarriedTopic) -> Self:
        return cls(
            membership_id=carried.hot_seat.membership_id,
            from_hot_seat_id=carried.hot_seat.id,
            to_meeting_id=carried.next_one.meeting_id if carried.next_one else None,
        )


class CarriedCommitment(Output):
    """A promise that the meeting left overdue."""

    commitment_id: CommitmentId
    membership_id: MembershipId
    title: Confided
    due_on: date | None
    due_meeting_id: MeetingId | None
    carry_count: int
    carried_from: list[MeetingId] = Field(
        description="All meetings that left it overdue, in order."
    )

    @classmethod
    def of(cls, carried: CarriedPromise) -> Self:
        row = carried.row
        return cls(
            commitment_id=row.id,
            membership_id=row.membership_id,
            title=row.title,
            due_on=row.due_on,
            due_meeting_id=row.due_meeting_id,
            carry_count=row.carry_count,
            carried_from=list(carried.carried_from),
        )


class ClosedLedgerLine(Output):
    """What the meeting did to a member's credit, in hot seats.

    Where it is the group's last: `credit_after = credit_before + share - 1` if seated, or without
    the 1. Of an earlier one that was corrected, later meetings are in `credit_after` too.
    """

    membership_id: MembershipId
    credit_before: float
    share: float = Field(description="Their part of the hot seats that took place.")
    seated: bool
    credit_after: float
    first_in_line: bool = Field(description="For the next meeting.")


class CorrectedValue(Output):
    """What a correction changed; null: it was not there, or is not any more."""

    membership_id: MembershipId
    before: str | float | None
    after: str | float | None


class CorrectionRead(Output):
    """What a correction changed. Of a close, it is what is different from how the meeting stood
    before it was reopened.
    """

    attendance: list[CorrectedValue]
    hot_seats: list[CorrectedValue]
    credits: list[CorrectedValue] = Field(description="After the group's last held meeting.")


class ClosingRead(Output):
    """What the close made of the evening."""

    attendance: list[ClosedAttendance]
    hot_seats: list[ClosedHotSeat]
    topics_carried: list[CarriedTopicRead]
    commitments_carried: list[CarriedCommitment]
    ledger: list[ClosedLedgerLine]
    quorum: QuorumRead
    correction: CorrectionRead | None = Field(description="Where the meeting had been reopened.")

    @classmethod
    def of(cls, closing: Closing) -> Self:
        return cls(
            attendance=[ClosedAttendance.model_validate(mark) for mark in closing.marks],
            hot_seats=[ClosedHotSeat.model_validate(seat) for seat in closing.hot_seats],
            topics_carried=[CarriedTopicRead.of(each) for each in closing.topics],
            commitments_carried=[CarriedCommitment.of(each) for each in closing.promises],
            ledger=[ClosedLedgerLine.model_validate(line) for line in closing.ledger],
            quorum=QuorumRead.model_validate(closing.quorum),
            correction=CorrectionRead.model_validate(closing.correction)
            if closing.correction
            else None,
        )


class MeetingClosed(MeetingRead, WithPlanChange):
    """A closed meeting, what became of the evening, and what that does to the plan."""

    state: Literal["held"]
    closing: ClosingRead

    @classmethod
    def of(cls, read: MeetingRead, closing: Closing) -> Self:
        return cls(
            **dict(read),
            closing=ClosingRead.of(closing),
            plan_change=PlanChangeRead.model_validate(closing.plan),
        )


class MeetingStarted(MeetingRead):
    """A meeting that has begun, and whether enough members are expected."""

    state: Literal["live"]
    quorum: QuorumRead


class MeetingChanged(MeetingRead, WithPlanChange):
    """A meeting, and what the call does to the plan."""


class MeetingCorrected(MeetingChanged):
    """A meeting, what the call changed of its record, and what that does to the plan."""

    correction: CorrectionRead

    @classmethod
    def of(cls, changed: MeetingChanged, correction: Correction) -> Self:
        return cls(**dict(changed), correction=CorrectionRead.model_validate(correction))
