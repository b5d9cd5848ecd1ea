"""The audit log is written in the transaction of the change that it tells of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import AuditEntry
from app.domain.callers import Caller


def record(
    session: AsyncSession,
    caller: Caller,
    *,
    operation: str,
    path: str,
    resource_id: str | None,
    fields: Sequence[str],
    status: int,
    request_id: str,
    now: datetime,
) -> None:
    """Add an entry to the log."""
    session.add(
        AuditEntry(
            workspace_id=caller.workspace_id,
            at=now,
            operation=operation,
            path=path,
            resource_id=resource_id,
            fields=list(fields),
            status=status,
            api_key_id=caller.api_key_id,
            actor_id=caller.actor_id,
            request_id=request_id,
        )
    )
