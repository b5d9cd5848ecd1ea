"""SELECTs of people."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Membership, Organizer, Person
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped

SORTS = Sorts("created_at", created_at=(Person.id,), name=(Person.name, Person.id))
BATCH = 5000
"""Values in one statement: a database takes some 32,000 parameters."""


async def get(connection: AsyncConnection, workspace_id: UUID, person_id: UUID) -> Row[Any]:
    """One person to read; NotFound."""
    query = scoped(Person, workspace_id, *columns_of(Person)).where(Person.id == person_id)
    return one((await connection.execute(query)).first(), "person")


async def of_ids(
    connection: AsyncConnection, workspace_id: UUID, ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Those of these people that there are, to read."""
    query = scoped(Person, workspace_id, *columns_of(Person)).where(Person.id.in_(ids))
    return (await connection.execute(query.order_by(Person.id))).all()


async def of_memberships(
    connection: AsyncConnection, workspace_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The holders of these memberships, to read."""
    holders = scoped(Membership, workspace_id, Membership.person_id).where(
        Membership.id.in_(membership_ids)
    )
    query = scoped(Person, workspace_id, *columns_of(Person)).where(Person.id.in_(holders))
    return (await connection.execute(query.order_by(Person.id))).all()


async def load(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Person:
    """One person to change; NotFound."""
    return one(await session.get(Person, (workspace_id, person_id)), "person")


async def find(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Person | None:
    """One person to change, if there is such a one."""
    return await session.get(Person, (workspace_id, person_id))


async def found(
    session: AsyncSession, workspace_id: UUID, person_ids: Collection[UUID]
) -> Sequence[Person]:
    """Those of these people that there are, to change them."""
    query = scoped(Person, workspace_id).where(Person.id.in_(person_ids))
    return (await session.execute(query)).scalars().all()


async def by_external_id(
    session: AsyncSession, workspace_id: UUID, external_id: str
) -> Person | None:
    """The person whom the caller knows by this id."""
    query = scoped(Person, workspace_id).where(Person.external_id == external_id)
    return (await session.execute(query)).scalar_one_or_none()


async def known_as(
    session: AsyncSession,
    workspace_id: UUID,
    external_ids: Sequence[str],
    emails: Sequence[str],
) -> Sequence[Person]:
    """The people who have one of these ids or e-mails, to change them."""
    found: dict[UUID, Person] = {}
    for column, values in ((Person.external_id, external_ids), (Person.email, emails)):
        for start in range(0, len(values), BATCH):
            chosen = column.in_(values[start : start + BATCH])
            query = scoped(Person, workspace_id).where(chosen)
            found |= {person.id: person for person in (await session.execute(query)).scalars()}
    return list(found.values())


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    external_id: str | None = None,
    email: str | None = None,
) -> Sequence[Row[Any]]:
    """People in the window's order."""
    query = scoped(Person, workspace_id, *columns_of(Person))
    if external_id is not None:
        query = query.where(Person.external_id == external_id)
    if email is not None:
        query = query.where(Person.email == email)
    return await fetch_sorted(connection, query, SORTS, window)


async def has_history(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> bool:
    """Whether figures of a group rest on this person, or they answer for one."""
    for model in (Membership, Organizer):
        query = scoped(model, workspace_id, model.person_id).where(model.person_id == person_id)
        if (await session.execute(query.limit(1))).first() is not None:
            return True
    return False
