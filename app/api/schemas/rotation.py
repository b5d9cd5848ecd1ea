"""The rotation: ledger, plan, history, and what if."""

from datetime import date, datetime

from pydantic import Field

from app.api.schemas.common import (
    Day,
    GroupId,
    HotSeatId,
    Input,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    Reason,
    ShortText,
)
from app.api.schemas.groups import (
    Calm,
    HotSeatsPerMeeting,
    PriceOfChange,
    RotationSettings,
    UrgentGuard,
)
from app.api.schemas.hot_seats import HotSeatStateName, ReasonOrNone
from app.api.schemas.memberships import Weight
from app.api.schemas.plan_changes import WithPlanChange

Credit = Field(
    ge=-20,
    le=20,
    allow_inf_nan=False,
    description="Hot seats due minus hot seats had.",
    examples=[0.0],
)


class LedgerLineRead(Output):
    """A member's line of the ledger; hot seats are the unit of credit and due."""

    membership_id: MembershipId
    credit: float = Field(description="Opening credit, plus due, minus got.")
    due: float = Field(
        description="The member's share of the hot seats that took place while they were there."
    )
    got: int = Field(description="Hot seats that they had.")
    attended: int = Field(description="Meetings that count for them.")
    waited: int = Field(description="Meetings attended since their last hot seat.")
    longest_wait: int
    largest_credit: float = Field(description="The most that |credit| has been.")
    last_seat_at: datetime | None
    first_in_line: bool = Field(
        description="Their last hot seat was announced, and did not take place."
    )
    first_in_line_from: datetime | None = Field(
        description="Where its meeting was called off or lapsed: when it would have been. They "
        "come first at the meetings from then on."
    )


class LedgerMemberRead(LedgerLineRead):
    """A member with their line of the ledger."""

    person_id: PersonId
    place: int
    weight: float
    opening_credit: float


class RotationSeatRead(Output):
    """A hot seat of the plan."""

    hot_seat_id: HotSeatId
    membership_id: MembershipId
    position: int
    state: HotSeatStateName
    pinned: bool
    urgent: bool
    reason: ReasonOrNone


class RotationMeetingRead(Output):
    """A coming meeting's hot seats."""

    meeting_id: MeetingId
    starts_at: datetime
    hot_seats: list[RotationSeatRead]


class BoundRead(Output):
    """Where presence is known ahead, nobody waits longer than `meetings` attended."""

    smallest_share: float | None = Field(
        description="What the lightest member is due of a meeting with everybody there."
    )
    meetings: int | None = Field(description="Rounded up from 2 / smallest_share, less 1.")


class TakenAwayRead(Output):
    """How far one could rely on the plan: published hot seats that a later plan took from a member
    who could still have come. One that was given up (passed, swapped, covered) is none of these.
    """

    meetings: int = Field(description="Held meetings; those backfilled were not planned here.")
    seats: int = Field(description="Taken away, up to twelve meetings ahead.")
    announced: int = Field(description="Those of them in the next three meetings.")
    seats_per_meeting: float | None = Field(
        description="seats / meetings; null before the first meeting."
    )
    announced_per_meeting: float | None = Field(
        description="announced / meetings; null before the first meeting."
    )


class FairnessRead(Output):
    """How fair the rotation has been so far."""

    meetings_held: int
    largest_credit: float = Field(description="The most that anybody's |credit| has been.")
    largest_credit_now: float
    longest_wait: int = Field(description="Meetings attended between two hot seats of a member.")
    taken_away: TakenAwayRead


class RotationRead(Output):
    """Who had how much, who is next and why, and how fair it is."""

    group_id: GroupId
    settings: RotationSettings
    opening_on: date | None = Field(description="When opening credits were taken over.")
    ledger: list[LedgerMemberRead]
    plan: list[RotationMeetingRead]
    bound: BoundRead
    fairness: FairnessRead


