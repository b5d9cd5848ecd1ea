"""Hot seats as they are planned, run and exchanged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from app.api.redaction import Confided
from app.api.schemas.common import (
    GroupId,
    HotSeatId,
    Input,
    LongText,
    MeetingId,
    MembershipId,
    Output,
    Reason,
)
from app.api.schemas.plan_changes import WithPlanChange
from app.domain.hot_seats import SkipCause

HotSeatStateName = Literal[
    "planned", "announced", "live", "done", "skipped", "passed", "interrupted"
]


def _none_if_empty(reason: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return reason or None


ReasonOrNone = Annotated[
    Reason | None,
    BeforeValidator(_none_if_empty),
    Field(description="Why this member has this hot seat."),
]


class HotSeatUpdate(Input):
    """A merge patch: what is absent stays, null clears."""

    topic: LongText | None = Field(None, examples=["How do I find a first reader?"])
    outcome: LongText | None = Field(None, examples=["Asks three strangers before June"])


class HotSeatFinish(Input):
    """How a hot seat ended."""

    outcome: LongText | None = Field(None, examples=["Asks three strangers before June"])
    interrupted: bool = Field(
        default=False,
        description="It was stopped before its guaranteed minimum: it is not charged, and its "
        "holder is first in line.",
    )


class HotSeatSkip(Input):
    """Why a hot seat does not take place."""

    because: SkipCause = Field(
        examples=["no_time"],
        description="`absent`: the holder is not there, and the member with the best claim takes "
        "over. `no_time`, `other`: nobody does; the holder is first in line.",
    )


class HotSeatSwap(Input):
    """With whom to exchange."""

    with_hot_seat_id: HotSeatId


class HotSeatCover(Input):
    """Who takes over."""

    membership_id: MembershipId


class PhaseMark(Output):
    """When a phase began."""

    phase: str
    at: datetime


class HotSeatRead(Output):
    """One person's turn at the whole group's attention."""

    id: HotSeatId
    group_id: GroupId
    meeting_id: MeetingId
    membership_id: MembershipId
    position: int = Field(description="The place among the meeting's hot seats, from 1.")
    state: HotSeatStateName
    pinned: bool = Field(description="Fixed by a swap, an urgent request or an organizer.")
    urgent: bool
    reason: ReasonOrNone
    phase: str | None = Field(description="The phase that runs.")
    phase_log: list[PhaseMark]
    topic: Confided
    outcome: Confided
    started_at: datetime | None
    ended_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class HotSeatChanged(WithPlanChange, HotSeatRead):
    """A hot seat after a verb, and what that did to the plan."""


class HotSeatUnpassed(WithPlanChange):
    """A pass that was taken back."""

    hot_seat: HotSeatRead | None = Field(
        description="The member's hot seat of that meeting; null if the plan gives them none."
    )
