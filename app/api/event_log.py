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

CURSOR = re.compile(r"(?:([0-9]{1,9})-)?([0-9]{1,18})")
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

    A bare position belongs to the present epoch. RequestError 422 for what is no cursor; 410 for a
    place whose followers are not all kept, or of another epoch.
    """
    epoch, kept, coming = await events.bounds(connection, workspace_id)
    if text is None:
        return Cursor(epoch, (coming if from_end else kept) - 1)
    match = CURSOR.fullmatch(text)
    if match is None:
        raise RequestError(422, "invalid_cursor", "A cursor looks like `1-42`, or `42`.")
    position = int(match[2])
    if int(match[1] or epoch) != epoch or position >= coming:
        raise RequestError(410, "log_restarted", f"The log has started anew. {RESYNC}")
    if position < kept - 1:
        raise RequestError(
            410, "events_expired", f"The events behind this place are no longer kept. {RESYNC}"
        )
    return Cursor(epoch, position)


def read(row: Row[Any], epoch: int) -> EventRead:
    """An event as the log shows it."""
    cursor = str(Cursor(epoch, row.position))
    return EventRead.model_validate({**row._mapping, "cursor": cursor})  # noqa: SLF001 - public
