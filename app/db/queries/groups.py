"""SELECTs of groups and of those who answer for them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Group, Membership
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped

SORTS = Sorts("created_at", created_at=(Group.id,), name=(Group.name, Group.id))


async def lock(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Group:
    """One group to change, as it is once all earlier changes are committed; NotFound.

    Whoever changes memberships, meetings or seats of a group takes this lock first, so that
    changes of one group follow one another. SQLite has one writer at a time anyway.
    """
    # NO KEY UPDATE: rows that merely refer to the group can be inserted meanwhile.
    query = (
        scoped(Group, workspace_id)
        .where(Group.id == group_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return one((await session.execute(query)).scalar_one_or_none(), "group")


async def lock_all(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID]
) -> Sequence[Group]:
    """Those of these groups that there are, locked as by `lock`: always in the order of their ids,
    so that nobody who locks several waits for another who does.
    """
    query = (
        scoped(Group, workspace_id)
        .where(Group.id.in_(group_ids))
        .order_by(Group.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalars().all()


async def load(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Group:
    """One group, without a lock; NotFound."""
    return one(await session.get(Group, (workspace_id, group_id)), "group")


async def id_by_external_id(
    session: AsyncSession, workspace_id: UUID, external_id: str
) -> UUID | None:
    """The id of the group that the caller knows by this id."""
    query = scoped(Group, workspace_id, Group.id).where(Group.external_id == external_id)
    return (await session.execute(query)).scalar_one_or_none()


async def check_exists(connection: AsyncConnection, workspace_id: UUID, group_id: UUID) -> None:
    """NotFound unless there is such a group: for lists below it."""
    query = scoped(Group, workspace_id, Group.id).where(Group.id == group_id)
    one((await connection.execute(query)).first(), "group")


async def get(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> Row[Any]:
    """One group to read, with the number of its current `members`; NotFound."""
    query = _with_members(workspace_id).where(Group.id == group_id)
    return one((await connection.execute(query)).first(), "group")


async def of_ids(
    connection: AsyncConnection, workspace_id: UUID, ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Those of these groups that there are, to read."""
    query = _with_members(workspace_id).where(Group.id.in_(ids))
    return (await connection.execute(query.order_by(Group.id))).all()


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    state: str | None = None,
    external_id: str | None = None,
    person_id: UUID | None = None,
) -> Sequence[Row[Any]]:
    """Groups in the window's order; `person_id`: those in which the person has or will have a
    place.
    """
    query = _with_members(workspace_id)
    if state is not None:
        query = query.where(Group.state == state)
    if external_id is not None:
        query = query.where(Group.external_id == external_id)
    if person_id is not None:
        places = scoped(Membership, workspace_id, Membership.group_id).where(
            Membership.person_id == person_id, Membership.state != "ended"
        )
        query = query.where(Group.id.in_(places))
    return await fetch_sorted(connection, query, SORTS, window)


def _with_members(workspace_id: UUID) -> Select[Any]:
    members = (
        select(func.count())
        .where(
            Membership.workspace_id == Group.workspace_id,
            Membership.group_id == Group.id,
            Membership.state == "current",
        )
        .correlate(Group)
        .scalar_subquery()
    )
    return scoped(Group, workspace_id, *columns_of(Group), members.label("members"))
