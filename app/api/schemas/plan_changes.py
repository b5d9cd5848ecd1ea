"""What a write does to a group's plan. Every answer to a verb that may move hot seats has it."""

from datetime import datetime
from typing import Self

from pydantic import Field

from app.api.schemas.common import MeetingId, MembershipId, Output, Reason
from app.domain.plan_change import PlanChange, SeatMove


class SeatPlaceRead(Output):
    """Where a hot seat is."""

    meeting_id: MeetingId
    starts_at: datetime
    position: int = Field(description="The place among the meeting's hot seats, from 1.")
    announced: bool = Field(description="Its holder has been told: it is one of the next three.")


class SeatChangeRead(Output):
    """A hot seat that came, went or moved."""

    membership_id: MembershipId
    name: str
    change: SeatMove = Field(
        description="`given`: the member had none before. `taken`: they have none instead. "
        "`moved`: to another meeting. `reordered`: to another place within the same meeting."
    )
    before: SeatPlaceRead | None
    after: SeatPlaceRead | None
    reason: Reason = Field(
        description="Why the hot seat is where it is now; of one that was taken, why."
    )


class BeforeAfterRead(Output):
    """A figure before the call, and after it."""

    before: float
    after: float


class CreditChangeRead(Output):
    """A member's credit, in hot seats: what they were due minus what they got."""

    membership_id: MembershipId
    name: str
    now: BeforeAfterRead = Field(description="From the meetings that were held.")
    planned: BeforeAfterRead | None = Field(
        description="As it will stand after the meeting at `planned_until`, if all goes to plan."
    )


class PlanChangeRead(Output):
    """What the call does to the plan. Of a dry run, what it would do. Empty lists: nothing."""

    planned_until: datetime | None = Field(
        description="The start of the last meeting that both plans, before and after, reach."
    )
    seats: list[SeatChangeRead] = Field(description="Those that differ, in the order of time.")
    credits: list[CreditChangeRead] = Field(description="Of the members whose credit differs.")


class WithPlanChange(Output):
    """An answer that tells what the call does to the plan."""

    plan_change: PlanChangeRead

    @classmethod
    def after(cls, read: Output, change: PlanChange) -> Self:
        """The answer `read` with the change."""
        return cls(**dict(read), plan_change=plan_change(change))


def plan_change(change: PlanChange) -> PlanChangeRead:
    """The change as it is told."""
    return PlanChangeRead.model_validate(change)
