"""What PostgreSQL itself refuses, whatever a query of ours forgets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import jobs
from app.db.base import Base, new_id
from app.db.models import ApiKey, Job, Person, WebhookEndpoint, Workspace
from app.db.queries import api_keys
from app.db.rls import (
    API_ROLE,
    COUNTED,
    KEYS,
    WallError,
    lower_wall,
    raise_wall,
    standing,
    walled_tables,
)
from app.db.session import Database
from app.domain.api_keys import key_hash
from tests.conftest import MONDAY
from tests.support.populate import populate
from tests.support.postgres import PostgresServer
from tests.support.tenants import Tenant, empty, make_tenant
from tests.support.walls import Walled, make_walled

TABLES = walled_tables()


@pytest.fixture(scope="module")
async def owner(walled: Walled) -> AsyncIterator[Database]:
    """All workspaces, among them one with a row in every table."""
    database = Database(walled.owner, all_workspaces=True)
    await empty(database)
    async with database.transaction() as session:
        await populate(await session.connection(), Base.metadata)
    yield database
    await empty(database)
    await database.dispose()


@pytest.fixture(scope="module")
async def api(walled: Walled, owner: Database) -> AsyncIterator[Database]:
    database = Database(walled.api, row_level_security=True)
    yield database
    await database.dispose()


@pytest.fixture(scope="module")
async def worker(walled: Walled, owner: Database) -> AsyncIterator[Database]:
    database = Database(walled.worker)
    yield database
    await database.dispose()


@pytest.fixture(scope="module")
async def tenant(owner: Database) -> Tenant:
    return await make_tenant(owner)


async def rows(connection: AsyncConnection, table: Table) -> int:
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


def test_every_table_of_tenants_rows_is_behind_the_wall() -> None:
    assert {table.name for table in TABLES} == set(Base.metadata.tables)


async def test_who_names_no_workspace_sees_nothing(owner: Database, api: Database) -> None:
    async with owner.reader() as seen, api.reader() as blind:
        for table in TABLES:
            assert await rows(seen, table) == 1, table.name
            assert await rows(blind, table) == 0, table.name


async def test_who_names_a_workspace_sees_it_alone(
    owner: Database, api: Database, tenant: Tenant
) -> None:
    async with owner.reader() as connection:
        other = await connection.scalar(
            select(Workspace.id).where(Workspace.id != tenant.workspace_id)
        )
    async with api.reader(tenant.workspace_id) as own, api.reader(other) as theirs:
        for table in TABLES:
            assert await rows(theirs, table) == 1, table.name
        assert await rows(own, Base.metadata.tables["people"]) == 0
        assert list(await own.scalars(select(Workspace.id))) == [tenant.workspace_id]


async def test_the_name_ends_with_its_transaction(api: Database, tenant: Tenant) -> None:
    """Were it the session's, the next request on the connection would begin in that workspace."""
    single = Database(str(api.engine.url.render_as_string(hide_password=False)), pool_size=1)
    single.row_level_security = True
    try:
        async with single.reader(tenant.workspace_id) as connection:
            assert await rows(connection, Base.metadata.tables["workspaces"]) == 1
        async with single.reader() as connection:
            assert await rows(connection, Base.metadata.tables["workspaces"]) == 0
    finally:
        await single.dispose()


def person(workspace_id: Any) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "id": new_id(),
        "name": "Jack",
        "time_zone": "Europe/London",
        "metadata_": {},
        "version": 1,
        "created_at": MONDAY,
        "updated_at": MONDAY,
    }


async def test_a_row_of_another_workspace_cannot_be_written(
    owner: Database, api: Database, tenant: Tenant
) -> None:
    stranger = (await make_tenant(owner)).workspace_id
    for named in (tenant.workspace_id, None):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with api.transaction(named) as session:
                await session.execute(insert(Person).values(**person(stranger)))
    async with api.transaction(tenant.workspace_id) as session:
        session.add(Person(**person(tenant.workspace_id)))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with api.transaction(tenant.workspace_id) as session:
            await session.execute(update(Person).values(workspace_id=stranger))


