"""Requests for urgent hot seats."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.redaction import CONFIDED, TEXT, Confided
from app.api.schemas.common import (
    HotSeatId,
    Input,
    LongText,
    MeetingId,
    MembershipId,
    Output,
    Reason,
    ShortText,
    UrgentRequestId,
)
from app.api.schemas.plan_changes import WithPlanChange

UrgentStateName = Literal["requested", "granted", "declined", "withdrawn"]


class UrgentRequestCreate(Input):
    """Who needs a hot seat before their turn."""

    membership_id: MembershipId
    reason: LongText | None = Field(None, examples=["The offer runs out on Friday"])


class UrgentRequestGrant(Input):
    """Which hot seat it takes, and whether it is granted over the rule."""

    yields_hot_seat_id: HotSeatId | None = Field(
        None,
        description="An announced hot seat of the meeting whose holder yields. Not needed while "
        "the meeting has one that is not announced.",
    )
    overrule_because: ShortText | None = Field(
        None,
        description="An organizer's reason to grant it over the rule, or without a holder who "
        "yields; it is shown.",
    )


class UrgentDecisionRead(Output):
    """Why a request was granted or declined."""

    reason: Reason
    overruled_because: Annotated[str | None, CONFIDED] = Field(
        description=f"An organizer's reason to go over the rule. {TEXT}"
    )
    first_refusal: bool = Field(description="Whether the member is asked first next time.")


class UrgentRequestRead(Output):
    """A member's wish for a hot seat before their turn."""

    id: UrgentRequestId
    meeting_id: MeetingId
    membership_id: MembershipId
    state: UrgentStateName
    reason: Confided
    decision: UrgentDecisionRead | None
    decided_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class UrgentRequestChanged(WithPlanChange, UrgentRequestRead):
    """A request after a verb, and what that did to the plan."""
