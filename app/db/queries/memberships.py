"""SELECTs of memberships."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Membership, Person
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped

SORTS = Sorts(
    "created_at",
    created_at=(Membership.id,),
    place=(Membership.place, Membership.id),
    starts_on=(Membership.starts_on, Membership.id),
)


async def get(connection: AsyncConnection, workspace_id: UUID, membership_id: UUID) -> Row[Any]:
    """One membership to read; NotFound."""
    query = scoped(Membership, workspace_id, *columns_of(Membership))
    return one(
        (await connection.execute(query.where(Membership.id == membership_id))).first(),
        "membership",
    )


async def of_ids(
    connection: AsyncConnection, workspace_id: UUID, ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Those of these memberships that there are, to read."""
    query = scoped(Membership, workspace_id, *columns_of(Membership)).where(Membership.id.in_(ids))
    return (await connection.execute(query.order_by(Membership.id))).all()


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    group_id: UUID,
    window: Window,
    *,
    state: str | None = None,
    person_id: UUID | None = None,
    external_id: str | None = None,
) -> Sequence[Row[Any]]:
    """A group's memberships, ended ones included, in the window's order."""
    query = scoped(Membership, workspace_id, *columns_of(Membership)).where(
        Membership.group_id == group_id
    )
    if state is not None:
        query = query.where(Membership.state == state)
    if person_id is not None:
        query = query.where(Membership.person_id == person_id)
    if external_id is not None:
        query = query.where(Membership.external_id == external_id)
    return await fetch_sorted(connection, query, SORTS, window)


async def check_exists(
    connection: AsyncConnection, workspace_id: UUID, membership_id: UUID
) -> None:
    """NotFound unless there is such a membership: for lists below it."""
    query = scoped(Membership, workspace_id, Membership.id).where(Membership.id == membership_id)
    one((await connection.execute(query)).first(), "membership")


async def group_of(session: AsyncSession, workspace_id: UUID, membership_id: UUID) -> UUID:
    """The group that a membership belongs to, to be locked before it is loaded; NotFound."""
    query = scoped(Membership, workspace_id, Membership.group_id).where(
        Membership.id == membership_id
    )
    return one((await session.execute(query)).scalar_one_or_none(), "membership")


async def load(session: AsyncSession, workspace_id: UUID, membership_id: UUID) -> Membership:
    """One membership to change; NotFound."""
    return one(await session.get(Membership, (workspace_id, membership_id)), "membership")


async def id_by_external_id(
    session: AsyncSession, workspace_id: UUID, external_id: str
) -> UUID | None:
    """The id of the membership that the caller knows by this id."""
    query = scoped(Membership, workspace_id, Membership.id).where(
        Membership.external_id == external_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def known_as(
    session: AsyncSession, workspace_id: UUID, external_ids: Collection[str]
) -> Sequence[Membership]:
    """The memberships that the caller knows by these ids, to change them."""
    query = scoped(Membership, workspace_id).where(Membership.external_id.in_(external_ids))
    return (await session.execute(query)).scalars().all()


async def places_of(
    session: AsyncSession,
    workspace_id: UUID,
    membership_ids: Collection[UUID],
    group_ids: Collection[UUID],
    person_ids: Collection[UUID],
) -> Sequence[Row[Any]]:
    """Memberships that are named, and all of these people in these groups: `id`, `group_id` and
    `person_id`; of a person and group the present one first, then the latest.
    """
    query = (
        scoped(Membership, workspace_id, Membership.id, Membership.group_id, Membership.person_id)
        .where(
            or_(
                Membership.id.in_(membership_ids),
                and_(Membership.group_id.in_(group_ids), Membership.person_id.in_(person_ids)),
            )
        )
        .order_by((Membership.state == "current").desc(), Membership.starts_on.desc())
    )
    return (await session.execute(query)).all()


async def count_current(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> int:
    """How many members a group has."""
    query = scoped(Membership, workspace_id, func.count()).where(
        Membership.group_id == group_id, Membership.state == "current"
    )
    return (await session.execute(query)).scalar_one()


async def holding_places(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    *,
    since: date,
) -> Sequence[Membership]:
    """A group's memberships with a day at or after `since`, without those called off."""
    query = scoped(Membership, workspace_id).where(
        Membership.group_id == group_id,
        or_(
            Membership.ends_on.is_(None),
            and_(Membership.ends_on >= since, Membership.ends_on >= Membership.starts_on),
        ),
    )
    return (await session.execute(query)).scalars().all()


async def open_ones(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Membership]:
    """A group's memberships that have not ended."""
    query = scoped(Membership, workspace_id).where(
        Membership.group_id == group_id, Membership.state != "ended"
    )
    return (await session.execute(query)).scalars().all()


async def due(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> Sequence[Row[Membership, Person]]:
    """A group's memberships whose state has to move on, each with its person."""
    query = (
        scoped(Membership, workspace_id, Membership, Person)
        .join(
            Person,
            and_(Person.workspace_id == Membership.workspace_id, Person.id == Membership.person_id),
        )
        .where(Membership.group_id == group_id, Membership.state_due_at <= now)
        .order_by(Membership.id)
    )
    return (await session.execute(query)).all()
