"""The event log."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import EventId, GroupId, Output


class EventTypeRead(Output):
    """A type of event, as endpoints choose it."""

    name: str = Field(examples=["meeting.scheduled"])
    description: str
    version: int = Field(description="Of the schema of its data; `data.schema_version` says it.")
    calendar: bool = Field(description="`data.calendar` carries a complete iCalendar object.")
    time_bound: bool = Field(description="Of use for a time only, and not delivered after it.")
    data_schema: dict[str, Any] = Field(description="JSON Schema (2020-12) of its data.")
    example: dict[str, Any] = Field(description="Its data, as the sample workspace might say it.")


class EventRead(Output):
    """Something that happened. `type`, `occurred_at` and `data` are those of its webhook."""

    id: EventId
    position: int = Field(description="Its place in the workspace's log, which has no gap.")
    cursor: str = Field(
        description="Pass it as `after`, or as `Last-Event-ID` to the stream, to get what follows.",
        examples=["1-42"],
    )
    type: str
    occurred_at: datetime
    group_id: GroupId | None
    request_id: str | None = Field(
        description="The `X-Request-Id` of the call that brought it about; null for what the clock "
        "did."
    )
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in the order of their positions."""

    data: list[EventRead]
    next_cursor: str | None = Field(
        description="Pass it as `after` to get the next page; null at the present end of the log."
    )
