"""A service whose calls see one another's effects, and nobody else ever does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.batches import BatchingSession
from app.db.session import Database


class Scene(Database):
    """Another database in one long transaction, of which each of the service's is a part.

    What is committed is there for the next call; at the end of the scene all of it is undone.
    """

    def __init__(self, database: Database, connection: AsyncConnection) -> None:
        vars(self).update(vars(database))
        self._connection = connection

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(
            self._connection,
            sync_session_class=BatchingSession,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        )
        async with session, session.begin():
            yield session

    @asynccontextmanager
    async def _readable(self) -> AsyncIterator[AsyncConnection]:
        async with self._connection.begin_nested():
            yield self._connection


@asynccontextmanager
async def scene_of(database: Database) -> AsyncIterator[Scene]:
    """A scene, undone when the block ends."""
    async with database.engine.connect() as connection:
        transaction = await connection.begin()
        try:
            yield Scene(database, connection)
        finally:
            await transaction.rollback()
