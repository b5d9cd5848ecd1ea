"""`kill -9` of real workers at random moments: nothing is lost, and nothing is done twice."""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.db import jobs
from app.db.jobs import NewJob
from app.db.models import Event, Job
from app.db.session import Database
from tests.support.slow_worker import KIND, WORK_SECONDS
from tests.support.tenants import Tenant

ROOT = Path(__file__).parents[2]
SOAK = bool(os.environ.get("HOTSEAT_SOAK"))
ROUNDS = 100 if SOAK else 3
JOBS = 12
LEASE_SECONDS = 1.0
Worker = asyncio.subprocess.Process


@pytest.fixture
async def start(
    database_url: str,
) -> AsyncIterator[Callable[[], Coroutine[Any, Any, Worker]]]:
    started: list[Worker] = []

    async def start() -> Worker:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.slow_worker",
            database_url,
            str(LEASE_SECONDS),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def queue(database: Database, tenant: Tenant, keys: list[str]) -> None:
    now = datetime.now(UTC)
    async with database.transaction() as session:
        await jobs.enqueue(session, [NewJob(tenant.workspace_id, KIND, k) for k in keys], now)


async def until_begun(worker: Worker, keys: list[str]) -> None:
    """Waits for the worker's word among the lines that it logs."""
    assert worker.stdout is not None
    begun = {f"begun {key}\n" for key in keys}
    async with asyncio.timeout(60):
        while (line := (await worker.stdout.readline()).decode()) not in begun:
            assert line, "the worker has come to an end by itself"


async def until_done(database: Database) -> int:
    """Waits until no job is left; how many were begun more than once meanwhile."""
    again: set[str] = set()
    async with asyncio.timeout(60):
        while True:
            async with database.reader() as connection:
                left = (await connection.execute(select(Job.key, Job.attempts))).all()
            if not left:
                return len(again)
            again |= {job.key for job in left if job.attempts > 1}
            await asyncio.sleep(0.03)


async def effects(database: Database) -> Counter[str]:
    async with database.transaction() as session:
        return Counter([event.data["key"] for event in await session.scalars(select(Event))])


@pytest.mark.soak
async def test_killed_workers_lose_nothing(
    database: Database, tenant: Tenant, start: Callable[[], Coroutine[Any, Any, Worker]]
) -> None:
    dice = random.Random(0)
    workers = [await start(), await start()]
    repeated = 0
    for number in range(ROUNDS):
        keys = [f"{number}:{job}" for job in range(JOBS)]
        await queue(database, tenant, keys)
        victim = workers.pop(0)
        await until_begun(victim, keys)
        await asyncio.sleep(dice.random() * 2 * WORK_SECONDS)
        victim.kill()
        await victim.wait()
        workers.append(await start())
        repeated += await until_done(database)
        assert await effects(database) == {
            f"{each}:{job}": 1 for each in range(number + 1) for job in range(JOBS)
        }
    sys.stdout.write(f"{ROUNDS} workers killed: {repeated} jobs begun again, none done twice\n")
    assert repeated > 0, "no worker was killed at work"


async def test_a_terminated_worker_finishes_what_it_has_begun(
    database: Database, tenant: Tenant, start: Callable[[], Coroutine[Any, Any, Worker]]
) -> None:
    worker = await start()
    keys = ["a", "b"]
    await queue(database, tenant, keys)
    await until_begun(worker, keys)
    worker.terminate()
    async with asyncio.timeout(30):
        assert await worker.wait() == 0
    done = await effects(database)
    async with database.transaction() as session:
        left = {job.key: job.attempts for job in await session.scalars(select(Job))}
    assert set(done) | set(left) == set(keys)
    assert done.total() >= 1
    assert set(left.values()) <= {0}
