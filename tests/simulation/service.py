"""The service as the simulation meets it: the HTTP API, a worker, and a clock moved by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.db.models import Job, Meeting
from app.db.session import Database
from app.domain import ids
from app.worker.runner import Runner
from tests.support.clock import ManualClock


class Service:
    """Calls, and what falls due between them. `calls` counts requests by method."""

    def __init__(
        self, client: httpx.AsyncClient, runner: Runner, database: Database, clock: ManualClock
    ) -> None:
        self._client, self._runner, self._database, self._clock = client, runner, database, clock
        self.calls: Counter[str] = Counter()

    @property
    def now(self) -> dt.datetime:
        return self._clock.now()

    def move_clock(self, to: dt.datetime) -> None:
        if to < self.now:
            raise ValueError(f"the clock does not go back from {self.now} to {to}")
        self._clock.set(to)

    async def get(self, path: str, **params: Any) -> Any:
        return self._read(await self._call("GET", path, params=params))

    async def all(self, path: str, **params: Any) -> list[Any]:
        """Everything that a list has, page by page."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=100, **params, **cursor)
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def post(self, path: str, body: Any = None, **params: Any) -> Any:
        return self._read(await self._call("POST", path, json=body, params=params))

    async def put(self, path: str, body: Any) -> Any:
        return self._read(await self._call("PUT", path, json=body))

    async def patch(self, path: str, body: Any) -> Any:
        return self._read(await self._call("PATCH", path, json=body))

    async def delete(self, path: str) -> Any:
        return self._read(await self._call("DELETE", path))

    async def attempt(self, path: str, body: Any, *refusals: str) -> Any | None:
        """What POST answers, or None where it is refused for one of these reasons."""
        response = await self._call("POST", path, json=body)
        if response.status_code == httpx.codes.CONFLICT and _code(response, refusals):
            return None
        return self._read(response)

    async def work(self) -> None:
        """Let the worker do all that is due; no job may fail."""
        await self._runner.run_until_idle()
        async with self._database.transaction() as session:
            failed = (await session.scalars(select(Job).where(Job.last_error.is_not(None)))).all()
        assert not failed, [f"{job.kind}: {job.last_error}" for job in failed]

    async def role_ledger(self, group_id: str) -> dict[tuple[str, str], float]:
        """Credit by role and member, as it is kept with the last held meeting: the API shows what
        follows of it, and not the ledger itself.
        """
        query = (
            select(Meeting.standings)
            .where(Meeting.group_id == ids.decode("group", group_id), Meeting.state == "held")
            .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
            .limit(1)
        )
        async with self._database.reader() as reader:
            kept = (await reader.execute(query)).scalar_one_or_none()
        return {
            (role, ids.encode("membership", UUID(who))): credit
            for who, role, credit in (kept or {"roles": []})["roles"]
        }

    async def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.calls[method] += 1
        response = await self._client.request(method, path, **more)
        assert response.status_code < httpx.codes.INTERNAL_SERVER_ERROR, (path, response.text)
        return response

    @staticmethod
    def _read(response: httpx.Response) -> Any:
        request = response.request
        assert response.is_success, (
            f"{request.method} {request.url} {request.content.decode()} -> "
            f"{response.status_code} {response.text}"
        )
        return response.json() if response.content else None


def _code(response: httpx.Response, refusals: Collection[str]) -> bool:
    return response.json()["code"] in refusals
