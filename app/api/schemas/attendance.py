"""Who comes, who came; the roles and guests of an evening; the record of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from app.api.redaction import Confided
from app.api.schemas.commitments import Buddy, Criteria, DueMeeting, DueOn, Title
from app.api.schemas.common import (
    ExternalId,
    GuestId,
    Input,
    Instant,
    LongText,
    MeetingId,
    MembershipId,
    Metadata,
    Output,
    PersonId,
    ShortText,
)
from app.api.schemas.people import Email
from app.api.schemas.plan_changes import WithPlanChange
from app.domain.attendance import AttendanceStatus
from app.domain.roles import Role
from app.services.evening_view import Attending, RoleHolder

MinutesLate = Annotated[int, Field(ge=1, le=720, examples=[20])]
AttendanceName = Literal["expected", "going", "absent", "present", "late", "left_early", "no_show"]


class AttendancePut(Input):
    """Before the meeting: going, absent, expected; from its start on: present, late, left_early,
    no_show, absent, or expected, which takes a mark back.
    """

    status: AttendanceStatus = Field(examples=["going"])
    minutes_late: MinutesLate | None = Field(None, description="Of who is late.")
    note: LongText | None = Field(None, examples=["On a train until eight"])


class AttendanceRead(Output):
    """A member of the day, and what is known of their coming."""

    membership_id: MembershipId
    person_id: PersonId
    name: str
    place: int
    status: AttendanceName
    presumed: bool = Field(description="Nobody said so: they counted as present at the close.")
    on_leave: bool
    minutes_late: int | None
    note: Confided
    announced_at: datetime | None = Field(description="When an absence was said ahead.")
    announced_minutes_before: int | None = Field(
        description="How long before the meeting an absence was said. Null: not before it began."
    )

    @classmethod
    def of(cls, attending: Attending) -> Self:
        person, mark = attending.person, attending.mark
        return cls(
            membership_id=person.id,
            person_id=person.person_id,
            name=person.name,
            place=person.place,
            status=mark.status if mark else "expected",
            presumed=mark is not None and mark.presumed,
            on_leave=person.on_leave,
            minutes_late=mark and mark.minutes_late,
            note=mark and mark.note,
            announced_at=mark and mark.announced_at,
            announced_minutes_before=attending.announced_minutes_before,
        )


class AttendanceChanged(WithPlanChange, AttendanceRead):
    """What is known of a member's coming, and what saying it does to the plan."""


class AttendanceList(Output):
    """All members of the day, by place."""

    meeting_id: MeetingId
    data: list[AttendanceRead]


class RolesPut(Input):
    """Roles to give; what is left out stays. Null, until the meeting begins, leaves one to the
    rotation.
    """

    facilitator: MembershipId | None = None
    timekeeper: MembershipId | None = None
    scribe: MembershipId | None = None


class RoleTakeOver(Input):
    """Who has a role from now on."""

    role: Role = Field(examples=["facilitator"])
    membership_id: MembershipId


class RolesSwap(Input):
    """Two roles of the evening, or the same role of this and another evening."""

    role: Role = Field(examples=["facilitator"])
    with_role: Role | None = Field(
        None, description="Left out: the same role.", examples=["scribe"]
    )
    with_meeting_id: MeetingId | None = Field(
        None, description="Another meeting of the group. Left out: this one.", examples=[None]
    )


class RoleRead(Output):
    """Who has a role. `pinned`: given by hand, the rotation leaves it."""

    membership_id: MembershipId
    person_id: PersonId | None
    name: str | None
    pinned: bool
    away: bool = Field(description="They are not there: anybody who is may take the role over.")


class RolesRead(Output):
    """The roles of an evening."""

    meeting_id: MeetingId
    facilitator: RoleRead | None
    timekeeper: RoleRead | None
    scribe: RoleRead | None

    @classmethod
    def of(cls, meeting_id: UUID, roles: Mapping[str, RoleHolder]) -> Self:
        return cls(
            meeting_id=meeting_id,
            **{name: _role(roles.get(name)) for name in ("facilitator", "timekeeper", "scribe")},
        )


def _role(holder: RoleHolder | None) -> RoleRead | None:
    if holder is None:
        return None
    return RoleRead(
        membership_id=holder.role.membership_id,
        person_id=holder.person and holder.person.person_id,
        name=holder.person and holder.person.name,
        pinned=holder.role.pinned,
        away=holder.away,
    )


class GuestCreate(Input):
    """Somebody who comes for one evening and holds no hot seat."""

    name: ShortText = Field(examples=["Dorothy Sayers"])
    email: Email | None = None
    person_id: PersonId | None = None
    note: LongText | None = None


class GuestRead(Output):
    """A guest."""

    id: GuestId
    meeting_id: MeetingId
    name: str
    email: str | None
    person_id: PersonId | None
    note: Confided
    created_at: datetime


class RecordedAttendance(Input):
    """Who came, or did not."""

    membership_id: MembershipId
    status: Literal["present", "late", "left_early", "no_show", "absent"] = Field(
        examples=["absent"]
    )
    minutes_late: MinutesLate | None = None


class RecordedHotSeat(Input):
    """A hot seat, as it went."""

    membership_id: MembershipId
    state: Literal["done", "interrupted", "passed", "skipped"] = Field("done", examples=["done"])
    topic: LongText | None = Field(None, examples=["Which of two publishers"])
    outcome: LongText | None = None


class CorrectedHotSeat(Input):
    """A hot seat, as it went after all."""

    membership_id: MembershipId
    state: Literal["done", "interrupted", "passed", "skipped", "none"] = Field(
        "done",
        examples=["done"],
        description="`done`: it took place. `interrupted`, `skipped`: it did not, and its holder "
        "is first in line if they were there. `none`: the member had none.",
    )
    topic: LongText | None = Field(None, examples=["Which of two publishers"])
    outcome: LongText | None = None


class RecordedCommitment(Input):
    """A promise made at the meeting. Without a due, it is the group's next meeting."""

    membership_id: MembershipId
    title: Title
    criteria: Criteria | None = None
    due_on: DueOn | None = None
    due_meeting_id: DueMeeting | None = Field(None, examples=[None])
    buddy_membership_id: Buddy | None = Field(None, examples=[None])
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class MeetingRecord(Input):
    """What happened at a meeting that was not run with the service. All of it may be left out:
    expected members then were present, and planned hot seats of those present took place.
    """

    attendance: list[RecordedAttendance] = Field(default_factory=list, max_length=20)
    hot_seats: list[RecordedHotSeat] | None = Field(None, max_length=20)
    commitments: list[RecordedCommitment] = Field(default_factory=list, max_length=50)
    started_at: Instant | None = Field(None, description="Left out: as planned.")
    ended_at: Instant | None = Field(None, description="Left out: as planned.")


class MeetingCorrection(Input):
    """What a meeting's record says wrongly, put right. What is left out stays."""

    attendance: list[RecordedAttendance] = Field(default_factory=list, max_length=20)
    hot_seats: list[CorrectedHotSeat] = Field(default_factory=list, max_length=20)
