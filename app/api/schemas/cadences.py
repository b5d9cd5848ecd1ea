"""Cadences as they come and go."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.schemas.common import Day, GroupId, Input, LocalTime, MeetingId, Output, TimeZone
from app.api.schemas.meetings import Minutes
from app.api.schemas.plan_changes import WithPlanChange

MAX_RANGES = 50


class Days(Input):
    """Local dates, both inclusive."""

    first_on: Day = Field(alias="from", examples=["2099-12-21"])
    last_on: Day = Field(alias="to", examples=["2100-01-03"])


Rrule = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class CadencePut(Input):
    """When the group meets, by an RFC 5545 rule in its own wall-clock time."""

    rrule: Rrule = Field(examples=["FREQ=WEEKLY;BYDAY=TH"])
    local_start: LocalTime = Field(
        description="The first start, and the time of day of all.", examples=["2099-06-04T19:30:00"]
    )
    time_zone: TimeZone | None = Field(None, description="Left out: the group's.")
    duration_minutes: Minutes
    excluded: list[Days] = Field(
        default_factory=list,
        alias="except",
        max_length=MAX_RANGES,
        description="Dates without meetings.",
        examples=[[{"from": "2099-12-21", "to": "2100-01-03"}]],
    )
    effective_from: Day | None = Field(
        None,
        description="From which day on it holds; earlier meetings stay. Left out: today.",
        examples=["2099-06-01"],
    )


class DaysRead(Output):
    """Local dates, both inclusive."""

    first_on: date = Field(alias="from")
    last_on: date = Field(alias="to")


class CadenceRead(Output):
    """When a group meets."""

    group_id: GroupId
    rrule: str
    local_start: LocalTime
    time_zone: str
    duration_minutes: int
    excluded: list[DaysRead] = Field(serialization_alias="except")
    effective_from: date
    horizon_at: datetime = Field(description="Meetings before it exist.")
    version: int
    created_at: datetime
    updated_at: datetime


class CadenceChangesRead(Output):
    """What became of the meetings ahead."""

    created: int
    moved: int
    cancelled: int
    kept: int = Field(description="Meetings that the change leaves as they are.")
    conflicts: list[MeetingId] = Field(
        description="Meetings that people have touched, and that the new cadence does not name: "
        "they stay as they are, for you to decide."
    )


class CadenceChanged(CadenceRead, WithPlanChange):
    """The cadence, what it did to the meetings, and what that does to the plan."""

    changes: CadenceChangesRead
