"""The worker: finds due work, runs it, tries again what failed, and stops without losing any."""

import asyncio
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
from app.telemetry import JOBS
from app.traces import told
from app.worker.context import Context, Task
from app.worker.schedule import Agenda, Duty, duties_of
from app.worker.tasks import TASKS

TASK_SHARE = 0.75
"""No task runs longer than this share of its lease."""
SLOW_SHARE = 0.25
"""What slow jobs may take of a worker's places: however many there are, others find one."""
MAX_ATTEMPTS = 8
"""After so many a job is buried, also one that never lives to tell of its failure."""
FIRST_BACKOFF: Final = timedelta(seconds=5)
LONGEST_BACKOFF: Final = timedelta(hours=1)
MAX_ROUNDS = 1000
LONGEST_ERROR = 500

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
        duties: Sequence[Duty] | None = None,
    ) -> None:
        networks = [ip_network(network) for network in settings.allowed_networks]
        self._context = Context(
            database, keyring, settings, clock, guarded_client(allowed=networks)
        )
        self._tasks = tasks
        self._agenda = Agenda(duties_of(settings) if duties is None else duties)
        self._lease = timedelta(seconds=settings.worker_lease_seconds)
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._look = asyncio.Event()
        self._poll_at = 0.0
        self._stopping = False
        self._stopped = asyncio.Event()

    def wake(self) -> None:
        """Look for work at once. To be called in the event loop of `run()`."""
        self._poll_at = 0.0
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
            await self._poll()
            await self._claim()
        except Exception:
            # A database that is away for a while must not end the worker.
            log.exception("worker_cannot_look_for_work")

    async def _poll(self) -> None:
        """Poll the duties when woken, and every so often; not for each job that is done."""
        moment = asyncio.get_running_loop().time()
        if moment >= self._poll_at:
            self._poll_at = moment + self._context.settings.worker_poll_seconds
            await self._agenda.poll(self._context.database, self._now())

    async def _claim(self) -> int:
        """Start as many due jobs as there is room for; how many."""
        room = self._context.settings.worker_concurrency - len(self._running)
        if room <= 0:
            return 0
        async with self._context.database.transaction() as session:
            claims = await jobs.claim(
                session,
                now=self._now(),
                lease=self._lease,
                limit=room,
                slow_limit=self._room_for_slow(),
            )
        for claim in claims:
            task = asyncio.create_task(self._work(claim), name=f"{claim.kind} {claim.key}")
            self._running[task] = claim
            task.add_done_callback(self._done)
        return len(claims)

    def _room_for_slow(self) -> int:
        share = max(1, int(SLOW_SHARE * self._context.settings.worker_concurrency))
        return max(0, share - sum(claim.slow for claim in self._running.values()))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._look.set()

    async def _work(self, claim: Claim) -> None:
        limit = self._lease.total_seconds() * TASK_SHARE
        outcome = "done"
        try:
            if claim.attempts > MAX_ATTEMPTS:
                raise AbandonedError  # noqa: TRY301 - it is settled like any other failure
            async with asyncio.timeout(limit):
                await self._tasks[claim.kind](self._context, claim)
        except LeaseLostError:
            outcome = "lease_lost"
            log.warning("job_lease_lost", **_facts(claim))
        except Exception as error:  # noqa: BLE001 - whatever a task raises is settled and logged
            outcome = await self._settle_failure(claim, error)
        JOBS.labels(claim.kind, outcome).inc()

    async def _settle_failure(self, claim: Claim, error: Exception) -> str:
        give_up = claim.attempts >= MAX_ATTEMPTS
        log.error("job_buried" if give_up else "job_failed", exc_info=error, **_facts(claim))
        text = told(error)[:LONGEST_ERROR]
        try:
            async with self._context.database.transaction() as session:
                if give_up:
                    await jobs.bury(session, claim, error=text)
                else:
                    run_at = self._now() + _backoff(claim.attempts)
                    await jobs.retry(session, claim, run_at=run_at, error=text)
        except LeaseLostError:
            # It was stopped for taking too long after its lease, or just after it had settled.
            return "lease_lost"
        except Exception:
            # Nothing is lost: the job comes due again when the lease ends.
            log.exception("job_not_settled", **_facts(claim))
            return "unsettled"
        return "buried" if give_up else "failed"

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self._context.settings.grace_seconds)
        unfinished = dict(self._running)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for claim in unfinished.values():
            await self._release(claim)

    async def _release(self, claim: Claim) -> None:
        try:
            async with self._context.database.transaction() as session:
                await jobs.release(session, claim)
        except LeaseLostError:
            return
        except Exception:
            log.exception("job_not_released", **_facts(claim))
        log.info("job_released", **_facts(claim))


class AbandonedError(Exception):
    """Every attempt ended without a word: the job kills its worker, or outlives its lease."""


def _backoff(attempts: int) -> timedelta:
    return min(FIRST_BACKOFF * int(4 ** (attempts - 1)), LONGEST_BACKOFF)


def _facts(claim: Claim) -> dict[str, str | int]:
    return {
        "kind": claim.kind,
        "key": claim.key,
        "workspace_id": str(claim.workspace_id),
        "attempt": claim.attempts,
    }
