"""SELECTs of the event log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Event, EventCounter
from app.db.queries.scope import columns_of, scoped


async def lock_counter(session: AsyncSession, workspace_id: UUID) -> EventCounter:
    """The workspace's counter, held until the transaction ends: there is one relay at a time."""
    return await session.get_one(
        EventCounter, workspace_id, with_for_update=True, populate_existing=True
    )


async def unnumbered(session: AsyncSession, workspace_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """Committed events that have no position yet, in the order of their ids."""
    query = scoped(
        Event,
        workspace_id,
        Event.id,
        Event.type,
        Event.group_id,
        Event.endpoint_id,
        Event.expires_at,
    ).where(Event.position.is_(None))
    return (await session.execute(query.order_by(Event.id).limit(limit))).all()


async def bounds(connection: AsyncConnection, workspace_id: UUID) -> tuple[int, int, int]:
    """Epoch of the log, the first position that is kept, and the next one to be given."""
    first = (
        scoped(Event, workspace_id, func.min(Event.position))
        .where(Event.position.is_not(None))
        .scalar_subquery()
    )
    query = select(EventCounter.epoch, first, EventCounter.next_position).where(
        EventCounter.workspace_id == workspace_id
    )
    epoch, kept, coming = (await connection.execute(query)).one()
    return epoch, coming if kept is None else kept, coming


async def after(
    connection: AsyncConnection,
    workspace_id: UUID,
    position: int,
    limit: int,
    *,
    type: str | None = None,  # noqa: A002 - the word of the catalogue
) -> Sequence[Row[Any]]:
    """Up to `limit` numbered events behind a position, in their order."""
    query = scoped(Event, workspace_id, *columns_of(Event)).where(Event.position > position)
    if type is not None:
        query = query.where(Event.type == type)
    return (await connection.execute(query.order_by(Event.position).limit(limit))).all()


async def position_of(
    connection: AsyncConnection, workspace_id: UUID, event_id: UUID
) -> Row[Any] | None:
    """The event's position, which may be null still; None if there is no such event."""
    query = scoped(Event, workspace_id, Event.position).where(Event.id == event_id)
    return (await connection.execute(query)).first()


async def head(session: AsyncSession, workspace_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """The oldest events of the log."""
    query = scoped(Event, workspace_id, Event.position, Event.occurred_at).where(
        Event.position.is_not(None)
    )
    return (await session.execute(query.order_by(Event.position).limit(limit))).all()


async def delete_up_to(session: AsyncSession, workspace_id: UUID, position: int) -> None:
    """Cut the log's head off; deliveries go with their events."""
    await session.execute(
        delete(Event)
        .where(Event.workspace_id == workspace_id, Event.position <= position)
        .execution_options(synchronize_session=False)
    )


async def begin_epoch(session: AsyncSession, *, at_least: int) -> Sequence[tuple[UUID, int]]:
    """Raise the epoch of every workspace's log; (workspace, new epoch) of each."""
    epoch = case((EventCounter.epoch < at_least, at_least), else_=EventCounter.epoch + 1)
    rows = await session.execute(
        update(EventCounter)
        .values(epoch=epoch)
        .returning(EventCounter.workspace_id, EventCounter.epoch)
        .execution_options(synchronize_session=False)
    )
    return [(row.workspace_id, row.epoch) for row in rows]
