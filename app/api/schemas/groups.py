"""Groups as they come and go."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, computed_field

from app.api.schemas.common import (
    Day,
    ExternalId,
    GroupId,
    Input,
    LongText,
    Metadata,
    Output,
    PersonId,
    ShortText,
    TimeZone,
    absent,
)
from app.api.schemas.plan_changes import WithPlanChange
from app.domain.charter import LOOKBACK
from app.domain.membership import below_minimum
from app.domain.roles import ROLES, Role
from app.domain.rotation_changes import URGENT_GUARD

GroupStateName = Literal["forming", "active", "paused", "closed"]


Quorum = Annotated[
    int,
    Field(ge=1, le=8, description="Fewest members present for a meeting to count.", examples=[4]),
]
AttendanceThreshold = Annotated[
    float,
    Field(
        ge=0, le=1, description="Least share of meetings that a member attends.", examples=[0.75]
    ),
]
NoticeHours = Annotated[
    int,
    Field(ge=0, le=720, description="How long ahead an absence is announced.", examples=[24]),
]
TrialMonths = Annotated[
    int,
    Field(ge=0, le=24, description="How long newcomer and group try each other.", examples=[3]),
]
LookbackMeetings = Annotated[
    int,
    Field(
        ge=1,
        le=52,
        description="Over how many of the last meetings at which a member was expected attendance "
        f"and notice are looked at; null: {LOOKBACK}.",
        examples=[8],
    ),
]
HotSeatsPerMeeting = Annotated[
    int,
    Field(
        ge=1,
        le=8,
        description="Hot seats of a meeting; null: as many as its agenda has.",
        examples=[2],
    ),
]
Calm = Annotated[
    bool,
    Field(
        description="Keep announced hot seats where they are, at the price of some fairness.",
        examples=[False],
    ),
]


PriceOfChange = Annotated[
    float,
    Field(
        ge=0,
        le=1000,
        allow_inf_nan=False,
        description="What taking away a hot seat of the next three meetings (`announced`), or of a "
        "later one (`planned`), weighs against fairness; null: what `calm` implies, 0: nothing.",
        examples=[200],
    ),
]
UrgentGuard = Annotated[
    float,
    Field(
        ge=-8,
        le=0,
        allow_inf_nan=False,
        description="The least credit that an urgent hot seat may leave its member with.",
        examples=[-1.25],
    ),
]
Roles = Annotated[
    list[Role],
    Field(
        max_length=len(ROLES),
        description="The roles that go round; the others are given by hand.",
        examples=[["facilitator", "timekeeper"]],
    ),
]


class Charter(Input):
    """What the members agreed on: ground rules in words, and terms that the service can watch."""

    ground_rules: list[LongText] = Field(
        default_factory=list,
        max_length=50,
        examples=[["What is said here stays here", "We begin on time"]],
    )
    quorum: Quorum | None = None
    attendance_threshold: AttendanceThreshold | None = None
    notice_hours: NoticeHours | None = None
    trial_months: TrialMonths | None = None
    lookback_meetings: LookbackMeetings | None = None


class RotationSettings(Input):
    """How the group's hot seats go round."""

    hot_seats_per_meeting: HotSeatsPerMeeting | None = None
    calm: Calm = False
    price_announced: PriceOfChange | None = None
    price_planned: PriceOfChange | None = None
    urgent_guard: UrgentGuard = URGENT_GUARD
    roles: Roles = Field(default_factory=lambda: list(ROLES))


class GroupFields(Input):
    """The fields that creating and replacing a group share."""

    name: ShortText = Field(examples=["The Inklings"])
    purpose: LongText | None = Field(None, examples=["Finish the books that we have begun"])
    time_zone: TimeZone
    charter: Charter = Charter()
    rotation: RotationSettings = RotationSettings()
    metadata: Metadata = Field(default_factory=dict)


class GroupCreate(GroupFields):
    """A new group, `forming`."""

    external_id: ExternalId | None = None


class CharterUpdate(Input):
    """A merge patch of the charter; a new list of ground rules replaces the old one."""

    ground_rules: list[LongText] | None = Field(
        None, max_length=50, examples=[["We begin on time"]]
    )
    quorum: Quorum | None = None
    attendance_threshold: AttendanceThreshold | None = None
    notice_hours: NoticeHours | None = None
    trial_months: TrialMonths | None = None
    lookback_meetings: LookbackMeetings | None = None


class RotationSettingsUpdate(Input):
    """A merge patch of the rotation's settings; null brings back the default."""

    hot_seats_per_meeting: HotSeatsPerMeeting | None = None
    calm: Calm | None = None
    price_announced: PriceOfChange | None = None
    price_planned: PriceOfChange | None = None
    urgent_guard: UrgentGuard | None = None
    roles: Roles | None = None


class GroupUpdate(Input):
    """A merge patch: what is absent stays, null clears (or brings back the default)."""

    name: ShortText = absent()
    purpose: LongText | None = None
    time_zone: TimeZone = absent()
    charter: CharterUpdate = absent()
    rotation: RotationSettingsUpdate = absent()
    external_id: ExternalId | None = None
    metadata: Metadata = absent()


class GroupPause(Input):
    """A rest, both days inclusive, in the group's zone."""

    first_on: Day | None = Field(None, alias="from", description="Today, if absent.")
    last_on: Day | None = Field(
        None, alias="until", description="The group resumes by itself on the day after."
    )


class GroupRead(Output):
    """Four to eight people with a purpose."""

    id: GroupId
    name: str
    purpose: str | None
    time_zone: str
    state: GroupStateName
    charter: Charter
    rotation: RotationSettings
    members: int = Field(description="How many members the group has today.")
    paused_from: date | None
    paused_until: date | None
    external_id: str | None
    metadata: dict[str, object] = Field(validation_alias=AliasChoices("metadata_", "metadata"))
    version: int
    created_at: datetime
    updated_at: datetime

    @computed_field(  # type: ignore[prop-decorator] # mypy knows no decorated properties
        description="Whether the group is active with fewer than four members."
    )
    @property
    def below_minimum(self) -> bool:
        return self.state == "active" and below_minimum(self.members)


class GroupUpdated(WithPlanChange, GroupRead):
    """A group, and what a change of its settings does to the plan."""


class OrganizerCreate(Input):
    """Somebody who will answer for the group."""

    person_id: PersonId


class OrganizerRead(Output):
    """A person who answers for a group, member or not."""

    group_id: GroupId
    person_id: PersonId
    created_at: datetime
