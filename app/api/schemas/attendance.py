"""Who comes, who came; the roles and guests of an evening; the record of one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas.common import (
    GuestId,
    Input,
    Instant,
    LongText,
    MeetingId,
    MembershipId,
    Output,
    PersonId,
    ShortText,
)
from app.api.schemas.people import Email
from app.domain.attendance import AttendanceStatus

MinutesLate = Annotated[int, Field(ge=1, le=720, examples=[20])]
AttendanceName = Literal[
    "expected", "going", "absent", "present", "late", "left_early", "no_show"
]


class AttendancePut(Input):
    """Before the meeting: going, absent, expected; from its start on: present, late, left_early,
    no_show, absent.
    """

    status: AttendanceStatus = Field(examples=["going"])
    minutes_late: MinutesLate | None = Field(None, description="Of who is late.")
    note: LongText | None = Field(None, examples=["On a train until eight"])


class AttendanceRead(Output):
    """A member of the day, and what is known of their coming. `note` needs `text:read`."""

    membership_id: MembershipId
    person_id: PersonId
    name: str
    place: int
    status: AttendanceName
    presumed: bool = Field(description="Nobody said so: they counted as present at the close.")
    on_leave: bool
    minutes_late: int | None
    note: str | None
    announced_at: datetime | None = Field(description="When an absence was said.")


class AttendanceList(Output):
    """All members of the day, by place."""

    meeting_id: MeetingId
    data: list[AttendanceRead]


class RolesPut(Input):
    """Roles to give; null leaves one to the rotation, what is left out stays."""

    facilitator: MembershipId | None = None
    timekeeper: MembershipId | None = None
    scribe: MembershipId | None = None


class RoleRead(Output):
    """Who has a role. `pinned`: given by hand, the rotation leaves it."""

    membership_id: MembershipId
    person_id: PersonId | None
    name: str | None
    pinned: bool


class RolesRead(Output):
    """The roles of an evening."""

    meeting_id: MeetingId
    facilitator: RoleRead | None
    timekeeper: RoleRead | None
    scribe: RoleRead | None


class GuestCreate(Input):
    """Somebody who comes for one evening and holds no hot seat."""

    name: ShortText = Field(examples=["Dorothy Sayers"])
    email: Email | None = None
    person_id: PersonId | None = None
    note: LongText | None = None


class GuestRead(Output):
    """A guest. `note` needs `text:read`."""

    id: GuestId
    meeting_id: MeetingId
    name: str
    email: str | None
    person_id: PersonId | None
    note: str | None
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


class MeetingRecord(Input):
    """What happened at a meeting that was not run with the service. All of it may be left out:
    expected members then were present, and planned hot seats of those present took place.
    """

    attendance: list[RecordedAttendance] = Field(default_factory=list, max_length=20)
    hot_seats: list[RecordedHotSeat] | None = Field(None, max_length=20)
    commitments: list[dict[str, Any]] = Field(default_factory=list, max_length=50)
    started_at: Instant | None = Field(None, description="Left out: as planned.")
    ended_at: Instant | None = Field(None, description="Left out: as planned.")
