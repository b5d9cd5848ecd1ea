"""What tasks are given to work with, and the shape of a task."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import Keyring
from app.clock import Clock
from app.db import jobs
from app.db.jobs import Claim
from app.db.session import Database
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that tasks share. `client` may call what strangers name, and nothing private."""

    database: Database
    keyring: Keyring
    settings: Settings
    clock: Clock
    client: httpx.AsyncClient


Task = Callable[[Context, Claim], Awaitable[None]]
"""Does a job, and settles it (finish, reschedule) in its last transaction."""

Step = Callable[[AsyncSession, UUID, UUID, datetime], Awaitable[object]]
"""A service's write: session, workspace, the row that is due, the present instant."""

Batch = Callable[[AsyncSession, UUID, datetime, int], Awaitable[bool]]
"""A write in portions of at most so many rows: whether there may be more to do."""

BATCH_ROWS = 500


def on_row(step: Step) -> Task:
    """A task that applies `step` to the row of its payload, and is done in one transaction."""

    async def task(context: Context, claim: Claim) -> None:
        async with context.database.transaction() as session:
            row_id = UUID(claim.payload["id"])
            await step(session, claim.workspace_id, row_id, claim.claimed_at)
            await session.flush()
            await jobs.finish(session, claim)

    return task


def in_batches(batch: Batch) -> Task:
    """A task that does one portion, and comes due again at once while there may be more."""

    async def task(context: Context, claim: Claim) -> None:
        async with context.database.transaction() as session:
            more = await batch(session, claim.workspace_id, claim.claimed_at, BATCH_ROWS)
            await session.flush()
            if more:
                await jobs.reschedule(session, claim, run_at=claim.claimed_at)
            else:
                await jobs.finish(session, claim)

    return task
