"""Commitments and check-ins as they come and go."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from app.api.redaction import Confided
from app.api.schemas.common import (
    CheckInId,
    CommitmentId,
    Day,
    ExternalId,
    GroupId,
    HotSeatId,
    Input,
    Instant,
    LongText,
    MeetingId,
    MembershipId,
    Metadata,
    Output,
    PersonId,
    ShortText,
    WebUrl,
    absent,
)

CommitmentStateName = Literal["open", "kept", "missed", "withdrawn"]
CommitmentEventName = Literal[
    "made", "renegotiated", "moved", "carried", "kept", "missed", "withdrawn", "reopened"
]

HISTORY_SHOWN = 200
Title = Annotated[
    ShortText,
    Field(description="What is promised.", examples=["Send the first chapter to two readers"]),
]
Criteria = Annotated[
    LongText,
    Field(
        description="How the group will know that it was kept.",
        examples=["Two readers have confirmed that they have it"],
    ),
]
Buddy = Annotated[MembershipId, Field(description="The accountability partner's membership.")]
DueOn = Annotated[
    Day, Field(description="Due until midnight of this date in the promiser's time zone.")
]
DueMeeting = Annotated[
    MeetingId,
    Field(description="Due at this meeting, whenever it takes place; overdue once it has closed."),
]
Evidence = Annotated[
    WebUrl,
    Field(description="Where it can be seen.", examples=["https://example.org/chapter-1"]),
]
WhyOptional = Annotated[LongText, Field(examples=["The printer was on holiday"])]


class CommitmentFields(Input):
    """The fields that creating and replacing a commitment share.

    Send `membership_id`, or `group_id` and `person_id`. Without a due, it is the group's next
    meeting; in a group that has none, a date two weeks ahead.
    """

    membership_id: MembershipId | None = Field(None, description="Whose promise it is.")
    group_id: GroupId | None = Field(None, examples=[None])
    person_id: PersonId | None = Field(None, examples=[None])
    title: Title
    criteria: Criteria | None = None
    due_on: DueOn | None = None
    due_meeting_id: DueMeeting | None = Field(None, examples=[None])
    buddy_membership_id: Buddy | None = Field(None, examples=[None])
    meeting_id: MeetingId | None = Field(
        None, description="The meeting at which it was made, if any.", examples=[None]
    )
    hot_seat_id: HotSeatId | None = Field(
        None, description="The hot seat in which it was made, if any.", examples=[None]
    )
    metadata: Metadata = Field(default_factory=dict)


class CommitmentCreate(CommitmentFields):
    """A new commitment."""

    external_id: ExternalId | None = None


class CommitmentUpdate(Input):
    """A merge patch: what is absent stays, null clears. The due moves by `renegotiate`."""

    title: Title = absent()
    criteria: Criteria | None = None
    buddy_membership_id: Buddy | None = Field(None, examples=[None])
    external_id: ExternalId | None = None
    metadata: Metadata = absent()


class CommitmentKeep(Input):
    """When a commitment was kept."""

    kept_on: Day | None = Field(
        None,
        description="The date by which figures take it, in the promiser's time zone: today at the "
        "latest, and today if absent.",
        examples=[None],
    )


class CommitmentMiss(Input):
    """Why a commitment will not be kept any more."""

    reason: WhyOptional | None = None


class CommitmentWithdraw(Input):
    """Why a commitment is taken back."""

    reason: LongText = Field(examples=["The book has another publisher now"])


class CommitmentRenegotiate(Input):
    """Another due, and why: send one of `due_on` and `due_meeting_id`."""

    due_on: DueOn | None = None
    due_meeting_id: DueMeeting | None = Field(None, examples=[None])
    reason: LongText = Field(examples=["The second reader asked for another week"])


class CommitmentReopen(Input):
    """Why a commitment that had ended is open again."""

    reason: WhyOptional | None = None


class CommitmentRead(Output):
    """A promise by one person."""

    id: CommitmentId
    group_id: GroupId
    membership_id: MembershipId
    person_id: PersonId
    buddy_membership_id: MembershipId | None
    meeting_id: MeetingId | None = Field(
        validation_alias=AliasChoices("made_at_meeting_id", "meeting_id"),
        description="The meeting at which it was made.",
    )
    hot_seat_id: HotSeatId | None
    title: Confided
    criteria: Confided
    state: CommitmentStateName
    due_on: date | None
    due_meeting_id: MeetingId | None
    time_zone: str = Field(description="The promiser's, as recorded with the due.")
    due_at: datetime | None = Field(
        description="The instant from which it is overdue while it is open: the midnight after "
        "`due_on`, or the close of the meeting, null until then."
    )
    overdue: bool
    carry_count: int = Field(description="How many meetings have left it overdue.")
    made_at: datetime
    kept_on: date | None
    resolved_at: datetime | None = Field(description="When its end was recorded.")
    external_id: str | None
    metadata: dict[str, object] = Field(validation_alias=AliasChoices("metadata_", "metadata"))
    version: int
    created_at: datetime
    updated_at: datetime


class CommitmentEventRead(Output):
    """One thing that happened to a commitment.

    `made`, `renegotiated` and `moved` (by the schedule, nobody's slip) have the new due; `kept` has
    `kept_on`; `carried` has the meeting that left the commitment overdue.
    """

    number: int
    kind: CommitmentEventName
    at: datetime
    due_on: date | None
    due_meeting_id: MeetingId | None
    time_zone: str | None
    kept_on: date | None
    meeting_id: MeetingId | None
    reason: Confided
    actor_id: PersonId | None = Field(description="Who acted; null: the app, or the schedule.")


class CommitmentDetail(CommitmentRead):
    """A promise with its history."""

    history: list[CommitmentEventRead] = Field(
        description=f"What happened to it, the latest {HISTORY_SHOWN} events, in the order in "
        "which they were recorded. Nothing in it is ever overwritten."
    )


class CheckInCreate(Input):
    """A note of progress."""

    note: LongText = Field(examples=["One reader has it, the other gets it on Friday"])
    percent: int | None = Field(None, ge=0, le=100, examples=[50])
    evidence_url: Evidence | None = None
    at: Instant | None = Field(
        None, description="Now if absent; not in the future.", examples=[None]
    )


class CheckInRead(Output):
    """A dated note of progress on a commitment."""

    id: CheckInId
    commitment_id: CommitmentId
    at: datetime
    note: Confided
    percent: int | None
    evidence_url: Confided
    created_at: datetime
