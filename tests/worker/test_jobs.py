"""The job table: claimed once, fenced by tokens, never forgotten."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.db import jobs
from app.db.jobs import Claim, LeaseLostError, NewJob
from app.db.models import Event, Job
from app.db.outbox import record
from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.tenants import Tenant

MINUTE = timedelta(minutes=1)


async def queue(database: Database, tenant: Tenant, *keys: str, run_at: datetime = MONDAY) -> None:
    async with database.transaction() as session:
        new = [NewJob(tenant.workspace_id, "test", key, {"key": key}, run_at) for key in keys]
        await jobs.enqueue(session, new, MONDAY)


async def claim(
    database: Database, now: datetime = MONDAY, *, limit: int = 10, lease: timedelta = MINUTE
) -> list[Claim]:
    async with database.transaction() as session:
        return list(await jobs.claim(session, now=now, lease=lease, limit=limit))


async def rows(database: Database) -> list[Job]:
    async with database.transaction() as session:
        return list(await session.scalars(select(Job).order_by(Job.key)))


async def one(database: Database) -> Job:
    (row,) = await rows(database)
    return row


async def test_racing_claimers_claim_each_job_once(database: Database, tenant: Tenant) -> None:
    await queue(database, tenant, *(str(number) for number in range(100)))
    claimed: Counter[str] = Counter()

    async def claimer() -> None:
        while found := await claim(database, limit=7):
            claimed.update(each.key for each in found)

    await asyncio.gather(*(claimer() for _ in range(4)))
    while left := await claim(database):  # a claimer may give up after a lost race
        claimed.update(each.key for each in left)
    assert claimed == {str(number): 1 for number in range(100)}


async def test_the_longest_due_is_claimed_first_and_the_future_not(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "later", run_at=MONDAY + MINUTE)
    await queue(database, tenant, "second", run_at=MONDAY - MINUTE)
    await queue(database, tenant, "first", run_at=MONDAY - 2 * MINUTE)
    assert [each.key for each in await claim(database, limit=1)] == ["first"]
    assert [each.key for each in await claim(database)] == ["second"]
    assert await claim(database) == []


async def test_slow_jobs_are_claimed_to_their_own_limit(database: Database, tenant: Tenant) -> None:
    async with database.transaction() as session:
        new = [
            NewJob(tenant.workspace_id, "test", f"slow {number}", {}, MONDAY - MINUTE, slow=True)
            for number in range(5)
        ]
        await jobs.enqueue(session, new, MONDAY)
    await queue(database, tenant, *"abc")

    async def claimed(limit: int, slow_limit: int) -> list[bool]:
        async with database.transaction() as session:
            found = await jobs.claim(
                session, now=MONDAY, lease=MINUTE, limit=limit, slow_limit=slow_limit
            )
        return sorted(each.slow for each in found)

    assert await claimed(4, 2) == [False, False, True, True], "although slow ones are due longer"
    assert await claimed(4, 0) == [False]
    assert await claimed(2, 2) == [True, True]
    assert await claimed(9, 9) == [True]


async def test_whoever_wakes_a_job_says_whether_it_is_slow(
    database: Database, tenant: Tenant
) -> None:
    for slow in (True, False):
        async with database.transaction() as session:
            await jobs.wake(session, [NewJob(tenant.workspace_id, "x", "1", slow=slow)], MONDAY)
        assert (await one(database)).slow is slow
    (claimed,) = await claim(database)
    async with database.transaction() as session:
        await jobs.reschedule(session, claimed, run_at=MONDAY, slow=True)
    assert (await one(database)).slow


async def test_a_lease_that_ran_out_passes_the_job_on_and_fences_the_late_worker_off(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "job")
    (late,) = await claim(database)
    assert await claim(database, MONDAY + MINUTE - timedelta(seconds=1)) == []
    (successor,) = await claim(database, MONDAY + MINUTE)
    assert (late.attempts, successor.attempts) == (1, 2)

    async def write_and(settle: str) -> None:
        async with database.transaction() as session:
            record(
                session, workspace_id=tenant.workspace_id, type="endpoint.test", data={}, now=MONDAY
            )
            await session.flush()
            match settle:
                case "finish":
                    await jobs.finish(session, late)
                case "reschedule":
                    await jobs.reschedule(session, late, run_at=MONDAY)
                case "retry":
                    await jobs.retry(session, late, run_at=MONDAY, error="late")
                case "bury":
                    await jobs.bury(session, late, error="late")
                case _:
                    await jobs.release(session, late)

    for settle in ("finish", "reschedule", "retry", "bury", "release"):
        with pytest.raises(LeaseLostError):
            await write_and(settle)
    async with database.transaction() as session:
        assert (await session.scalars(select(Event))).all() == []
        await jobs.finish(session, successor)
    assert await rows(database) == []


async def test_the_same_work_is_queued_once(database: Database, tenant: Tenant) -> None:
    await queue(database, tenant, "job")
    await queue(database, tenant, "job", run_at=MONDAY - MINUTE)
    assert (await one(database)).run_at == MONDAY
    (found,) = await claim(database)
    await queue(database, tenant, "job")
    async with database.transaction() as session:
        await jobs.finish(session, found)
    assert await rows(database) == []


async def wake(
    database: Database, workspace_id: UUID, now: datetime, run_at: datetime | None = None
) -> None:
    async with database.transaction() as session:
        await jobs.wake(session, [NewJob(workspace_id, "test", "job", run_at=run_at)], now)


async def test_waking_makes_a_sleeping_job_due_and_never_puts_it_off(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "job", run_at=MONDAY + 5 * MINUTE)
    await wake(database, tenant.workspace_id, MONDAY, MONDAY + 9 * MINUTE)
    assert (await one(database)).run_at == MONDAY + 5 * MINUTE
    await wake(database, tenant.workspace_id, MONDAY)
    assert (await one(database)).run_at == MONDAY


@pytest.mark.parametrize("settle", ["finish", "reschedule"])
async def test_a_job_that_is_woken_while_it_runs_runs_again(
    database: Database, tenant: Tenant, settle: str
) -> None:
    await queue(database, tenant, "job")
    (first,) = await claim(database)
    await wake(database, tenant.workspace_id, MONDAY)
    assert await claim(database) == [], "it still runs"
    async with database.transaction() as session:
        if settle == "finish":
            await jobs.finish(session, first)
        else:
            await jobs.reschedule(session, first, run_at=MONDAY + 9 * MINUTE)
    (second,) = await claim(database)
    assert second.attempts == 1
    async with database.transaction() as session:
        await jobs.finish(session, second)
    assert await rows(database) == []


async def test_waking_does_not_hurry_what_failed_but_revives_what_was_given_up(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "job")
    (failing,) = await claim(database)
    async with database.transaction() as session:
        await jobs.retry(session, failing, run_at=MONDAY + MINUTE, error="no")
    await wake(database, tenant.workspace_id, MONDAY)
    assert (await one(database)).run_at == MONDAY + MINUTE

    (failing,) = await claim(database, MONDAY + MINUTE)
    async with database.transaction() as session:
        await jobs.bury(session, failing, error="never")
    assert await claim(database, MONDAY + 9 * MINUTE) == []
    await queue(database, tenant, "job")
    assert (await one(database)).state == "dead"
    await wake(database, tenant.workspace_id, MONDAY + 9 * MINUTE)
    (revived,) = await claim(database, MONDAY + 9 * MINUTE)
    assert revived.attempts == 1


async def test_a_released_job_is_due_at_once_and_keeps_its_attempts(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "job")
    (found,) = await claim(database)
    async with database.transaction() as session:
        await jobs.release(session, found)
    (again,) = await claim(database)
    assert again.attempts == 1


async def test_the_backlog_counts_what_is_due_and_unclaimed(
    database: Database, tenant: Tenant
) -> None:
    await queue(database, tenant, "a", "b", "c", run_at=MONDAY - MINUTE)
    await queue(database, tenant, "later", run_at=MONDAY + MINUTE)
    await claim(database, limit=1)
    async with database.reader() as connection:
        assert await jobs.backlog(connection, MONDAY) == (2, MONDAY - MINUTE)
        assert await jobs.backlog(connection, MONDAY - 2 * MINUTE) == (0, None)
