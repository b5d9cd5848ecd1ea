"""Reading the event log: cursors into it, and when they are of no use any more.

A cursor is `epoch-position`. A database that is restored from a backup starts a new epoch, because
positions given after the backup will be given again, to other events.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.errors import RequestError
from app.api.schemas.events import EventRead
from app.db.queries import events
from app.domain import ids
from app.domain.errors import Invalid

CURSOR = re.compile(r"(?:([0-9]{1,10})-)?([0-9]{1,18})")
EVENT_PREFIX = f"{ids.PREFIXES['event']}_"
RESYNC = "Read the resources that you keep copies of again, then start over without a cursor."


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place behind `position` in the log of `epoch`."""

    epoch: int
    position: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.position}"


async def place(
    connection: AsyncConnection, workspace_id: UUID, text: str | None, *, from_end: bool = False
) -> Cursor:
    """The place that a cursor names; without one the beginning of what is kept, or its end.

    A bare position belongs to the present epoch; the id of an event names its own place, in every
    epoch. RequestError 422 for what is no cursor; 410 for a place whose followers are not all kept,
    of another epoch, or of an event that is not known.
    """
    epoch, kept, coming = await events.bounds(connection, workspace_id)
    if text is None:
        return Cursor(epoch, (coming if from_end else kept) - 1)
    if text.startswith(EVENT_PREFIX):
        return Cursor(epoch, await _position_of(connection, workspace_id, text, coming))
    match = CURSOR.fullmatch(text)
    if match is None:
        raise _invalid()
    position = int(match[2])
    if int(match[1] or epoch) != epoch or position >= coming:
        raise RequestError(410, "log_restarted", f"The log has started anew. {RESYNC}")
    if position < kept - 1:
        raise RequestError(
            410, "events_expired", f"The events behind this place are no longer kept. {RESYNC}"
        )
    return Cursor(epoch, position)


async def _position_of(
    connection: AsyncConnection, workspace_id: UUID, text: str, coming: int
) -> int:
    """Where an event is; one that has no number yet will come behind all that have."""
    try:
        event_id = ids.decode("event", text)
    except Invalid as error:
        raise _invalid() from error
    found = await events.position_of(connection, workspace_id, event_id)
    if found is None:
        raise RequestError(410, "event_unknown", f"This event is not, or no longer, kept. {RESYNC}")
    return coming - 1 if found.position is None else found.position


def _invalid() -> RequestError:
    return RequestError(
        422, "invalid_cursor", "A cursor looks like `1-42`, or `42`, or is an event's id."
    )


def read(row: Row[Any], epoch: int) -> EventRead:
    """An event as the log shows it."""
    cursor = str(Cursor(epoch, row.position))
    return EventRead.model_validate({**row._mapping, "cursor": cursor})  # noqa: SLF001 - public
