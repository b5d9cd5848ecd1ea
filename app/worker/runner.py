"""The worker: finds due work, runs it, tries again what failed, and stops without losing any."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final

import structlog

from app.adapters.http import guarded_client
from app.adapters.keyring import Keyring
from app.clock import Clock
from app.db import jobs
from app.db.jobs import Claim, LeaseLostError
from app.db.session import Database
from app.settings import Settings
from app.telemetry import JOBS, QUEUE_AGE, QUEUE_DEPTH
from app.worker.context import Context, Task
from app.worker.schedule import DUTIES, Agenda, Duty
from app.worker.tasks import TASKS

LEASE: Final = timedelta(seconds=60)
"""How long a job belongs to who claimed it; no task runs longer than TASK_SHARE of it."""
TASK_SHARE = 0.75
MAX_ATTEMPTS = 8
FIRST_BACKOFF: Final = timedelta(seconds=5)
LONGEST_BACKOFF: Final = timedelta(hours=1)
GAUGES_EVERY: Final = timedelta(seconds=15)
MAX_ROUNDS = 1000

log = structlog.get_logger(__name__)


class Runner:
    """One worker of a process; as many as wanted share a database.

    `run()` works until `stop()`; `run_until_idle()` does what is due now and comes back. `wake()`
    tells it of work that it would otherwise find at its next look.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        settings: Settings,
        clock: Clock,
        *,
        tasks: Mapping[str, Task] = TASKS,
        duties: Sequence[Duty] = DUTIES,
        lease: timedelta = LEASE,
    ) -> None:
        networks = [ip_network(network) for network in settings.allowed_networks]
        self._context = Context(
            database, keyring, settings, clock, guarded_client(allowed=networks)
        )
        self._tasks = tasks
        self._agenda = Agenda(duties)
        self._lease = lease
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._look = asyncio.Event()
        self._poll_now = True
        self._stopping = False
        self._stopped = asyncio.Event()
        self._gauges_at: datetime | None = None

    def wake(self) -> None:
        """Look for work at once. To be called in the event loop of `run()`."""
        self._poll_now = True
        self._look.set()

    async def run(self) -> None:
        """Work until `stop()`."""
        try:
            while not self._stopping:
                await self._look_for_work()
                with suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._look.wait(), self._context.settings.worker_poll_seconds
                    )
        finally:
            await self._drain()
            await self.close()
            self._stopped.set()

    async def stop(self) -> None:
        """Claim nothing more, let what runs finish within the grace period, give back the rest.

        Returns when `run()` has come to its end.
        """
        self._stopping = True
        self._look.set()
        await self._stopped.wait()

    async def run_until_idle(self) -> None:
        """Do everything that is due by the clock, and what comes due by doing it."""
        for _ in range(MAX_ROUNDS):
            await self._agenda.poll(self._context.database, self._now(), everything=True)
            if not await self._claim():
                return
            await asyncio.gather(*self._running)
        raise RuntimeError(f"there is still work due after {MAX_ROUNDS} rounds")

    async def close(self) -> None:
        """Let go of the HTTP client."""
        await self._context.client.aclose()

    def _now(self) -> datetime:
        return self._context.clock.now()

    async def _look_for_work(self) -> None:
        self._look.clear()
        try:
            poll_now, self._poll_now = self._poll_now, False
            await self._agenda.poll(self._context.database, self._now(), woken=poll_now)
            await self._claim()
            await self._set_gauges()
        # A database that is away for a while must not end the worker.
        except Exception:
            log.exception("worker_cannot_look_for_work")

    async def _claim(self) -> int:
        """Start as many due jobs as there is room for; how many."""
        room = self._context.settings.worker_concurrency - len(self._running)
        if room <= 0:
            return 0
        async with self._context.database.transaction() as session:
            claims = await jobs.claim(session, now=self._now(), lease=self._lease, limit=room)
        for claim in claims:
            task = asyncio.create_task(self._work(claim), name=f"{claim.kind} {claim.key}")
            self._running[task] = claim
            task.add_done_callback(self._done)
        return len(claims)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._look.set()
