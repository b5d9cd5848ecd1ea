"""SELECTs of calendar targets."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import CalendarTarget, Person
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

NOUN = "calendar target"


async def get(connection: AsyncConnection, workspace_id: UUID, target_id: UUID) -> Row[Any]:
    """One target to read; NotFound."""
    query = scoped(CalendarTarget, workspace_id, *columns_of(CalendarTarget)).where(
        CalendarTarget.id == target_id
    )
    return one((await connection.execute(query)).first(), NOUN)


async def load(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> CalendarTarget:
    """One target to change, held until the transaction ends; NotFound."""
    return one(await find(session, workspace_id, target_id), NOUN)


async def find(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> CalendarTarget | None:
    """One target, held until the transaction ends, or None if it is gone.

    Whoever wishes for something to be written there does not wait: its key stays shareable.
    """
    key = (workspace_id, target_id)
    return await session.get(CalendarTarget, key, with_for_update={"key_share": True})


async def of_mail(
    connection: AsyncConnection, workspace_id: UUID, target_id: UUID
) -> Row[Any] | None:
    """Secret and address of a target for mail, and its person's language and clocks."""
    query = (
        scoped(
            CalendarTarget,
            workspace_id,
            CalendarTarget.secret,
            CalendarTarget.address,
            Person.locale,
            Person.time_zone,
        )
        .join(
            Person,
            (Person.workspace_id == CalendarTarget.workspace_id)
            & (Person.id == CalendarTarget.person_id),
        )
        .where(
            CalendarTarget.id == target_id,
            CalendarTarget.kind == "email",
            CalendarTarget.secret.is_not(None),
        )
    )
    return (await connection.execute(query)).first()


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    person_id: UUID | None = None,
) -> Sequence[Row[Any]]:
    """Targets by creation."""
    query = scoped(CalendarTarget, workspace_id, *columns_of(CalendarTarget))
    if person_id is not None:
        query = query.where(CalendarTarget.person_id == person_id)
    return await fetch_page(connection, query, (CalendarTarget.id,), window)


async def is_taken(
    session: AsyncSession, workspace_id: UUID, address: str, target_id: UUID
) -> bool:
    """Whether another target writes to this calendar."""
    query = scoped(CalendarTarget, workspace_id, CalendarTarget.id).where(
        CalendarTarget.address == address, CalendarTarget.id != target_id
    )
    return (await session.execute(query)).first() is not None
