"""Is it alive, is it ready."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from app.api import health
from app.api.runtime import Runtime, Signals
from app.db import jobs
from app.db.session import Database
from app.main import create_app
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

LATE = timedelta(minutes=10)


async def ask(app: FastAPI, path: str) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://hotseat.test"
    ) as client:
        return await client.get(path)


async def test_livez_touches_nothing(runtime: Runtime) -> None:
    """There is not even a database that it could ask."""
    app = create_app(replace(runtime, database=cast("Database", None)))
    answer = await ask(app, "/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_ready_process(app: FastAPI, empty_database: Database) -> None:
    answer = await ask(app, "/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "draining": False,
        "checks": {"database": "ok", "schema": "ok", "worker": "ok"},
        "oldest_due_seconds": 0,
    }


async def refused(runtime: Runtime, **changes: Any) -> dict[str, Any]:
    answer = await ask(create_app(replace(runtime, **changes)), "/readyz")
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"]) == (503, "unavailable")
    return body


async def test_a_process_that_drains(runtime: Runtime) -> None:
    signals = Signals()
    signals.stopping.set()
    body = await refused(runtime, signals=signals)
    assert (body["draining"], body["checks"]["database"]) == (True, "ok")


async def test_a_database_that_is_not_there(runtime: Runtime, tmp_path: Path) -> None:
    gone = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such.db'}")
    body = await refused(runtime, database=gone)
    assert body["checks"] == {"database": "unavailable", "schema": "unavailable", "worker": "ok"}
    assert body["oldest_due_seconds"] is None
    assert "such.db" not in str(body)
    await gone.dispose()


async def test_another_schema(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "newest_revision", lambda: "9999")
    body = await refused(runtime)
    assert body["checks"] == {"database": "ok", "schema": "unavailable", "worker": "ok"}


async def test_workers_that_lag(
    runtime: Runtime,
    app: FastAPI,
    empty_database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    """It is told; it makes a process unready only where the settings say so."""
    due = clock.now() - LATE
    async with empty_database.transaction() as session:
        job = jobs.NewJob(tenant.workspace_id, "deliver", "1")
        await jobs.enqueue(session, [job], due)
    answer = await ask(app, "/readyz")
    assert (answer.status_code, answer.json()["oldest_due_seconds"]) == (200, 600)

    strict = {"max_worker_lag_seconds": 599}
    body = await refused(runtime, settings=runtime.settings.model_copy(update=strict))
    assert body["checks"]["worker"] == "late"
    patient = {"max_worker_lag_seconds": 600}
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update=patient)))
    assert (await ask(app, "/readyz")).status_code == 200