async def test_what_is_not_seen_is_not_changed_or_removed(owner: Database, api: Database) -> None:
    async with api.transaction(new_id()) as session:
        for table in TABLES:
            await session.execute(table.delete())
    async with owner.reader() as connection:
        for table in TABLES:
            assert await rows(connection, table) >= 1, table.name


async def test_a_key_shows_itself_and_its_workspace(api: Database, tenant: Tenant) -> None:
    hashed = key_hash(tenant.key)
    async with api.key_reader(hashed) as connection:
        found = await api_keys.find_by_hash(connection, hashed)
        assert found is not None
        assert found.workspace_id == tenant.workspace_id
        assert list(await connection.scalars(select(ApiKey.key_hash))) == [hashed]
        assert list(await connection.scalars(select(Workspace.id))) == [tenant.workspace_id]
        assert await rows(connection, Base.metadata.tables["people"]) == 0
        changed = await connection.execute(update(ApiKey).values(name="stolen"))
        assert changed.rowcount == 0


async def test_counting_shows_what_waits_and_nothing_else(api: Database) -> None:
    async with api.counting_reader() as connection:
        seen = {table.name for table in TABLES if await rows(connection, table)}
        assert seen == set(COUNTED)
        assert (await jobs.backlog(connection, MONDAY))[0] == 1
        for model in (Job, WebhookEndpoint):
            assert (await connection.execute(delete(model))).rowcount == 0


async def test_a_worker_sees_all_workspaces_and_no_key(worker: Database) -> None:
    for table in TABLES:
        async with worker.reader() as connection:
            if table.name == KEYS:
                with pytest.raises(DBAPIError, match="permission denied"):
                    await rows(connection, table)
            else:
                assert await rows(connection, table) >= 1, table.name


async def test_the_owner_sees_nothing_unless_it_says_so(walled: Walled, owner: Database) -> None:
    """FORCE: a service that connects as the owner by mistake stands before empty tables."""
    silent = Database(walled.owner)
    try:
        async with silent.reader() as connection:
            for table in TABLES:
                assert await rows(connection, table) == 0, table.name
    finally:
        await silent.dispose()


async def test_no_role_steps_over_the_wall(walled: Walled, owner: Database) -> None:
    query = text(
        "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND rolname LIKE 'hotseat%'"
    )
    async with owner.reader() as connection:
        assert (await connection.execute(query)).all() == []


async def test_a_role_that_would_step_over_is_refused(
    postgres: PostgresServer, walled: Walled
) -> None:
    database = Database(walled.owner)
    postgres.execute(f"ALTER ROLE {API_ROLE} BYPASSRLS")
    try:
        with pytest.raises(WallError, match="BYPASSRLS"):
            await raise_wall(database)
    finally:
        postgres.execute(f"ALTER ROLE {API_ROLE} NOBYPASSRLS")
        await database.dispose()


def test_the_wall_is_lowered_and_raised_again(postgres: PostgresServer, worker_id: str) -> None:
    name = f"lowered_{worker_id}"
    walled = make_walled(postgres, name)

    async def run() -> None:
        owner, api = Database(walled.owner, all_workspaces=True), Database(walled.api)
        try:
            await make_tenant(owner)
            workspaces = Base.metadata.tables["workspaces"]
            for act, seen in ((lower_wall, 1), (raise_wall, 0), (raise_wall, 0)):
                await act(owner)
                found = await standing(api)
                assert (found.raised, found.applies) == (not seen, not seen)
                assert (found.api, found.worker) == (True, False)
                async with api.reader() as connection:
                    assert await rows(connection, workspaces) == seen
        finally:
            await owner.dispose()
            await api.dispose()

    asyncio.run(run())
    postgres.drop_database(name)
