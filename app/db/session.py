"""Engines and sessions, and the one place that commits."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Dialect, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
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

WORKSPACE: Final = "hotseat.workspace_id"
KEY_HASH: Final = "hotseat.key_hash"
COUNTING: Final = "hotseat.counting"
ALL_WORKSPACES: Final = "hotseat.all_workspaces"
"""PostgreSQL's settings that the policies of row-level security ask for (`app.db.rls`)."""


class Database:
    """One database: `transaction()` to write, `reader()` to read.

    `row_level_security`: PostgreSQL keeps workspaces apart, so that every transaction has to name
    the workspace that it is about, and reads are transactions too. `all_workspaces`: for what the
    owner of the tables does across all of them. PostgreSQL gives a statement up after
    `statement_timeout_seconds`.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        row_level_security: bool = False,
        all_workspaces: bool = False,
        statement_timeout_seconds: float | None = None,
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.row_level_security = row_level_security
        told = {ALL_WORKSPACES: "on"} if all_workspaces and not self.is_sqlite else {}
        if statement_timeout_seconds is not None and not self.is_sqlite:
            told["statement_timeout"] = f"{statement_timeout_seconds * 1000:.0f}"
        self.engine = create_async_engine(
            url,
            connect_args={"server_settings": told} if told else {},
            pool_size=pool_size,
            max_overflow=POOL_OVERFLOW,
            pool_pre_ping=not self.is_sqlite,
            json_serializer=_dumps,
            # What members wrote stands in the parameters, and errors end up in logs.
            hide_parameters=True,
        )
        event.listen(self.engine.sync_engine, "do_connect", _connect)
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
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends well, and rolled back if not.

        It is about one workspace; none is for workers and operators.
        """
        async with self._session() as session, session.begin():
            if workspace_id is not None and self.row_level_security:
                await self.enter(await session.connection(), workspace_id)
            yield session

    @asynccontextmanager
    async def reader(self, workspace_id: UUID | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection for SELECTs about one workspace; none is for workers and operators.

        Outside any transaction, unless the database keeps workspaces apart.
        """
        async with self._readable() as connection:
            if workspace_id is not None:
                await self.enter(connection, workspace_id)
            yield connection

    @asynccontextmanager
    async def key_reader(self, key_hash: str) -> AsyncIterator[AsyncConnection]:
        """A connection that finds the key of this hash; then it can `enter` the key's workspace."""
        async with self._readable() as connection:
            await self._name(connection, KEY_HASH, key_hash)
            yield connection

    @asynccontextmanager
    async def counting_reader(self) -> AsyncIterator[AsyncConnection]:
        """A connection that counts what waits in all workspaces: jobs, deliveries, endpoints."""
        async with self._readable() as connection:
            await self._name(connection, COUNTING, "on")
            yield connection

    async def enter(self, connection: AsyncConnection, workspace_id: UUID) -> None:
        """Say which workspace the rest of a reader's work is about."""
        await self._name(connection, WORKSPACE, str(workspace_id))

    @asynccontextmanager
    async def _readable(self) -> AsyncIterator[AsyncConnection]:
        engine = self.engine if self.row_level_security else self._autocommit
        async with engine.connect() as connection:
            if self.row_level_security:
                async with connection.begin():
                    yield connection
            else:
                yield connection

    async def _name(self, connection: AsyncConnection, setting: str, value: str) -> None:
        if self.row_level_security:
            # Local to the transaction: the next user of the connection starts without it.
            await connection.execute(select(func.set_config(setting, value, True)))

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _connect(
    dialect: Dialect, _record: ConnectionPoolEntry, args: list[Any], options: dict[str, Any]
) -> DBAPIConnection:
    """A driver's connection. OperationalError, as for whatever else a database does not answer,
    where drivers let the operating system's error through.
    """
    try:
        return dialect.connect(*args, **options)
    except OSError as error:
        raise OperationalError(None, None, error, hide_parameters=True) from error


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
