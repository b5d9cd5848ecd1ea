"""Fixtures of everything above the domain: both databases, an app on a clock, tenants to call it.

Tests don't clean up: each brings a workspace of its own, and tenants don't see one another. What
looks across tenants (the worker) asks for `empty_database`.
"""

from collections.abc import AsyncIterator
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
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant, empty, make_tenant

pytest_plugins = ["tests.support.postgres_plugin"]

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def pytest_hotseat_postgres_template(dsn: str) -> None:
    upgrade(dsn)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    path: Path = tmp_path_factory.mktemp("sqlite") / "hotseat.db"
    url = f"sqlite+aiosqlite:///{path}"
    upgrade(url)
    return url


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
def session_clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture(scope="session")
def runtime(database_url: str, database: Database, session_clock: ManualClock) -> Runtime:
    settings = Settings(
        database_url=database_url,
        allowed_networks=("127.0.0.0/8",),
        public_url="http://hotseat.test",
        calls_per_minute=0,
        max_webhook_endpoints=1000,
        failed_auth_per_minute=0,
    )
    return Runtime(settings, database, Keyring([new_key()]), session_clock)


@pytest.fixture(scope="session")
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


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
