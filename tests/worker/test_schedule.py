"""Duties: every one has its task, and finds what is due, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.jobs import NewJob
from app.db.models import IdempotencyRecord, Job
from app.db.queries.due import given_up
from app.db.session import Database
from app.services.deliveries import DELIVER
from app.services.target_deliveries import WORK
from app.settings import Settings
from app.worker.runner import Runner
from app.worker.schedule import Agenda, Duty, duties_of
from app.worker.tasks import TASKS
from tests.conftest import MONDAY
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

HOUR = timedelta(hours=1)
ALL_DUTIES = duties_of(Settings())


def test_every_duty_has_a_task() -> None:
    assert {duty.kind for duty in ALL_DUTIES} - set(TASKS) == set()


@pytest.mark.parametrize("duty", ALL_DUTIES, ids=lambda duty: duty.kind)
async def test_a_poll_of_an_empty_database_queues_nothing(
    empty_database: Database, duty: Duty
) -> None:
    async with empty_database.reader() as connection:
        assert await duty.find(connection, duty.kind, MONDAY, 10) == []


async def test_duties_are_polled_again_after_their_time(database: Database) -> None:
    polls: list[tuple[str, datetime]] = []

    async def find(
        _connection: AsyncConnection, kind: str, now: datetime, _limit: int
    ) -> Sequence[NewJob]:
        polls.append((kind, now))
        return []

    minute = timedelta(minutes=1)
    agenda = Agenda([Duty("always", timedelta(0), find), Duty("hourly", 60 * minute, find)])
    for minutes in (0, 1, 59, 60):
        await agenda.poll(database, MONDAY + minutes * minute)
    assert [(now - MONDAY) // minute for kind, now in polls if kind == "hourly"] == [0, 60]
    assert [(now - MONDAY) // minute for kind, now in polls if kind == "always"] == [0, 1, 59, 60]


async def test_jobs_that_were_given_up_are_tried_again_hourly(
    database: Database, tenant: Tenant
) -> None:
    for state, kind in (("dead", DELIVER), ("dead", WORK), ("dead", "other"), ("queued", DELIVER)):
        async with database.transaction() as session:
            session.add(
                Job(
                    workspace_id=tenant.workspace_id,
                    kind=kind,
                    key=f"{state} {kind}",
                    payload={"slot": 1},
                    state=state,
                    run_at=MONDAY + HOUR,
                    attempts=3 if state == "queued" else 8,
                    slow=kind == DELIVER,
                    created_at=MONDAY,
                )
            )
    duties = [duty for duty in ALL_DUTIES if duty.find is given_up]
    assert {duty.every for duty in duties} == {HOUR}
    for _ in range(2):
        await Agenda(duties).poll(database, MONDAY + 2 * HOUR)
    async with database.transaction() as session:
        jobs = {job.key: job for job in await session.scalars(select(Job))}
    assert {key: (job.state, job.attempts) for key, job in jobs.items()} == {
        f"dead {DELIVER}": ("queued", 0),
        f"dead {WORK}": ("queued", 0),
        "dead other": ("dead", 8),
        f"queued {DELIVER}": ("queued", 3),
    }
    revived = jobs[f"dead {DELIVER}"]
    assert (revived.payload, revived.slow) == ({"slot": 1}, True)
    assert revived.run_at == MONDAY + 2 * HOUR


async def test_what_two_workers_find_is_queued_once(database: Database, tenant: Tenant) -> None:
    async def find(
        _connection: AsyncConnection, kind: str, _now: datetime, _limit: int
    ) -> Sequence[NewJob]:
        return [NewJob(tenant.workspace_id, kind, "row:20261123T090000")]

    for _ in range(2):
        await Agenda([Duty("test", timedelta(0), find)]).poll(database, MONDAY)
    async with database.transaction() as session:
        assert [job.key for job in await session.scalars(select(Job))] == ["row:20261123T090000"]


async def test_answers_to_repeated_requests_are_kept_for_a_day(
    database: Database, tenant: Tenant, runner: Runner, clock: ManualClock
) -> None:
    async with database.transaction() as session:
        for number in range(1200):
            session.add(
                IdempotencyRecord(
                    workspace_id=tenant.workspace_id,
                    api_key_id=tenant.workspace_id,
                    key=str(number),
                    fingerprint="",
                    created_at=MONDAY + timedelta(seconds=number),
                )
            )
    clock.advance(timedelta(days=1, seconds=1099))
    await runner.run_until_idle()
    async with database.transaction() as session:
        count = select(func.count()).select_from(IdempotencyRecord)
        assert (await session.scalars(count)).one() == 100
