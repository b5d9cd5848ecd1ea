"""Calendar feeds."""

from datetime import datetime

from pydantic import Field

from app.api.schemas.common import CalendarFeedId, GroupId, Input, Output, PersonId


class CalendarFeedCreate(Input):
    """A feed of one group or of one person."""

    group_id: GroupId | None = None
    person_id: PersonId | None = Field(None, examples=[None])


class CalendarFeedRead(Output):
    """A secret `.ics` URL. The URL itself is shown only when it is made."""

    id: CalendarFeedId
    group_id: GroupId | None
    person_id: PersonId | None
    last_fetched_at: datetime | None = Field(description="To the grain of ten minutes.")
    version: int
    created_at: datetime
    updated_at: datetime


class CalendarFeedCreated(CalendarFeedRead):
    """A feed with its URL, which is shown this once."""

    url: str = Field(description="Give it to a calendar program; whoever has it can read the feed.")
