"""What a claim costs as the queue grows; see docs/benchmarks.md."""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uvloop
from measuring import database_urls, opened, show
from sqlalchemy import insert, text

from app.db import jobs
from app.db.base import new_id
from app.db.models import Job
from app.db.session import Database
from app.telemetry import configure_logging
from tests.support.tenants import make_tenant

SMALL, LARGE = (1_000, 100_000), 1_000_000
BATCH = 20_000
LIMIT = 5
"""Jobs of one claim."""
LEASE = timedelta(hours=1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def fill(database: Database, rows: int) -> None:
    """Queue so many jobs, each due a little later than the one before, all of them by now."""
    tenant = await make_tenant(database)
    started = NOW - timedelta(milliseconds=rows)
    for first in range(0, rows, BATCH):
        async with database.transaction() as session:
            connection = await session.connection()
            await connection.execute(
                insert(Job),
                [
                    _row(tenant.workspace_id, started + timedelta(milliseconds=number))
                    for number in range(first, min(first + BATCH, rows))
                ],
            )
    async with database.reader() as connection:
        await connection.execute(text("ANALYZE"))


def _row(workspace_id: UUID, run_at: datetime) -> dict[str, object]:
    row_id = new_id()
    return {
        "workspace_id": workspace_id,
        "id": row_id,
        "kind": "webhook.deliver",
        "key": row_id.hex,
        "payload": {"endpoint_id": row_id.hex, "slot": 1},
        "state": "queued",
        "run_at": run_at,
        "attempts": 0,
        "again": False,
        "created_at": NOW,
    }


async def seconds_of_a_claim(database: Database) -> float:
    """A transaction that claims LIMIT jobs."""
    started = time.perf_counter()
    async with database.transaction() as session:
        claims = await jobs.claim(session, now=NOW, lease=LEASE, limit=LIMIT)
    seconds = time.perf_counter() - started
    if len(claims) != LIMIT:
        raise RuntimeError("the queue has come to its end")
    return seconds


async def measure(urls: Mapping[int, str], claims: int) -> list[list[object]]:
    """By turns on queues of each size; one claim of each goes before."""
    async with AsyncExitStack() as stack:
        databases = {
            rows: await stack.enter_async_context(opened(url)) for rows, url in urls.items()
        }
        for rows, database in databases.items():
            await fill(database, rows)
            await seconds_of_a_claim(database)
        times: dict[int, list[float]] = {rows: [] for rows in databases}
        for _ in range(claims):
            for rows, database in databases.items():
                times[rows].append(await seconds_of_a_claim(database))
    shortest = statistics.median(times[min(times)])
    return [_line(rows, seconds, shortest) for rows, seconds in times.items()]


def _line(rows: int, seconds: Sequence[float], shortest: float) -> list[object]:
    median = statistics.median(seconds)
    return [
        f"{rows:,}",
        f"{median / shortest:.2f}",
        f"{median * 1e3:.2f}",
        f"{min(seconds) * 1e3:.2f}",
    ]


def main(make: Mapping[str, Callable[[str], str]], sizes: Sequence[int], claims: int) -> None:
    for kind, url_of in make.items():
        urls = {rows: url_of(f"claims_{rows}") for rows in sizes}
        table = uvloop.run(measure(urls, claims))
        columns = ["jobs due", "÷ the shortest queue", "median ms", "least ms"]
        show(f"A claim of {LIMIT} jobs on {kind}", columns, table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=150, help="of each queue")
    parser.add_argument("--million", action="store_true", help="a queue of 1,000,000 as well")
    options = parser.parse_args()
    configure_logging(level="warning", json=True)
    with database_urls() as make:
        main(make, (*SMALL, LARGE) if options.million else SMALL, options.claims)
