"""SELECTs of people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Membership, Organizer, Person
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

BATCH = 5000
"""Values in one statement: a database takes some 32,000 parameters."""


async def get(connection: AsyncConnection, workspace_id: UUID, person_id: UUID) -> Row[Any]:
    """One person to read; NotFound."""
    query = scoped(Person, workspace_id, *columns_of(Person)).where(Person.id == person_id)
    return one((await connection.execute(query)).first(), "person")


async def load(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Person:
    """One person to change; NotFound."""
    return one(await session.get(Person, (workspace_id, person_id)), "person")


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
    """People by creation."""
    query = scoped(Person, workspace_id, *columns_of(Person))
    if external_id is not None:
        query = query.where(Person.external_id == external_id)
    if email is not None:
        query = query.where(Person.email == email)
    return await fetch_page(connection, query, (Person.id,), window)


async def has_history(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> bool:
    """Whether figures of a group rest on this person, or they answer for one."""
    for model in (Membership, Organizer):
        query = scoped(model, workspace_id, model.person_id).where(model.person_id == person_id)
        if (await session.execute(query.limit(1))).first() is not None:
            return True
    return False
