"""UPDATEs of many commitments at once, so that closing a meeting costs the same for one and fifty.

Whoever uses them holds the lock of the commitments' group, and reads them anew afterwards.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment


async def set_each(
    session: AsyncSession,
    workspace_id: UUID,
    values: Mapping[UUID, Mapping[str, Any]],
    now: datetime,
) -> None:
    """Set the same columns of each commitment to values of its own: id → column → value."""
    if not values:
        return
    names = next(iter(values.values())).keys()
    await _update(
        session,
        workspace_id,
        Commitment.id.in_(values),
        now,
        **{name: _each(name, values) for name in names},
    )


def _each(name: str, values: Mapping[UUID, Mapping[str, Any]]) -> Any:
    of_type = getattr(Commitment, name).type
    return case(
        {each: literal(columns[name], of_type) for each, columns in values.items()},
        value=Commitment.id,
    )


async def arrive(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    closed_at: datetime,
    now: datetime,
    *,
    tell_at: datetime | None,
) -> None:
    """The dues at a meeting arrive with its close; what is open is overdue, to be told once."""
    is_open = Commitment.state == "open"
    news = and_(is_open, Commitment.overdue_told_at.is_(None))
    once = literal(tell_at, Commitment.overdue_due_at.type)
    await _update(
        session,
        workspace_id,
        Commitment.due_meeting_id == meeting_id,
        now,
        due_at=closed_at,
        due_soon_due_at=None,
        overdue=is_open,
        overdue_due_at=case((news, once), else_=None),
    )


async def unsettle(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """The meeting counts for nothing until it is closed again: its dues have not arrived."""
    await _update(
        session,
        workspace_id,
        Commitment.due_meeting_id == meeting_id,
        now,
        due_at=None,
        overdue=False,
        overdue_due_at=None,
    )


async def carry(
    session: AsyncSession, workspace_id: UUID, commitment_ids: Collection[UUID], now: datetime
) -> None:
    """Count one more meeting that left these commitments overdue."""
    if commitment_ids:
        await _update(
            session,
            workspace_id,
            Commitment.id.in_(commitment_ids),
            now,
            carry_count=Commitment.carry_count + 1,
        )


async def _update(
    session: AsyncSession, workspace_id: UUID, which: Any, now: datetime, **values: Any
) -> None:
    await session.execute(
        update(Commitment)
        .where(Commitment.workspace_id == workspace_id, which)
        .values(version=Commitment.version + 1, updated_at=now, **values)
        .execution_options(synchronize_session=False)
    )
