"""A cadence that is looked at before it is set."""

from collections.abc import Sequence
from datetime import datetime, time
from itertools import chain
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas.cadences import MAX_RANGES, Days, Rrule
from app.api.schemas.common import (
    ClockTime,
    GroupId,
    Input,
    LocalTime,
    MembershipId,
    Output,
    PersonId,
    TimeZone,
)
from app.api.schemas.meetings import Minutes
from app.domain.cadence_preview import MemberHours, PreviewedMeeting


class NightHours(Input):
    """When people sleep, on their own clocks; it may pass midnight."""

    begins: ClockTime = Field(time(21), alias="from", examples=["21:00"])
    ends: ClockTime = Field(time(7), alias="to", examples=["07:00"])


class CadencePreviewWish(Input):
    """A cadence to look at. What is left out is as the group's cadence has it."""

    rrule: Rrule | None = Field(None, examples=["FREQ=WEEKLY;BYDAY=TU"])
    local_start: LocalTime | None = Field(None, examples=["2099-06-02T19:30:00"])
    time_zone: TimeZone | None = None
    duration_minutes: Minutes | None = None
    excluded: Annotated[list[Days], Field(max_length=MAX_RANGES)] | None = Field(
        None, alias="except", examples=[None]
    )
    count: int = Field(10, ge=1, le=50, description="How many meetings.", examples=[10])
    night: NightHours = Field(default_factory=NightHours)


class MemberHoursRead(Output):
    """A meeting on a member's own clocks."""

    membership_id: MembershipId
    person_id: PersonId
    time_zone: str
    local_start: LocalTime
    local_end: LocalTime
    shifted_minutes: int = Field(
        description="Later than the meeting before (below 0: earlier), because one side has "
        "changed its clocks and the other has not."
    )
    night_minutes: int = Field(description="How much of it lies in the member's night.")


class PreviewedMeetingRead(Output):
    """One meeting of the cadence."""

    local_start: LocalTime = Field(description="What the clocks of the cadence's zone show.")
    starts_at: datetime
    ends_at: datetime
    utc_offset_minutes: int
    clocks_changed: bool = Field(
        description="The cadence's zone is at another offset than at the meeting before."
    )
    adjustment: Literal["gap", "fold"] | None = Field(
        description="`gap`: the clocks skip the start, which moves forward by the gap; `fold`: "
        "they show it twice, and it is the earlier."
    )
    members: list[MemberHoursRead]


class AtNightRead(Output):
    """A member who would meet at night."""

    membership_id: MembershipId
    person_id: PersonId
    meetings: int = Field(description="How many of those shown.")
    worst_minutes: int = Field(description="The most of one meeting that lies in the night.")


class CadencePreviewRead(Output):
    """The next meetings of a cadence, on everybody's clocks."""

    group_id: GroupId
    rrule: str
    local_start: LocalTime
    time_zone: str
    duration_minutes: int
    meetings: list[PreviewedMeetingRead]
    at_night: list[AtNightRead] = Field(description="Members for whom some fall at night.")


def previewed_read(meeting: PreviewedMeeting) -> PreviewedMeetingRead:
    """One meeting, as it is shown."""
    occurrence = meeting.occurrence
    return PreviewedMeetingRead(
        local_start=occurrence.local_start,
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        utc_offset_minutes=meeting.offset_minutes,
        clocks_changed=meeting.clocks_changed,
        adjustment=occurrence.adjustment,
        members=[
            MemberHoursRead(
                membership_id=hours.member.membership_id,
                person_id=hours.member.person_id,
                time_zone=hours.member.time_zone,
                local_start=hours.local_start,
                local_end=hours.local_end,
                shifted_minutes=hours.shifted_minutes,
                night_minutes=hours.night_minutes,
            )
            for hours in meeting.members
        ],
    )


def at_night_read(meetings: Sequence[PreviewedMeeting]) -> list[AtNightRead]:
    """The members who meet at night, in the order of their places."""
    nights: dict[UUID, list[MemberHours]] = {}
    for hours in chain.from_iterable(meeting.members for meeting in meetings):
        if hours.night_minutes:
            nights.setdefault(hours.member.membership_id, []).append(hours)
    return [
        AtNightRead(
            membership_id=membership_id,
            person_id=found[0].member.person_id,
            meetings=len(found),
            worst_minutes=max(hours.night_minutes for hours in found),
        )
        for membership_id, found in nights.items()
    ]
