"""Whether this process should be sent requests: what /readyz says.

A worker that lags is told, and only counts against this process where the settings say so: an API
that answers is of use while webhooks are late, and taking every API away would help no webhook.
"""

import asyncio
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.api.runtime import Runtime
from app.db import jobs
from app.db.migrate import current_revision, newest_revision

CHECK_SECONDS = 5.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`schema`: the database has the one that this code wants. `oldest_due_seconds`: the age of
    the oldest job that waits for a worker, None if it is not known.
    """

    draining: bool
    database: bool
    schema: bool
    oldest_due_seconds: int | None
    most_seconds: int

    @property
    def is_late(self) -> bool:
        """Whether workers lag by more than the settings allow; 0 allows any lag."""
        return 0 < self.most_seconds < (self.oldest_due_seconds or 0)

    @property
    def is_ready(self) -> bool:
        return self.database and self.schema and not self.draining and not self.is_late

    def as_json(self) -> dict[str, object]:
        """What an operator reads."""
        return {
            "status": "ok" if self.is_ready else "unavailable",
            "draining": self.draining,
            "checks": {
                "database": "ok" if self.database else "unavailable",
                "schema": "ok" if self.schema else "unavailable",
                "worker": "late" if self.is_late else "ok",
            },
            "oldest_due_seconds": self.oldest_due_seconds,
        }


async def readiness(runtime: Runtime) -> Readiness:
    """Ask the database, for a few seconds at most."""
    answers, schema, lag = False, False, None
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            revision = await current_revision(runtime.database)
            answers, schema = True, revision == newest_revision()
            lag = await _lag(runtime) if schema else None
    except (OSError, SQLAlchemyError) as error:
        log.warning("not_ready", error=type(error).__name__)
    return Readiness(
        draining=runtime.signals.stopping.is_set(),
        database=answers,
        schema=schema,
        oldest_due_seconds=lag,
        most_seconds=runtime.settings.max_worker_lag_seconds,
    )


async def _lag(runtime: Runtime) -> int:
    now = runtime.clock.now()
    async with runtime.database.counting_reader() as connection:
        _, since = await jobs.backlog(connection, now)
    return int((now - since).total_seconds()) if since else 0
