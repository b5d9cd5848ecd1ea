"""Memberships and leaves of absence as they come and go."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from app.api.redaction import Confided
from app.api.schemas.common import (
    Day,
    ExternalId,
    GroupId,
    Input,
    LeaveId,
    LongText,
    MembershipId,
    Metadata,
    Output,
    PersonId,
    absent,
)
from app.api.schemas.plan_changes import WithPlanChange

MembershipStateName = Literal["upcoming", "current", "ended"]
Place = Annotated[int, Field(ge=1, le=8, description="The number of the place.", examples=[3])]
Weight = Annotated[
    float,
    Field(
        ge=0.1,
        le=10,
        allow_inf_nan=False,
        description="The member's part in the hot seats, against the others' weights.",
        examples=[1.0],
    ),
]


class MembershipCreate(Input):
    """A place for a person."""

    person_id: PersonId
    place: Place | None = Field(None, description="The lowest that is free, if absent.")
    starts_on: Day | None = Field(None, description="Today in the group's zone, if absent.")
    ends_on: Day | None = Field(None, description="The last day; null: open-ended.")
    weight: Weight = 1.0
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)


class MembershipPut(Input):
    """The membership that you know by this id; what is absent stays."""

    group_id: GroupId
    person_id: PersonId
    place: Place = absent()
    starts_on: Day = absent()
    ends_on: Day | None = None
    weight: Weight = absent()
    metadata: Metadata = absent()


class MembershipUpdate(Input):
    """A merge patch: what is absent stays, null clears."""

    place: Place = absent()
    starts_on: Day = absent()
    ends_on: Day | None = None
    weight: Weight = absent()
    external_id: ExternalId | None = None
    metadata: Metadata = absent()


class MembershipEnd(Input):
    """When a membership ends."""

    ends_on: Day | None = Field(
        None,
        description="The last day, from starts_on on. Absent: today; a membership that lies "
        "ahead is called off.",
    )


class MembershipRead(Output):
    """A person's place in a group."""

    id: MembershipId
    group_id: GroupId
    person_id: PersonId
    place: int
    state: MembershipStateName
    starts_on: date
    ends_on: date | None = Field(description="The last day; null: open-ended.")
    weight: float
    external_id: str | None
    metadata: dict[str, object] = Field(validation_alias=AliasChoices("metadata_", "metadata"))
    version: int
    created_at: datetime
    updated_at: datetime


class MembershipChanged(WithPlanChange, MembershipRead):
    """A person's place in a group, and what the call does to the plan."""


class LeaveCreate(Input):
    """A time away, both days inclusive, in the group's zone."""

    first_on: Day
    last_on: Day = Field(examples=["2199-06-20"])
    reason: LongText | None = Field(None, examples=["Walking tour"])


class LeaveRead(Output):
    """A leave of absence: the member keeps the place and is not expected."""

    id: LeaveId
    membership_id: MembershipId
    first_on: date
    last_on: date
    reason: Confided
    created_at: datetime


class LeaveChanged(WithPlanChange, LeaveRead):
    """A leave of absence, and what it does to the plan."""
