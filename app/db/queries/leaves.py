"""SELECTs of leaves of absence."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Leave, Membership
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

OF_MEMBERSHIP = (Membership.workspace_id == Leave.workspace_id) & (
    Membership.id == Leave.membership_id
)


async def get(connection: AsyncConnection, workspace_id: UUID, leave_id: UUID) -> Row[Any]:
    """One leave to read, with its `membership_version`; NotFound."""
    columns = (*columns_of(Leave), Membership.version.label("membership_version"))
    query = scoped(Leave, workspace_id, *columns).join(Membership, OF_MEMBERSHIP)
    query = query.where(Leave.id == leave_id)
    return one((await connection.execute(query)).first(), "leave")


async def listed(
    connection: AsyncConnection, workspace_id: UUID, membership_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """A membership's leaves, the earliest first."""
    query = scoped(Leave, workspace_id, *columns_of(Leave)).where(
        Leave.membership_id == membership_id
    )
    return await fetch_page(connection, query, (Leave.first_on, Leave.id), window)


async def of_membership(
    session: AsyncSession, workspace_id: UUID, membership_id: UUID
) -> Sequence[Leave]:
    """All leaves of a membership."""
    query = scoped(Leave, workspace_id).where(Leave.membership_id == membership_id)
    return (await session.execute(query)).scalars().all()


async def membership_of(session: AsyncSession, workspace_id: UUID, leave_id: UUID) -> UUID:
    """The membership that a leave belongs to, to be opened before it is loaded; NotFound."""
    query = scoped(Leave, workspace_id, Leave.membership_id).where(Leave.id == leave_id)
    return one((await session.execute(query)).scalar_one_or_none(), "leave")


async def load(session: AsyncSession, workspace_id: UUID, leave_id: UUID) -> Leave:
    """One leave to change; NotFound."""
    return one(await session.get(Leave, (workspace_id, leave_id)), "leave")
