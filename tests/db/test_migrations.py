"""Every migration goes up and down again with a row in every table, on both databases."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from app.db.base import Base
from app.db.migrate import alembic_config, current_revision, newest_revision, upgrade
from app.db.session import Database
from tests.support.populate import populate
from tests.support.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"migrations_{worker_id}"
    yield server.create_database(name)
    server.drop_database(name)


async def _populated(url: str) -> dict[str, int]:
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            return await populate(connection, Base.metadata)
    finally:
        await database.dispose()


async def _tables_and_revision(url: str) -> tuple[set[str], str | None]:
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        return set(names), await current_revision(database)
    finally:
        await database.dispose()


def test_up_down_and_up_again_with_a_row_in_every_table(empty_url: str) -> None:
    upgrade(empty_url)
    rows = asyncio.run(_populated(empty_url))
    assert set(rows) == set(Base.metadata.tables)
    assert all(number == 1 for number in rows.values())

    command.downgrade(alembic_config(empty_url), "base")
    assert asyncio.run(_tables_and_revision(empty_url)) == ({"alembic_version"}, None)

    upgrade(empty_url)
    tables, revision = asyncio.run(_tables_and_revision(empty_url))
    assert tables == {*Base.metadata.tables, "alembic_version"}
    assert revision == newest_revision()


def test_the_models_and_the_migrations_agree(empty_url: str) -> None:
    upgrade(empty_url)
    command.check(alembic_config(empty_url))
