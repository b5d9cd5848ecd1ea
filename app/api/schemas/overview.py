"""What one person sees first, and all that they may take away."""

from datetime import date, datetime
from typing import Literal

from pydantic import AliasChoices, Field

from app.api.redaction import Confided
from app.api.schemas.audit import AuditEntryRead
from app.api.schemas.calendar_feeds import CalendarFeedRead
from app.api.schemas.calendar_targets import CalendarTargetRead
from app.api.schemas.commitments import (
    CheckInRead,
    CommitmentEventRead,
    CommitmentRead,
    CommitmentStateName,
)
from app.api.schemas.common import (
    CommitmentId,
    GroupId,
    GuestId,
    HotSeatId,
    LocalTime,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    ProposalId,
    Reason,
    UrgentRequestId,
)
from app.api.schemas.groups import GroupStateName
from app.api.schemas.hot_seats import HotSeatRead
from app.api.schemas.memberships import LeaveRead, MembershipRead
from app.api.schemas.people import PersonRead
from app.api.schemas.proposals import CharterTermName, ProposalRead, ProposalStatusName

COMMITMENTS_SHOWN = 100
AUDIT_SHOWN = 1000
RoleName = Literal["facilitator", "timekeeper", "scribe"]
AttendanceName = Literal["expected", "going", "absent", "present", "late", "left_early", "no_show"]


class NextMeeting(Output):
    """The next meeting of a group, for one of its members."""

    id: MeetingId
    title: str | None
    state: Literal["scheduled", "live"]
    starts_at: datetime
    ends_at: datetime
    local_start: LocalTime
    time_zone: str
    location: str | None
    url: str | None
    roles: list[RoleName] = Field(description="What the member does in it.")
    attendance: AttendanceName | None = Field(
        description="What was said of the member; null: nothing yet."
    )


class NextHotSeat(Output):
    """A member's next hot seat."""

    id: HotSeatId
    meeting_id: MeetingId
    meeting_starts_at: datetime
    position: int
    state: Literal["planned", "announced", "live"]
    topic: Confided


class PlaceOverview(Output):
    """A person's place in one group, and what comes next there."""

    group_id: GroupId
    group_name: str
    group_state: GroupStateName
    membership_id: MembershipId
    membership_state: Literal["upcoming", "current"]
    next_meeting: NextMeeting | None
    next_hot_seat: NextHotSeat | None


class AwaitingRequest(Output):
    """An urgent request that waits for an organizer's answer."""

    id: UrgentRequestId
    group_id: GroupId
    meeting_id: MeetingId
    meeting_starts_at: datetime
    membership_id: MembershipId
    person_id: PersonId
    reason: Confided
    created_at: datetime


class OverviewRead(Output):
    """What comes next for a person, what they owe, and what waits for them."""

    person_id: PersonId
    places: list[PlaceOverview] = Field(description="Memberships that have not ended.")
    commitments: list[CommitmentRead] = Field(
        description=f"The {COMMITMENTS_SHOWN} open ones that are due first, overdue ones included."
    )
    requests: list[AwaitingRequest] = Field(
        description="Urgent requests in groups that the person organizes, the next meeting first."
    )
    proposals: list[ProposalRead] = Field(
        description="What the charter makes the service propose to the person, or to others in "
        "groups that the person organizes once that was escalated; the oldest first."
    )


class ExportOrganizer(Output):
    """A group that the person answers for."""

    group_id: GroupId
    created_at: datetime


class ExportAttendance(Output):
    """What was said of the person at a meeting."""

    meeting_id: MeetingId
    membership_id: MembershipId
    status: AttendanceName
    presumed: bool
    minutes_late: int | None
    note: Confided
    announced_at: datetime | None
    updated_at: datetime


class ExportRole(Output):
    """A role that the person had in a meeting."""

    meeting_id: MeetingId
    membership_id: MembershipId
    role: RoleName


class ExportSlot(Output):
    """A time box of the person's in a meeting."""

    meeting_id: MeetingId
    membership_id: MembershipId
    segment_id: str
    kind: str
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None


class ExportRequest(Output):
    """A hot seat that the person asked for before their turn."""

    id: UrgentRequestId
    meeting_id: MeetingId
    membership_id: MembershipId
    state: str
    reason: Confided
    decided_at: datetime | None
    created_at: datetime


class ExportProposal(Output):
    """What was proposed to the person where a term of a charter was not met."""

    id: ProposalId
    group_id: GroupId
    membership_id: MembershipId
    term: CharterTermName
    status: ProposalStatusName
    numerator: int
    denominator: int
    required: float
    offer: str | None
    since_meeting_id: MeetingId
    last_meeting_id: MeetingId
    escalated_at: datetime | None
    settled_at: datetime | None
    created_at: datetime


class ExportCommitment(CommitmentRead):
    """A promise with all that happened to it, and all notes of progress."""

    history: list[CommitmentEventRead]
    check_ins: list[CheckInRead]


class ExportBuddy(Output):
    """Somebody else's promise that the person looks after; what it says is its owner's."""

    commitment_id: CommitmentId = Field(validation_alias=AliasChoices("id", "commitment_id"))
    group_id: GroupId
    buddy_membership_id: MembershipId
    state: CommitmentStateName
    due_on: date | None
    due_meeting_id: MeetingId | None
    made_at: datetime


class ExportGuest(Output):
    """A meeting to which the person came as a guest."""

    id: GuestId
    meeting_id: MeetingId
    name: str
    email: str | None
    note: Confided
    created_at: datetime


class ExportMail(Output):
    """A mail to the person, kept for 90 days."""

    subject: Reason
    state: Literal["pending", "succeeded", "failed", "expired"]
    created_at: datetime


class ExportRead(Output):
    """Everything that is stored of a person, except the secrets of their calendars.

    The event log and its deliveries, kept for 90 days, name them by id only.
    """

    exported_on: date = Field(description="In the person's time zone.")
    person: PersonRead
    memberships: list[MembershipRead]
    leaves: list[LeaveRead]
    organizes: list[ExportOrganizer]
    attendance: list[ExportAttendance]
    roles: list[ExportRole]
    hot_seats: list[HotSeatRead]
    slots: list[ExportSlot]
    urgent_requests: list[ExportRequest]
    proposals: list[ExportProposal]
    commitments: list[ExportCommitment]
    buddy_of: list[ExportBuddy]
    guest_visits: list[ExportGuest]
    calendar_feeds: list[CalendarFeedRead]
    calendar_targets: list[CalendarTargetRead]
    mails: list[ExportMail]
    audit_entries: list[AuditEntryRead] = Field(
        description=f"The latest {AUDIT_SHOWN} writes by the person, or to their own record. All: "
        "`GET /v1/audit_entries?actor_id=…`."
    )
