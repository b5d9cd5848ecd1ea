"""Fixtures of everything above the domain: both databases, an app on a clock, tenants to call it.

Tests don't clean up: each brings a workspace of its own, and tenants don't see one another. What
looks across tenants (the worker) asks for `empty_database`.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.adapters.keyring import Keyring, new_key
from app.api.runtime import Runtime
from app.db.migrate import upgrade
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from tests.support import declared
from tests.support.clock import ManualClock
from tests.support.postgres import PostgresServer
from tests.support.tenants import Tenant, empty, make_tenant
from tests.support.walls import OWNER, Walled, is_walled, make_walled

pytest_plugins = ["tests.support.postgres_plugin", "tests.support.enumeration"]

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


OF_REQUESTS = {"tests.contract.test_enumeration_bodies", "tests.contract.test_enumeration_methods"}
"""What is refused before the database is asked for more than the key: one kind of it is enough."""


def pytest_hotseat_postgres_template(dsn: str) -> None:
    upgrade(dsn)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of storage runs on both databases, some behind row-level security as well."""
    if "database_url" in metafunc.fixturenames:
        kinds = ["sqlite", "postgres"]
        if metafunc.module.__name__ in OF_REQUESTS:
            kinds.remove("postgres")
        if is_walled(metafunc.module.__name__):
            kinds.append("walled")
        metafunc.parametrize("database_url", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def walled(postgres: PostgresServer, worker_id: str) -> Iterator[Walled]:
    """A PostgreSQL database with row-level security, as its owner, the API and a worker see it."""
    name = f"hotseat_walled_{worker_id}"
    yield make_walled(postgres, name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "walled":
        owner: str = request.getfixturevalue("walled").owner
        return owner
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    path: Path = tmp_path_factory.mktemp("sqlite") / "hotseat.db"
    url = f"sqlite+aiosqlite:///{path}"
    upgrade(url)
    return url


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, all_workspaces=True)
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
async def api_database(
    request: pytest.FixtureRequest, database_url: str, database: Database
) -> AsyncIterator[Database]:
    """The database as the API has it: behind the wall, if there is one."""
    if OWNER not in database_url:
        yield database
        return
    walled: Walled = request.getfixturevalue("walled")
    behind = Database(walled.api, row_level_security=True)
    yield behind
    await behind.dispose()


@pytest.fixture(scope="session")
def session_clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture(scope="session")
def runtime(database_url: str, api_database: Database, session_clock: ManualClock) -> Runtime:
    settings = Settings(
        database_url=database_url,
        allowed_networks=("127.0.0.0/8",),
        public_url="http://hotseat.test",
        calls_per_minute=0,
        max_webhook_endpoints=1000,
        failed_auth_per_minute=0,
        request_timeout_seconds=300,
    )
    return Runtime(settings, api_database, Keyring([new_key()]), session_clock)


@pytest.fixture(scope="session")
def app(runtime: Runtime) -> FastAPI:
    app = create_app(runtime)
    app.add_middleware(declared.Listening)
    return app


@pytest.fixture(autouse=True)
def _declared_problems() -> Iterator[None]:
    """Whatever the app refuses in a test, its document declares."""
    yield
    found = sorted(set(declared.undeclared))
    declared.undeclared.clear()
    assert found == [], "declare it: see tests/contract/test_problems.py"


@pytest.fixture
def clock(session_clock: ManualClock) -> ManualClock:
    """The app's clock, set to a Monday morning at the start of each test."""
    session_clock.set(MONDAY)
    return session_clock


@pytest.fixture
async def tenant(database: Database, clock: ManualClock) -> Tenant:
    return await make_tenant(database)


@pytest.fixture
async def client(app: FastAPI, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """The API as a tenant of the test's own sees it, with a key of all scopes."""
    async with tenant.client(app) as client:
        yield client


@pytest.fixture
async def other_client(app: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The same API as another tenant."""
    async with (await make_tenant(database)).client(app) as client:
        yield client


@pytest.fixture
async def empty_database(database: Database) -> Database:
    """The database without a row, for what looks across all tenants."""
    await empty(database)
    return database
