"""What calendar targets hold, and what of it is due to be written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarPush
from app.db.queries.scope import scoped


async def next_due(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, now: datetime
) -> CalendarPush | None:
    """The object of a target that has been due longest."""
    query = (
        scoped(CalendarPush, workspace_id)
        .where(CalendarPush.target_id == target_id, CalendarPush.due_at <= now)
        .order_by(CalendarPush.due_at, CalendarPush.uid)
        .limit(1)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def find(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, uid: str
) -> CalendarPush | None:
    """One object of a target, held until the transaction ends."""
    key = (workspace_id, target_id, uid)
    return await session.get(CalendarPush, key, with_for_update=True)


async def first_due_at(
    session: AsyncSession, workspace_id: UUID, target_id: UUID
) -> datetime | None:
    """When something of a target falls due next."""
    query = scoped(CalendarPush, workspace_id, func.min(CalendarPush.due_at))
    return (await session.execute(query.where(CalendarPush.target_id == target_id))).scalar_one()


async def holds_anything(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> bool:
    """Whether there may be objects of ours in a target."""
    query = scoped(CalendarPush, workspace_id, CalendarPush.uid)
    found = await session.execute(query.where(CalendarPush.target_id == target_id).limit(1))
    return found.first() is not None


async def held(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> Sequence[Row[Any]]:
    """What was written to a target: `uid` and `etag`."""
    query = scoped(CalendarPush, workspace_id, CalendarPush.uid, CalendarPush.etag).where(
        CalendarPush.target_id == target_id, CalendarPush.digest.is_not(None)
    )
    return (await session.execute(query)).all()


async def forget_all(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> None:
    """Leave in a target what is there."""
    await session.flush()
    await session.execute(
        delete(CalendarPush)
        .where(CalendarPush.workspace_id == workspace_id, CalendarPush.target_id == target_id)
        .execution_options(synchronize_session=False)
    )
