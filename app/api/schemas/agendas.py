"""Agendas as they come, and the templates of groups."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.schemas.common import Input, MeetingId, Output, ShortText
from app.api.schemas.plan_changes import WithPlanChange

Slug = Annotated[str, StringConstraints(min_length=1, max_length=40)]
SegmentMinutes = Annotated[int, Field(ge=0, le=720)]
Source = Literal["meeting", "group", "shipped"]


class SegmentFields(Input):
    """A stretch of the meeting. A plenary or break has `minutes`; a round `minutes`, or
    `minutes_each` for each speaker; hot_seats have `minutes_each` and `seats`.
    """

    id: Slug = Field(description="A slug, unique in the agenda.", examples=["hot_seats"])
    kind: Literal["plenary", "round", "hot_seats", "break"] = Field(examples=["hot_seats"])
    title: ShortText = Field(examples=["Hot seats"])
    minutes: SegmentMinutes | None = None
    minutes_each: SegmentMinutes | None = Field(None, examples=[18])
    seats: Annotated[int, Field(ge=0, le=8)] | None = Field(None, examples=[3])
    minimum_minutes: SegmentMinutes | None = Field(
        None, description="How far an overrun may shrink it.", examples=[14]
    )
    absorbs_overrun: bool = Field(
        default=False, description="The first to shrink when the meeting runs late; one at most."
    )
    purpose: Literal["check_in", "commitments", "closing"] | None = None
    format: Slug | None = Field(
        None,
        description="Of hot seats: classic, clarifying_first, troika, lightning, or of the "
        "group's own.",
        examples=["classic"],
    )


class AgendaPut(Input):
    """An agenda of one's own; null goes back to the one that applies otherwise."""

    segments: list[SegmentFields] | None = Field(
        min_length=1,
        max_length=40,
        examples=[
            [
                {"id": "check_in", "kind": "round", "title": "Check-in", "minutes_each": 2},
                {
                    "id": "hot_seats",
                    "kind": "hot_seats",
                    "title": "Hot seats",
                    "minutes_each": 18,
                    "seats": 3,
                    "minimum_minutes": 14,
                    "format": "classic",
                },
                {
                    "id": "commitments",
                    "kind": "round",
                    "title": "Commitments",
                    "minutes_each": 1,
                    "purpose": "commitments",
                },
            ]
        ],
    )


class SegmentRead(Output):
    """A stretch of the meeting."""

    id: str
    kind: str
    title: str
    minutes: int | None
    minutes_each: int | None
    seats: int | None
    minimum_minutes: int | None
    absorbs_overrun: bool
    purpose: str | None
    format: str | None


class TemplateRead(Output):
    """The agenda of a group's meetings, for the length of its cadence (90 minutes without one)."""

    source: Source = Field(description="`group`: its own; `shipped`: the one that comes along.")
    duration_minutes: int
    minutes_needed: int = Field(description="By a group of eight with every hot seat taken.")
    seats: int = Field(description="Hot seats of one meeting.")
    segments: list[SegmentRead]


class TemplateMeetingsRead(Output):
    """What the template means for the meetings ahead."""

    following: int = Field(description="They have this agenda now.")
    own_agenda: list[MeetingId] = Field(description="They keep the agenda of their own.")
    too_short: list[MeetingId] = Field(
        description="They follow, but are shorter than the agenda takes with everybody there: give "
        "them an agenda of their own, or more time."
    )


class TemplateChanged(TemplateRead, WithPlanChange):
    """The template, what it means for the meetings ahead, and for the plan."""

    meetings: TemplateMeetingsRead
