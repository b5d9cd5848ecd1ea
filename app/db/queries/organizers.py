"""SELECTs of those who answer for a group."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Group, Organizer
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

OF_GROUP = (Group.workspace_id == Organizer.workspace_id) & (Group.id == Organizer.group_id)


async def get(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, person_id: UUID
) -> Row[Any]:
    """One organizer of a group to read, with its `group_version`; NotFound."""
    columns = (*columns_of(Organizer), Group.version.label("group_version"))
    query = (
        scoped(Organizer, workspace_id, *columns)
        .join(Group, OF_GROUP)
        .where(Organizer.group_id == group_id, Organizer.person_id == person_id)
    )
    return one((await connection.execute(query)).first(), "organizer")


async def listed(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """A group's organizers."""
    query = scoped(Organizer, workspace_id, *columns_of(Organizer)).where(
        Organizer.group_id == group_id
    )
    return await fetch_page(connection, query, (Organizer.person_id,), window)


async def find(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, person_id: UUID
) -> Organizer | None:
    """One organizer of a group to change."""
    return await session.get(Organizer, (workspace_id, group_id, person_id))
