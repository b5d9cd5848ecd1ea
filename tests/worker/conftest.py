"""Workers look across all tenants, so their tests begin with an empty database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from app.api.runtime import Runtime
from app.db.session import Database
from app.worker.runner import Runner
from tests.support import radicale, xandikos
from tests.support.calendar_server import CalendarServer
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant, make_tenant
from tests.support.walls import OWNER, Walled


@pytest.fixture
async def tenant(empty_database: Database, clock: ManualClock) -> Tenant:
    return await make_tenant(empty_database)


@pytest.fixture(scope="session")
async def worker_database(
    request: pytest.FixtureRequest, database: Database, database_url: str
) -> AsyncIterator[Database]:
    """The database as a worker has it: in its own role, where there are roles."""
    if OWNER not in database_url:
        yield database
        return
    walled: Walled = request.getfixturevalue("walled")
    behind = Database(walled.worker)
    yield behind
    await behind.dispose()


@pytest.fixture
async def runner(
    runtime: Runtime, worker_database: Database, tenant: Tenant
) -> AsyncIterator[Runner]:
    """A worker on the app's clock with all duties and tasks, to be run until it is idle."""
    runner = Runner(worker_database, runtime.keyring, runtime.settings, runtime.clock)
    yield runner
    await runner.close()


CALENDAR_SERVERS = {"radicale": radicale.running, "xandikos": xandikos.running}


@pytest.fixture(scope="session")
def calendar_servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, CalendarServer]]:
    with ExitStack() as running:
        yield {
            name: running.enter_context(start(tmp_path_factory.mktemp(name)))
            for name, start in CALENDAR_SERVERS.items()
        }


@pytest.fixture(params=CALENDAR_SERVERS)
def server(
    request: pytest.FixtureRequest, calendar_servers: dict[str, CalendarServer]
) -> CalendarServer:
    """A real CalDAV server; a test that uses it runs against each kind."""
    return calendar_servers[request.param]


@pytest.fixture
def calendar(server: CalendarServer, tenant: Tenant) -> str:
    """The URL of an empty calendar of the test's own."""
    return server.make_calendar(tenant.workspace_id.hex)
