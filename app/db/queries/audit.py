"""SELECTs of the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.models import AuditEntry
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, scoped

SORTS = Sorts("-at", at=(AuditEntry.id,))


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    since: datetime | None,
    until: datetime | None,
    **exactly: Any,
) -> Sequence[Row[Any]]:
    """Entries in the window's order; `exactly` are columns that must have a value, None for any."""
    query = scoped(AuditEntry, workspace_id, *columns_of(AuditEntry))
    for name, value in exactly.items():
        if value is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    return await fetch_sorted(connection, query, SORTS, window)
