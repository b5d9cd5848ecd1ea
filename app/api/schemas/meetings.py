"""Meetings as they come and go."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    computed_field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.api.redaction import Confided
from app.api.schemas.common import (
    ExternalId,
    GroupId,
    HttpLink,
    Input,
    Instant,
    LocalTime,
    LongText,
    MeetingId,
    Metadata,
    Output,
    ShortText,
    TimeZone,
    absent,
)
from app.domain.meeting_pauses import is_paused, pauses_from
from app.domain.overrun_proposals import ProposalCode

MeetingStateName = Literal["scheduled", "live", "held", "cancelled", "lapsed"]
Minutes = Annotated[int, Field(ge=15, le=720, description="Length in minutes.", examples=[90])]


Link = Annotated[
    HttpLink,
    Field(
        description="Where to join: the video call.",
        examples=["https://meet.example.org/inklings"],
    ),
]


class When(Input):
    """A start: either an instant, or wall-clock time in a zone."""

    starts_at: Instant | None = Field(None, examples=[None])
    local_start: LocalTime | None = Field(
        None, description="Wall-clock time in `time_zone`.", examples=["2099-06-04T19:30:00"]
    )
    time_zone: TimeZone | None = Field(None, description="Left out: that of the group or meeting.")

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if (self.starts_at is None) == (self.local_start is None):
            raise PydanticCustomError(
                "one_start", "send either starts_at or local_start (with time_zone)"
            )
        return self


class MeetingFields(When):
    """What creating a meeting and putting one by your own id share."""

    group_id: GroupId
    duration_minutes: Minutes
    title: ShortText | None = Field(None, examples=["Summer meeting"])
    location: ShortText | None = Field(None, examples=["The Eagle and Child"])
    url: Link | None = None
    metadata: Metadata = Field(default_factory=dict)
    backfill: bool = Field(
        default=False,
        description="History: the start lies in the past, and nobody is told of it.",
    )


class MeetingCreate(MeetingFields):
    """A meeting out of turn, or with `backfill` one of the past."""

    external_id: ExternalId | None = None


class MeetingUpdate(Input):
    """A merge patch: what is absent stays, null clears."""

    title: ShortText | None = Field(None, examples=["Summer meeting"])
    location: ShortText | None = Field(None, examples=["The Eagle and Child"])
    url: Link | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = absent()


class MeetingReschedule(When):
    """Another time ahead, and perhaps another place. What is absent stays."""

    duration_minutes: Minutes = absent()
    location: ShortText | None = Field(None, examples=["The Eagle and Child"])
    url: Link | None = None


class MeetingCancel(Input):
    """Why, if you want to say."""

    reason: LongText | None = Field(None, examples=["Half of us have the flu"])


def _is_paused(value: Any) -> Any:
    """From the pauses of a row, or as it is."""
    return is_paused(pauses_from(value)) if isinstance(value, list) else value


class OverrunProposalAccept(Input):
    """One of the agenda's proposals, or another choice of the same kind."""

    code: ProposalCode = Field(
        examples=["drop_segment"],
        description="`drop_segment`: leave out slots that are no hot seats. "
        "`move_to_next_meeting`: hot seats, whose holders are first in line next time.",
    )
    positions: list[Annotated[int, Field(ge=1, le=1000)]] = Field(
        min_length=1, max_length=100, description="Of slots that have not begun.", examples=[[9]]
    )


class MeetingRead(Output):
    """One meeting of a group."""

    id: MeetingId
    group_id: GroupId
    title: str | None
    state: MeetingStateName
    origin: Literal["cadence", "ad_hoc", "backfill"]
    starts_at: datetime
    ends_at: datetime
    local_start: LocalTime = Field(description="What the clocks of `time_zone` show at the start.")
    time_zone: str
    location: str | None
    url: str | None
    uid: str = Field(description="Its UID in calendars, for ever.")
    sequence: int = Field(description="Its revision in calendars; it only rises.")
    hot_seats: int = Field(description="Hot seats planned, or that took place.")
    cancel_reason: Confided
    external_id: str | None
    metadata: dict[str, object] = Field(validation_alias=AliasChoices("metadata_", "metadata"))
    started_at: datetime | None
    closed_at: datetime | None
    paused: Annotated[bool, BeforeValidator(_is_paused)] = Field(
        validation_alias=AliasChoices("pauses", "paused"),
        description="Whether its clock stands still now.",
    )
    version: int
    created_at: datetime
    updated_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def duration_minutes(self) -> int:
        """Length in minutes, by plan."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60
