"""A request that takes too long is given up, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from app.api.deps import NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.route import router
from app.api.runtime import Runtime
from app.api.timeouts import Timeouts, point_of_no_return
from app.db.session import Database
from app.main import create_app
from app.services.people import create_person
from tests.support.tenants import Tenant

JACK = {"name": "Jack", "time_zone": "Europe/London", "locale": "en"}
Hasty = Callable[..., FastAPI]


@pytest.fixture
def hasty(runtime: Runtime) -> Hasty:
    """The service with other limits, and with handlers that hang."""

    def make(database: Database | None = None, **changes: float) -> FastAPI:
        settings = runtime.settings.model_copy(update=changes)
        app = create_app(replace(runtime, settings=settings, database=database or runtime.database))
        routes = router("people")

        @routes.post("/hang")
        async def hang(workspace_id: WorkspaceDep, session: SessionDep, now: NowDep) -> None:
            person: dict[str, Any] = {
                "email": None,
                "background": {},
                "external_id": None,
                "metadata": {},
            }
            await create_person(session, workspace_id, {**JACK, **person}, now)
            await asyncio.Event().wait()

        @routes.get("/ponder")
        async def ponder(reader: ReaderDep) -> None:
            await reader.execute(text("SELECT pg_sleep(600)"))

        app.include_router(routes, prefix="/v1")
        return app

    return make


def check_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


async def test_a_handler_that_hangs_is_cancelled_and_rolled_back(
    hasty: Hasty, tenant: Tenant, client: httpx.AsyncClient
) -> None:
    async with tenant.client(hasty(request_timeout_seconds=2.0)) as caller:
        answer = await caller.post("/v1/hang", headers={"Idempotency-Key": "1"})
        check_problem(answer, 503, "timed_out")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await client.get("/v1/people")).json()["data"] == []
        # The connection is as good as new, and the idempotency key is free again.
        made = await caller.post("/v1/people", json=JACK, headers={"Idempotency-Key": "1"})
        assert made.status_code == 201
        assert len((await caller.get("/v1/people")).json()["data"]) == 1


async def test_a_body_that_does_not_come_is_not_waited_for(hasty: Hasty, tenant: Tenant) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"name": "Jack",'
        await asyncio.Event().wait()

    async with tenant.client(hasty(slow_client_seconds=0.3)) as caller:
        headers = {"Content-Type": "application/json"}
        answer = await caller.post("/v1/people", content=half(), headers=headers)
        check_problem(answer, 408, "body_too_slow")
        assert answer.headers["Connection"] == "close"
        assert (await caller.get("/v1/people")).json()["data"] == []


async def test_who_leaves_amid_the_body_is_no_error(app: FastAPI, tenant: Tenant) -> None:
    said: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b'{"name": "Jack', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Message:
        return next(said)

    async def send(message: Message) -> None:
        raise AssertionError(f"there is nobody to be told {message}")

    headers = {"authorization": f"Bearer {tenant.key}", "content-type": "application/json"}
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/people",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    with capture_logs() as logs:
        await app(scope, receive, send)
    (told,) = (each for each in logs if each["event"] == "request")
    assert told["status"] == 499
    assert {each["log_level"] for each in logs} == {"info"}


async def test_postgresql_gives_a_statement_up(
    hasty: Hasty, tenant: Tenant, database_url: str, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no such setting")
    impatient = Database(database_url, all_workspaces=True, statement_timeout_seconds=0.5)
    async with tenant.client(hasty(impatient)) as caller:
        check_problem(await caller.get("/v1/ponder"), 503, "database_busy")
    await impatient.dispose()


async def _call(app: Any, seconds: float) -> httpx.Response:
    around = Timeouts(app, request=seconds, body=seconds)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(around), base_url="http://hotseat.test"
    ) as client:
        return await client.get("/")


async def test_what_commits_is_not_given_up() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        point_of_no_return(Request(scope, receive))
        await asyncio.sleep(0.3)
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert (await _call(app, 0.05)).status_code == 201


async def test_an_answer_that_has_begun_is_not_cut_short() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b"whole"})

    assert (await _call(app, 0.05)).text == "whole"


async def test_a_timeout_of_something_else_is_no_answer_of_ours() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise TimeoutError("of the database's driver")

    with pytest.raises(TimeoutError, match="driver"):
        await _call(app, 60)
