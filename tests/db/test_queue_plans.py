"""What a worker asks for again and again is read by an index, however long the queues are."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import jobs
from app.db.base import new_id
from app.db.models import WebhookEndpoint
from app.db.queries import deliveries
from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.tenants import Tenant

QUEUED = 10_000
MINUTE = timedelta(minutes=1)
INDEXES = {"ix_deliveries_pending": "FROM deliveries", "ix_jobs_state_slow_run_at": "FROM jobs"}
"""What shows the due ones in their order, by what a SELECT has in it."""
Sent = list[tuple[str, Any]]

NUMBERS = {
    True: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) ",
    False: "WITH n(i) AS (SELECT generate_series(1, {rows})) ",
}
ID = {True: "lower(hex(randomblob(16)))", False: "gen_random_uuid()"}
FILL_DELIVERIES = """
INSERT INTO deliveries (workspace_id, id, endpoint_id, number, state, attempts, attempts_before,
                        next_attempt_at, created_at)
{numbers}
SELECT workspace_id, {id}, id, i, CASE WHEN i % 4 = 0 THEN 'pending' ELSE 'succeeded' END, 0, 0,
       created_at, created_at
FROM webhook_endpoints, n
"""
FILL_JOBS = """
INSERT INTO jobs (workspace_id, id, kind, key, payload, state, run_at, attempts, again, slow,
                  created_at)
{numbers}
SELECT workspace_id, {id}, 'test', 'job ' || i, '{{}}', 'queued', created_at, 0, false,
       i % 2 = 0, created_at
FROM webhook_endpoints, n
"""


@pytest.fixture
async def endpoint_id(empty_database: Database, tenant: Tenant) -> AsyncIterator[UUID]:
    """An endpoint with 2,500 deliveries due among 10,000, and as many jobs."""
    endpoint_id = new_id()
    async with empty_database.transaction() as session:
        session.add(
            WebhookEndpoint(
                id=endpoint_id,
                workspace_id=tenant.workspace_id,
                url="https://example.org/",
                event_types=["*"],
                secret=b"",
                created_at=MONDAY,
                updated_at=MONDAY,
            )
        )
        await session.flush()
        is_sqlite = empty_database.is_sqlite
        for statement in (FILL_DELIVERIES, FILL_JOBS):
            numbers = NUMBERS[is_sqlite].format(rows=QUEUED)
            filled = statement.format(numbers=numbers, id=ID[is_sqlite])
            await (await session.connection()).exec_driver_sql(filled)
        await session.execute(text("ANALYZE"))
    yield endpoint_id
    async with empty_database.transaction() as session:
        await session.execute(text("DELETE FROM jobs"))
        await session.execute(text("DELETE FROM deliveries"))


@contextmanager
def noted(database: Database) -> Iterator[Sent]:
    """The statements that are sent, with their parameters."""
    sent: Sent = []

    def note(*arguments: Any) -> None:
        _, _, statement, parameters, *_ = arguments
        sent.append((statement, tuple(parameters)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def plan_of(session: AsyncSession, statement: str, parameters: Any) -> str:
    """What the database would do, as text."""
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        found = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(found.scalars("detail"))
    found = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(found.scalars())


async def test_workers_read_by_index(
    empty_database: Database, tenant: Tenant, endpoint_id: UUID
) -> None:
    where = (tenant.workspace_id, endpoint_id)
    async with empty_database.transaction() as session:
        with noted(empty_database) as sent:
            await deliveries.expire(session, *where, MONDAY)
            assert await deliveries.take_next(session, *where, MONDAY + MINUTE, MONDAY)
            assert await deliveries.next_due(session, *where) == MONDAY
            claims = await jobs.claim(session, now=MONDAY, lease=MINUTE, limit=5, slow_limit=2)
        assert len(claims) == 5
        sent = [each for each in sent if not each[0].startswith("BEGIN")]
        assert len(sent) == 5
        for statement, parameters in sent:
            plan = await plan_of(session, statement, parameters)
            assert "Seq Scan" not in plan, plan
            assert not {"SCAN deliveries", "SCAN jobs"} & set(plan.splitlines()), plan
            for index, table in INDEXES.items():
                if table in statement and statement.startswith("SELECT"):
                    assert index in plan, plan
