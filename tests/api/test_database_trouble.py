"""A database that goes away is told as such, and nothing of what was confided ends in a log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from io import StringIO
from uuid import UUID

import aiosmtplib
import asyncpg
import httpx
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import SessionDep, WorkspaceDep
from app.api.route import router
from app.api.runtime import Runtime
from app.db.models import Person
from app.db.session import Database
from app.main import create_app
from app.services.people import create_person
from app.telemetry import configure_logging
from app.traces import told, trace
from tests.api.test_kernel import check_problem
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

CLARA = {
    "name": "Clara Confidential",
    "email": "clara@confidential.example",
    "time_zone": "UTC",
    "background": {"goals": "To leave before the confidential spring"},
}
Logged = Callable[[], str]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The lines that the process has logged."""
    before, stream = structlog.get_config(), StringIO()
    configure_logging(level="debug", json=True)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(stream))
    yield stream.getvalue
    structlog.configure(**before)


@pytest.fixture
async def nowhere() -> AsyncIterator[Database]:
    """A database whose server is down: nobody listens at its port."""
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    yield database
    await database.dispose()


def check_unanswered(answer: httpx.Response) -> None:
    check_problem(answer, 503, "database_busy")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_connection_that_is_lost_in_the_middle(
    client: httpx.AsyncClient,
    tenant: Tenant,
    database: Database,
    clock: ManualClock,
    logged: Logged,
) -> None:
    if database.is_sqlite:
        pytest.skip("a file has no server that could end a connection")
    fields = {**CLARA, "external_id": None, "metadata": {}, "locale": "en"}
    async with database.transaction() as session:
        await create_person(session, tenant.workspace_id, fields, clock.now())
        waiting = asyncio.create_task(client.post("/v1/people", json=CLARA))
        await _end_who_waits(database)
        check_unanswered(await waiting)
        await session.rollback()
    lines = logged()
    assert "database_unavailable" in lines
    assert "onfidential" not in lines
    assert (await client.post("/v1/people", json=CLARA)).status_code == 201


async def _end_who_waits(database: Database) -> None:
    """Terminate the connection that waits for a lock, as soon as there is one."""
    waiting = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with database.reader() as connection:
        while not (await connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_a_pool_without_a_free_connection(
    runtime: Runtime, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for one gives up after a while."""

    def wait_in_vain() -> None:
        raise PoolTimeoutError("QueuePool limit of size 10 overflow 20 reached")

    monkeypatch.setattr(runtime.database.engine.sync_engine.pool, "connect", wait_in_vain)
    async with tenant.client(create_app(runtime)) as caller:
        check_unanswered(await caller.get("/v1/people"))


async def test_a_database_that_is_down(
    runtime: Runtime, nowhere: Database, tenant: Tenant, logged: Logged
) -> None:
    async with tenant.client(create_app(replace(runtime, database=nowhere))) as caller:
        check_unanswered(await caller.get("/v1/people"))
        check_unanswered(await caller.post("/v1/people", json=CLARA))
        check_unanswered(await caller.get(f"/calendars/{'0' * 32}-{'x' * 43}.ics"))
    assert "unhandled_error" not in logged()


SAID = "Clara Confidential"
Fault = Callable[[AsyncSession, UUID], Awaitable[object]]


async def _leaves_a_column_out(session: AsyncSession, workspace_id: UUID) -> None:
    session.add(Person(workspace_id=workspace_id, name=SAID, email="confidential", background={}))
    await session.flush()


async def _sends_no_json(session: AsyncSession, _workspace_id: UUID) -> None:
    await session.execute(text("SELECT json(:said)"), {"said": SAID})


async def _cannot_read_a_number(_session: AsyncSession, _workspace_id: UUID) -> None:
    int(SAID)


@pytest.mark.parametrize("fault", [_leaves_a_column_out, _sends_no_json, _cannot_read_a_number])
async def test_no_fault_of_ours_logs_a_text(
    runtime: Runtime, tenant: Tenant, logged: Logged, fault: Fault
) -> None:
    app = create_app(runtime)
    routes = router("people")

    @routes.post("/fail")
    async def fail(session: SessionDep, workspace_id: WorkspaceDep) -> None:
        await fault(session, workspace_id)

    app.include_router(routes, prefix="/v1")
    async with tenant.client(app) as caller:
        answer = await caller.post("/v1/fail")
    assert answer.status_code >= 409
    lines = logged()
    assert '"level": "error"' in lines or '"level": "warning"' in lines
    assert "onfidential" not in lines


async def test_an_error_of_the_database_does_not_quote_what_it_was_sent(database: Database) -> None:
    async with database.reader() as connection:
        with pytest.raises(DBAPIError) as raised:
            await connection.execute(text("SELECT no_such_function(:said)"), {"said": SAID})
    assert "Confidential" not in str(raised.value)


def test_an_error_is_told_without_what_was_in_it() -> None:
    unfit = asyncpg.exceptions.DataError(f"invalid input for query argument $1: '{SAID}'")
    refused = aiosmtplib.SMTPRecipientRefused(550, SAID, "clara@confidential.example")
    assert told(unfit) == "DataError: 22000"
    for error in (refused, KeyError(SAID), UnicodeDecodeError("utf-8", b"x", 0, 1, SAID)):
        assert told(error) == type(error).__name__
    assert told(ConnectionRefusedError(111, "Connection refused")) == (
        "ConnectionRefusedError: Connection refused"
    )


def test_a_trace_has_the_way_and_the_causes() -> None:
    try:
        _fail_for_a_reason()
    except PoolTimeoutError as error:
        shown = trace(error)
    assert shown.index("KeyError") < shown.rindex("TimeoutError")
    assert shown.count("in _fail_for_a_reason") == 2
    assert "Confidential" not in shown


def _fail_for_a_reason() -> None:
    try:
        {}[SAID]
    except KeyError as error:
        raise PoolTimeoutError(SAID) from error
