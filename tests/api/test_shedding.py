"""Past so many requests at a time the next one is told so at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import islice

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from app.api.runtime import Runtime
from app.main import create_app

MOST = 5
CALLERS = 200


class Slow:
    """A service with requests that last until they are let go."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings.model_copy(update={"max_requests": MOST})
        self.app: FastAPI = create_app(replace(runtime, settings=settings))
        self.begun = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()

        @self.app.post("/slow")
        async def slow(request: Request) -> int:
            read = len(await request.body())
            self.begun.release()
            await self.go_on.wait()
            return read

        @self.app.get("/endless")
        async def endless() -> StreamingResponse:
            return StreamingResponse(self._frames())

    async def _frames(self) -> AsyncIterator[bytes]:
        self.begun.release()
        yield b"."
        await self.go_on.wait()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://hotseat.test"
        )


@pytest.fixture
def slow(runtime: Runtime) -> Slow:
    return Slow(runtime)


async def test_a_crowd_gets_its_answers_at_once(slow: Slow) -> None:
    async with slow.client() as client, asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(client.post("/slow")) for _ in range(CALLERS)]
        for _ in range(MOST):
            await slow.begun.acquire()
        for answer in islice(asyncio.as_completed(calls), CALLERS - MOST):
            assert (await answer).status_code == 503
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200
        slow.go_on.set()
    assert Counter(call.result().status_code for call in calls) == {200: MOST, 503: CALLERS - MOST}
    for call in calls:
        if call.result().status_code == 503:
            problem = call.result().json()
            assert problem["code"] == "overloaded"
            assert problem["request_id"] == call.result().headers["X-Request-Id"]
            assert call.result().headers["Retry-After"] == "1"
    async with slow.client() as client:
        assert (await client.post("/slow")).status_code == 200
        assert "hotseat_requests_shed_total 0.0" not in (await client.get("/metrics")).text


async def test_who_is_still_sending_takes_no_place(slow: Slow) -> None:
    sending = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"12"
        await sending.wait()
        yield b"34"

    async with slow.client() as client, asyncio.TaskGroup() as tasks:
        patient = [tasks.create_task(client.post("/slow", content=body())) for _ in range(MOST * 2)]
        await asyncio.sleep(0)
        quick = [tasks.create_task(client.post("/slow")) for _ in range(MOST)]
        for _ in range(MOST):
            await slow.begun.acquire()
        assert (await client.post("/slow")).status_code == 503
        sending.set()
        slow.go_on.set()
    assert {call.result().text for call in patient} == {"4"}
    assert {call.result().text for call in quick} == {"0"}


async def test_an_open_stream_takes_no_place(slow: Slow) -> None:
    async with slow.client() as client, asyncio.TaskGroup() as tasks:
        streams = []
        for _ in range(MOST * 2):
            streams.append(tasks.create_task(client.get("/endless")))
            await slow.begun.acquire()
        slow.go_on.set()
    assert {stream.result().status_code for stream in streams} == {200}
