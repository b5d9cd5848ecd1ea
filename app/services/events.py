"""Telling the outside world of a change, in the change's own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import outbox
from app.db.models import Event
from app.domain.events import EVENT_TYPES


def emit(
    session: AsyncSession,
    type: str,  # noqa: A002 - the word of the catalogue
    workspace_id: UUID,
    data: dict[str, Any],
    now: datetime,
    *,
    group_id: UUID | None = None,
    endpoint_id: UUID | None = None,
    expires_at: datetime | None = None,
    event_id: UUID | None = None,
) -> Event:
    """Record an event of the catalogue. Make `data` after a flush: it carries the new version.

    `event_id`: made before what follows from the change, it puts the event before what that tells.

    ValueError for a type that is not in the catalogue, and for data that its schema does not have.
    """
    if type not in EVENT_TYPES:
        raise ValueError(f"{type} is not in the catalogue")
    if EVENT_TYPES[type].time_bound != (expires_at is not None):
        raise ValueError(f"{type}: an instant to expire at belongs to time-bound types, to each")
    return outbox.record(
        session,
        workspace_id=workspace_id,
        type=type,
        data=EVENT_TYPES[type].data(data),
        now=now,
        group_id=group_id,
        endpoint_id=endpoint_id,
        expires_at=expires_at,
        event_id=event_id,
    )
