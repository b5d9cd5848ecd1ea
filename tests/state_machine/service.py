"""The API, a worker and a clock, called from the machine's thread into the tests' event loop."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from app.api.runtime import Runtime
from app.db.models import Job
from app.db.session import Database
from app.worker.runner import Runner
from tests.support.clock import ManualClock
from tests.support.tenants import empty, make_tenant

T = TypeVar("T")


class Service:
    """`counts`: calls by what was asked and how it was answered. Each example has the database,
    a workspace and another one beside it for itself.
    """

    def __init__(self, app: FastAPI, database: Database, clock: ManualClock) -> None:
        self._app, self._database, self._clock = app, database, clock
        self._loop = asyncio.get_running_loop()
        self.counts: Counter[str] = Counter()

    def begin(self, now: datetime) -> None:
        self._clock.set(now)
        self._wait(self._begin())

    def end(self) -> None:
        self._wait(self._end())

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._wait(self._client.request(method, f"/v1/{path}", **more))

    def ask_as_another(self, path: str) -> httpx.Response:
        return self._wait(self._other.get(f"/v1/{path}"))

    def all(self, path: str, *, limit: int, **params: str) -> list[dict[str, Any]]:
        """Everything that a list has, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.ask("GET", path, params={**params, **cursor, "limit": str(limit)})
            assert answer.status_code == httpx.codes.OK, answer.text
            page = answer.json()
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def move_clock(self, now: datetime) -> None:
        """Let time go by, and a worker do what has fallen due; no job may fail."""
        self._clock.set(now)
        self._wait(self._work())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _begin(self) -> None:
        await empty(self._database)
        self._client = (await make_tenant(self._database)).client(self._app)
        self._other = (await make_tenant(self._database)).client(self._app)
        runtime: Runtime = self._app.state.runtime
        self._runner = Runner(self._database, runtime.keyring, runtime.settings, self._clock)

    async def _end(self) -> None:
        await self._client.aclose()
        await self._other.aclose()
        await self._runner.close()

    async def _work(self) -> None:
        await self._runner.run_until_idle()
        failed = select(func.min(Job.last_error)).where(Job.last_error.is_not(None))
        async with self._database.reader() as connection:
            assert (await connection.execute(failed)).scalar() is None
