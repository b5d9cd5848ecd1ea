"""The worker's loop: failures, drain, wake, limits. Tasks here are made up."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from app.api.runtime import Runtime
from app.db import jobs
from app.db.jobs import Claim, NewJob
from app.db.models import Event, Job
from app.db.outbox import record
from app.db.session import Database
from app.worker.context import Context, Task
from app.worker.runner import MAX_ATTEMPTS, Runner
from app.worker.schedule import Duty
from tests.conftest import MONDAY
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

KIND = "test"
LEASE = timedelta(seconds=60)
MakeRunner = Callable[..., Runner]


@pytest.fixture
async def make_runner(runtime: Runtime, tenant: Tenant) -> AsyncIterator[MakeRunner]:
    async with AsyncExitStack() as stack:

        def make(task: Task, duties: Sequence[Duty] = (), **settings: Any) -> Runner:
            runner = Runner(
                runtime.database,
                runtime.keyring,
                runtime.settings.model_copy(update={"worker_poll_seconds": 60.0, **settings}),
                runtime.clock,
                tasks={KIND: task},
                duties=duties,
            )
            stack.push_async_callback(runner.close)
            return runner

        yield make


async def queue(database: Database, tenant: Tenant, *keys: str) -> None:
    async with database.transaction() as session:
        await jobs.enqueue(session, [NewJob(tenant.workspace_id, KIND, k) for k in keys], MONDAY)


async def rows(database: Database) -> list[Job]:
    async with database.transaction() as session:
        return list(await session.scalars(select(Job)))


def lost_leases() -> float:
    labels = {"kind": KIND, "outcome": "lease_lost"}
    return REGISTRY.get_sample_value("hotseat_jobs_total", labels) or 0.0


async def finish(context: Context, claim: Claim) -> None:
    async with context.database.transaction() as session:
        await jobs.finish(session, claim)


async def test_failures_back_off_and_are_buried_in_the_end(
    database: Database, tenant: Tenant, clock: ManualClock, make_runner: MakeRunner
) -> None:
    begun = []

    async def fail(_context: Context, claim: Claim) -> None:
        begun.append(claim.claimed_at)
        raise ValueError("no luck")

    await queue(database, tenant, "job")
    runner = make_runner(fail)
    for _ in range(MAX_ATTEMPTS + 3):
        await runner.run_until_idle()
        (job,) = await rows(database)
        if job.run_at > clock.now():
            clock.set(job.run_at)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(begun)]
    assert waits == [5, 20, 80, 320, 1280, 3600, 3600]
    assert (job.state, job.attempts, job.last_error) == ("dead", 8, "ValueError")


async def test_a_job_that_never_comes_back_is_buried_without_another_run(
    database: Database, tenant: Tenant, clock: ManualClock, make_runner: MakeRunner
) -> None:
    await queue(database, tenant, "poison")
    for _ in range(MAX_ATTEMPTS):
        async with database.transaction() as session:
            assert await jobs.claim(session, now=clock.now(), lease=LEASE, limit=1)
        clock.advance(LEASE)

    async def never(_context: Context, _claim: Claim) -> None:
        raise AssertionError

    await make_runner(never).run_until_idle()
    (job,) = await rows(database)
    assert (job.state, job.last_error) == ("dead", "AbandonedError")


async def test_a_task_is_stopped_before_its_lease_ends(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    async def hang(_context: Context, _claim: Claim) -> None:
        await asyncio.sleep(60)

    await queue(database, tenant, "job")
    await make_runner(hang, worker_lease_seconds=0.2).run_until_idle()
    (job,) = await rows(database)
    assert (job.state, job.attempts, job.last_error) == ("queued", 1, "TimeoutError")


async def test_a_task_that_is_stopped_when_it_has_settled_itself_has_lost_its_lease(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    async def linger(context: Context, claim: Claim) -> None:
        await finish(context, claim)
        raise TimeoutError

    await queue(database, tenant, "job")
    before = lost_leases()
    await make_runner(linger).run_until_idle()
    assert await rows(database) == []
    assert lost_leases() - before == 1


async def test_slow_jobs_leave_places_to_the_others(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    ended, done = asyncio.Event(), asyncio.Event()
    begun: list[str] = []

    async def work(context: Context, claim: Claim) -> None:
        begun.append(claim.key)
        if claim.slow:
            await ended.wait()
        elif sum(key.startswith("quick") for key in begun) == 20:
            done.set()
        await finish(context, claim)

    async with database.transaction() as session:
        new = [
            NewJob(
                tenant.workspace_id, KIND, f"{pace} {number}", run_at=due_at, slow=pace == "slow"
            )
            for pace, count, due_at in (("slow", 100, MONDAY - LEASE), ("quick", 20, MONDAY))
            for number in range(count)
        ]
        await jobs.enqueue(session, new, MONDAY)
    runner = make_runner(work, worker_concurrency=16)
    working = asyncio.create_task(runner.run())
    async with asyncio.timeout(60):
        await done.wait()
    assert sum(key.startswith("slow") for key in begun) == 4, "a quarter of 16"
    ended.set()
    await runner.stop()
    await working


async def test_an_unknown_kind_is_kept_for_a_worker_that_knows_it(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    async with database.transaction() as session:
        await jobs.enqueue(session, [NewJob(tenant.workspace_id, "newer", "job")], MONDAY)
    await make_runner(finish).run_until_idle()
    (job,) = await rows(database)
    assert (job.state, job.last_error) == ("queued", "KeyError")


async def test_work_that_outlived_its_lease_is_rolled_back(
    database: Database, tenant: Tenant, clock: ManualClock, make_runner: MakeRunner
) -> None:
    async def dawdle(context: Context, claim: Claim) -> None:
        if claim.attempts == 1:
            clock.advance(LEASE)
            async with context.database.transaction() as session:
                await jobs.claim(session, now=clock.now(), lease=LEASE, limit=1)
        async with context.database.transaction() as session:
            record(
                session, workspace_id=claim.workspace_id, type="endpoint.test", data={}, now=MONDAY
            )
            await session.flush()
            await jobs.finish(session, claim)

    await queue(database, tenant, "job")
    before = lost_leases()
    await make_runner(dawdle).run_until_idle()
    after = lost_leases()
    async with database.transaction() as session:
        assert (await session.scalars(select(Event))).all() == []
    (job,) = await rows(database)
    assert job.attempts == 2, "it belongs to the second claim"
    assert after - before == 1


async def test_no_more_jobs_run_at_once_than_the_setting_says(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    running, most = 0, 0

    async def work(context: Context, claim: Claim) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await finish(context, claim)

    await queue(database, tenant, *"abcdefgh")
    await make_runner(work, worker_concurrency=3).run_until_idle()
    assert most == 3
    assert await rows(database) == []


async def test_a_woken_worker_does_not_wait_for_its_next_look(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    done = asyncio.Event()

    async def work(context: Context, claim: Claim) -> None:
        await finish(context, claim)
        done.set()

    runner = make_runner(work)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0.1)
    await queue(database, tenant, "job")
    runner.wake()
    await asyncio.wait_for(done.wait(), 5)
    await runner.stop()
    await running


async def test_duties_are_polled_for_whoever_wakes_the_worker_and_not_for_each_job(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    polls: asyncio.Queue[None] = asyncio.Queue()
    done: asyncio.Queue[None] = asyncio.Queue()

    async def find(*_: object) -> Sequence[NewJob]:
        polls.put_nowait(None)
        return ()

    async def work(context: Context, claim: Claim) -> None:
        await finish(context, claim)
        done.put_nowait(None)

    await queue(database, tenant, *"abcdef")
    runner = make_runner(work, [Duty("duty", timedelta(0), find)], worker_concurrency=1)
    running = asyncio.create_task(runner.run())
    for _ in range(6):
        await asyncio.wait_for(done.get(), 30)
    assert polls.qsize() == 1
    polls.get_nowait()
    runner.wake()
    await asyncio.wait_for(polls.get(), 20)
    await runner.stop()
    await running


async def test_stopping_lets_work_finish_and_claims_nothing_more(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(context: Context, claim: Claim) -> None:
        begun.set()
        await go_on.wait()
        await finish(context, claim)

    await queue(database, tenant, "first")
    runner = make_runner(work, worker_concurrency=1)
    running = asyncio.create_task(runner.run())
    await begun.wait()
    stopping = asyncio.create_task(runner.stop())
    await queue(database, tenant, "second")
    await asyncio.sleep(0.05)
    go_on.set()
    await asyncio.wait_for(asyncio.gather(stopping, running), 5)
    (left,) = await rows(database)
    assert (left.key, left.attempts) == ("second", 0)


async def test_what_does_not_finish_within_the_grace_period_is_given_back(
    database: Database, tenant: Tenant, make_runner: MakeRunner
) -> None:
    begun = asyncio.Event()

    async def hang(_context: Context, _claim: Claim) -> None:
        begun.set()
        await asyncio.sleep(60)

    await queue(database, tenant, "job")
    runner = make_runner(hang, grace_seconds=0.1)
    running = asyncio.create_task(runner.run())
    await begun.wait()
    await asyncio.wait_for(runner.stop(), 5)
    await running
    (left,) = await rows(database)
    assert (left.run_at, left.attempts, left.token) == (MONDAY, 0, None)


async def test_a_database_that_is_away_does_not_end_the_worker(
    database: Database,
    tenant: Tenant,
    make_runner: MakeRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = jobs.claim
    calls = 0

    async def flaky(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("away")
        return await real(*args, **options)

    monkeypatch.setattr(jobs, "claim", flaky)
    done = asyncio.Event()

    async def work(context: Context, claim: Claim) -> None:
        await finish(context, claim)
        done.set()

    await queue(database, tenant, "job")
    runner = make_runner(work, worker_poll_seconds=0.05)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()
    await running
    assert calls >= 2
