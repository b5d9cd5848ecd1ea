"""A worker process of the crash test: `python -m tests.support.slow_worker URL LEASE_SECONDS`.

Its jobs take a while, leave one event each, and say when they begin.
"""

import asyncio
import signal
import sys

from app.adapters.keyring import Keyring, new_key
from app.clock import SystemClock
from app.db import jobs
from app.db.jobs import Claim
from app.db.outbox import record
from app.db.session import Database
from app.settings import Settings
from app.worker.context import Context
from app.worker.runner import Runner

KIND = "test.slow"
WORK_SECONDS = 0.15


async def slow(context: Context, claim: Claim) -> None:
    sys.stdout.write(f"begun {claim.key}\n")
    sys.stdout.flush()
    await asyncio.sleep(WORK_SECONDS)
    async with context.database.transaction() as session:
        record(
            session,
            workspace_id=claim.workspace_id,
            type="endpoint.test",
            data={"key": claim.key},
            now=claim.claimed_at,
        )
        await session.flush()
        await jobs.finish(session, claim)


async def main(url: str, lease_seconds: float) -> None:
    database = Database(url)
    runner = Runner(
        database,
        Keyring([new_key()]),
        Settings(
            database_url=url,
            worker_poll_seconds=0.05,
            worker_concurrency=2,
            worker_lease_seconds=lease_seconds,
        ),
        SystemClock(),
        tasks={KIND: slow},
        duties=(),
    )
    running = asyncio.create_task(runner.run())
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    await terminated.wait()
    await runner.stop()
    await running
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
