"""Calendar feeds."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.api.schemas.common import CalendarFeedId, GroupId, Input, Output, PersonId
from app.domain.feed_clients import CLIENT_KINDS, ClientKind
from app.domain.feed_options import Part, TodoKind

Alarm = Annotated[int, Field(ge=0, le=40_320, description="Minutes before the start.")]


class CalendarFeedCreate(Input):
    """A feed of one group or of one person, and what it shows."""

    group_id: GroupId | None = None
    person_id: PersonId | None = Field(None, examples=[None])
    include: Annotated[list[Part], Field(min_length=1, max_length=3)] | None = Field(
        None,
        description="`meetings`: all of them; `hot_seats`: those with a hot seat of the person's, "
        "marked; `commitments`: the person's due dates. Left out: all that the feed can show; a "
        "group's shows meetings.",
        examples=[["meetings"]],
    )
    topics: bool = Field(
        False, description="Show the topics of the person's own hot seats.", examples=[False]
    )
    todos: TodoKind = Field(
        "vevent",
        description="Commitments as all-day entries, which every program shows, or as to-dos, "
        "which Google and Outlook leave out.",
        examples=["vevent"],
    )
    alarms: list[Alarm] = Field(
        default_factory=list,
        max_length=3,
        description="When to remind of a meeting, where the program honours it: Google and Outlook "
        "do not. Left out: never.",
        examples=[[15]],
    )


class FeedReaderRead(Output):
    """The last fetch by one kind of calendar program."""

    client: ClientKind = Field(description="By its User-Agent.")
    fetched_at: datetime = Field(description="To the grain of ten minutes.")
    revision: str = Field(description="What it saw: the feed's ETag, without what says `gzip`.")


def _readers(value: Any) -> Any:
    """As they are stored, by client; the latest first."""
    if not isinstance(value, dict):
        return value
    found = [
        {"client": client, "fetched_at": value[client]["at"], "revision": value[client]["revision"]}
        for client in CLIENT_KINDS
        if client in value
    ]
    return sorted(found, key=lambda each: str(each["fetched_at"]), reverse=True)


class CalendarFeedRead(Output):
    """A secret `.ics` URL. The URL itself is shown only when it is made."""

    id: CalendarFeedId
    group_id: GroupId | None
    person_id: PersonId | None
    include: list[Part]
    topics: bool
    todos: TodoKind
    alarms: list[int]
    last_fetched_at: datetime | None = Field(description="To the grain of ten minutes.")
    revision: str | None = Field(description="What it showed when it was fetched last.")
    revision_at: datetime | None = Field(
        description="Since when it has shown that, as far as anybody has looked: Last-Modified."
    )
    readers: Annotated[list[FeedReaderRead], BeforeValidator(_readers)] = Field(
        description="Which kinds of program have fetched it, the latest first."
    )
    version: int
    created_at: datetime
    updated_at: datetime


class CalendarFeedCreated(CalendarFeedRead):
    """A feed with its URL, which is shown this once."""

    url: str = Field(description="Give it to a calendar program; whoever has it can read the feed.")
