"""Telling the outside world of a change, in the change's own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import outbox
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
) -> None:
    """Record an event of the catalogue. Make `data` after a flush: it carries the new version."""
    if type not in EVENT_TYPES:
        raise ValueError(f"{type} is not in the catalogue")
    outbox.record(
        session,
        workspace_id=workspace_id,
        type=type,
        data=data,
        now=now,
        group_id=group_id,
        endpoint_id=endpoint_id,
        expires_at=expires_at,
    )