class RotationOpened(WithPlanChange, RotationRead):
    """The rotation with the credits that the group brings along, and what that does to the plan."""


class MemberShareRead(Output):
    """What a held meeting did to one who was there."""

    membership_id: MembershipId
    weight: float = Field(description="Theirs when the meeting was held.")
    share: float = Field(description="Their part of the hot seats that took place.")
    seated: bool
    credit_before: float
    credit: float = Field(description="Theirs after it: before, plus the share, less 1 if seated.")


class HeldMeetingRead(Output):
    """A held meeting in the ledger. The shares sum to the number of its hot seats."""

    meeting_id: MeetingId
    starts_at: datetime
    hot_seats: int = Field(description="How many took place.")
    members: list[MemberShareRead] = Field(description="Those who were there, and did not pass.")


class OpeningCredit(Input):
    """What a member is owed (above 0), or owes."""

    membership_id: MembershipId
    credit: float = Credit


class RotationOpening(Input):
    """The credits of a group that comes with a history; members who are not named start at 0."""

    as_of: Day = Field(examples=["2026-01-01"], description="Today, or an earlier day.")
    credits: list[OpeningCredit] = Field(max_length=16, description="They sum to 0.")


class AtMeeting(Input):
    """A member at a meeting that is planned."""

    meeting_id: MeetingId
    membership_id: MembershipId


class PreviewWeight(Input):
    membership_id: MembershipId
    weight: Weight


class PreviewLeaver(Input):
    membership_id: MembershipId
    ends_on: Day = Field(examples=["2099-03-31"])


class PreviewNewcomer(Input):
    name: ShortText = Field(examples=["Owen Barfield"])
    starts_on: Day = Field(examples=["2099-03-01"])
    weight: Weight = 1.0


class RotationPreview(Input):
    """What would be different. What is absent stays as it is."""

    absences: list[AtMeeting] = Field(default_factory=list, max_length=200)
    urgent: list[AtMeeting] = Field(default_factory=list, max_length=50)
    weights: list[PreviewWeight] = Field(default_factory=list, max_length=16)
    leaving: list[PreviewLeaver] = Field(default_factory=list, max_length=16)
    joining: list[PreviewNewcomer] = Field(default_factory=list, max_length=8)
    hot_seats_per_meeting: HotSeatsPerMeeting | None = None
    calm: Calm | None = None
    price_announced: PriceOfChange | None = None
    price_planned: PriceOfChange | None = None
    urgent_guard: UrgentGuard | None = None


class PreviewSeatRead(Output):
    """A hot seat as it would be."""

    membership_id: MembershipId | None = Field(description="Null for somebody who might join.")
    name: str
    position: int
    pinned: bool
    is_new: bool = Field(description="Whether the member does not have this hot seat now.")
    reason: Reason


class PreviewMeetingRead(Output):
    """A meeting as it would be."""

    meeting_id: MeetingId
    starts_at: datetime
    hot_seats: list[PreviewSeatRead]
    gone: list[MembershipId] = Field(description="Who has a hot seat there now, and would not.")


class PreviewUrgentRead(Output):
    """An urgent hot seat that is shown, whether or not a request for it would be granted."""

    meeting_id: MeetingId
    membership_id: MembershipId
    granted: bool = Field(
        description="By the rule: the credit afterwards, and after each later hot seat of theirs "
        "that is fixed, is not below the guard. An organizer may overrule."
    )
    needs_yield: bool = Field(
        description="The meeting's hot seats are announced or fixed: somebody must yield theirs."
    )
    reason: Reason


class PreviewCreditRead(Output):
    """A member's credit after the last planned meeting."""

    membership_id: MembershipId | None
    name: str
    credit: float


class RotationPreviewRead(Output):
    """The plan as it would be."""

    meetings: list[PreviewMeetingRead]
    urgent: list[PreviewUrgentRead]
    credits: list[PreviewCreditRead]
