"""SELECTs of API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import ApiKey, Person, Workspace
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, of_table, one, scoped

LAST_USED_GRAIN = timedelta(minutes=10)
CALLER_COLUMNS: list[Any] = [
    ApiKey.id,
    ApiKey.workspace_id,
    ApiKey.scopes,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
    Workspace.require_if_match,
]


async def find_by_hash(connection: AsyncConnection, key_hash: str) -> Row[Any] | None:
    """The key with this hash and its workspace's settings: the one look-up across tenants."""
    query = (
        select(*map(of_table, CALLER_COLUMNS))
        .join(Workspace, Workspace.id == ApiKey.workspace_id)
        .where(ApiKey.key_hash == key_hash)
    )
    return (await connection.execute(query)).first()


async def is_good(
    connection: AsyncConnection, workspace_id: UUID, key_id: UUID, now: datetime
) -> bool:
    """Whether a key that was good still is: neither revoked nor expired."""
    query = select(of_table(ApiKey.id)).where(
        ApiKey.workspace_id == workspace_id,
        ApiKey.id == key_id,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
    )
    return (await connection.execute(query)).first() is not None


async def person_exists(connection: AsyncConnection, workspace_id: UUID, person_id: UUID) -> bool:
    """Whether a person who is said to act is known to the workspace."""
    query = scoped(Person, workspace_id, Person.id).where(Person.id == person_id)
    return (await connection.execute(query)).first() is not None


async def note_use(connection: AsyncConnection, key_id: UUID, now: datetime) -> None:
    """Remember that the key was used, to the grain of ten minutes."""
    await connection.execute(
        update(ApiKey)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - LAST_USED_GRAIN),
        )
        .values(last_used_at=now)
    )


async def load(session: AsyncSession, workspace_id: UUID, key_id: UUID) -> ApiKey:
    """One key of the workspace to change; NotFound."""
    query = select(ApiKey).where(ApiKey.workspace_id == workspace_id, ApiKey.id == key_id)
    return one((await session.execute(query)).scalar_one_or_none(), "API key")


async def get(connection: AsyncConnection, workspace_id: UUID, key_id: UUID) -> Row[Any]:
    """One key of the workspace to read; NotFound, for one that was revoked as well."""
    query = select(*columns_of(ApiKey)).where(
        ApiKey.workspace_id == workspace_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None)
    )
    return one((await connection.execute(query)).first(), "API key")


async def listed(
    connection: AsyncConnection, workspace_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """The workspace's keys by creation, revoked ones included."""
    query = select(*columns_of(ApiKey)).where(ApiKey.workspace_id == workspace_id)
    return await fetch_page(connection, query, (ApiKey.id,), window)
