"""Engines and sessions, and the one place that commits."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from app.db.batches import BatchingSession

SQLITE_BUSY_MS = 15_000
POOL_SIZE = 10
POOL_OVERFLOW = 20
NO_BEGIN = "no_begin"


class Database:
    """One database: `transaction()` to write, `reader()` to read."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=POOL_OVERFLOW,
            pool_pre_ping=not self.is_sqlite,
            json_serializer=_dumps,
        )
        # On SQLite a connection begins nothing by itself. Asked for an isolation level, SQLAlchemy
        # would set it with a PRAGMA before and after each use.
        without = {NO_BEGIN: True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._autocommit = self.engine.execution_options(**without)
        self._session = async_sessionmaker(
            self.engine, sync_session_class=BatchingSession, expire_on_commit=False
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends well, and rolled back if not."""
        async with self._session() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AsyncConnection]:
        """A connection for SELECTs, outside any transaction."""
        async with self._autocommit.connect() as connection:
            yield connection

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not open transactions on its own: _begin_sqlite does, with the right kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails under contention at once;
    # an immediate one waits its turn. Readers need none.
    if not connection.get_execution_options().get(NO_BEGIN):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
