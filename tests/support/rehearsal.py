"""A service in which nothing lasts, so that many writes can be tried on the same data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.session import Database


class Rehearsal(Database):
    """Another database's connections. A transaction does all its work, and is then rolled back."""

    def __init__(self, database: Database) -> None:
        vars(self).update(vars(database))

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        async with super().transaction(workspace_id) as session:
            yield session
            await session.flush()
            await session.rollback()
