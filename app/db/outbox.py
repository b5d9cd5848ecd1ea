"""Events are written in the transaction of the change that they tell of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Event
from app.telemetry import request_id


def record(
    session: AsyncSession,
    *,
    workspace_id: UUID,
    type: str,  # noqa: A002 - the word of the catalogue
    data: dict[str, Any],
    now: datetime,
    group_id: UUID | None = None,
    endpoint_id: UUID | None = None,
    expires_at: datetime | None = None,
    event_id: UUID | None = None,
) -> Event:
    """Add an event to the log. The relay numbers it after the commit and sends it out.

    `endpoint_id` limits it to one endpoint (a test event); after `expires_at` it is not sent.
    `event_id` gives it the place in the log of the moment when that id was made.
    """
    event = Event(
        id=event_id or new_id(),
        workspace_id=workspace_id,
        type=type,
        data=data,
        occurred_at=now,
        group_id=group_id,
        endpoint_id=endpoint_id,
        expires_at=expires_at,
        request_id=request_id(),
    )
    session.add(event)
    return event
