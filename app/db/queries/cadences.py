"""SELECTs of cadences."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Cadence
from app.db.queries.scope import columns_of, one, scoped


async def get(connection: AsyncConnection, workspace_id: UUID, group_id: UUID) -> Row[Any]:
    """A group's cadence to read; NotFound."""
    query = scoped(Cadence, workspace_id, *columns_of(Cadence)).where(Cadence.group_id == group_id)
    return one((await connection.execute(query)).first(), "cadence")


async def find(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Cadence | None:
    """A group's cadence to change, if it has one."""
    return await session.get(Cadence, (workspace_id, group_id))


async def minutes_of(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> int | None:
    """How long the meetings of a group's cadence last, if it has one."""
    query = scoped(Cadence, workspace_id, Cadence.duration_minutes).where(
        Cadence.group_id == group_id
    )
    return (await connection.execute(query)).scalar_one_or_none()
