"""SELECTs of workspaces: by their id alone, they are the tenants themselves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Workspace
from app.db.queries.scope import columns_of, one


async def get(connection: AsyncConnection, workspace_id: UUID) -> Row[Any]:
    """The workspace to read."""
    query = select(*columns_of(Workspace)).where(Workspace.id == workspace_id)
    return one((await connection.execute(query)).first(), "workspace")


async def load(session: AsyncSession, workspace_id: UUID) -> Workspace:
    """The workspace to change."""
    return one(await session.get(Workspace, workspace_id), "workspace")


async def every(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """All workspaces by creation: for the operator, never for a caller."""
    return (await connection.execute(select(*columns_of(Workspace)).order_by(Workspace.id))).all()
