"""Work to be done later: rows of our own database, claimed by compare-and-swap.

A claim moves `run_at` to the end of a lease and sets a fresh `token`. Nobody needs a lock: of two
racing claimers one finds the row no longer due. A worker that dies leaves a row that comes due by
itself; one that is merely late can't finish it any more, because the token is no longer its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db.base import new_id
from app.db.models import Job

LANE_LIMIT = 2


class LeaseLostError(Exception):
    """The lease ran out and somebody else has the job: this worker's result must not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker until `lease_until`."""

    workspace_id: UUID
    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    token: UUID
    claimed_at: datetime
    lease_until: datetime


async def enqueue(
    session: AsyncSession,
    *,
    workspace_id: UUID,
    kind: str,
    key: str,
    now: datetime,
    run_at: datetime | None = None,
    payload: dict[str, Any] | None = None,
    lane: str | None = None,
) -> None:
    """Queue a job unless one with this kind and key is queued already."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(
        insert(Job)
        .values(
            workspace_id=workspace_id,
            id=new_id(),
            kind=kind,
            key=key,
            lane=lane,
            payload=payload or {},
            state="queued",
            run_at=run_at or now,
            attempts=0,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "kind", "key"])
    )


async def claim(
    session: AsyncSession, *, now: datetime, lease: timedelta, limit: int
) -> Sequence[Claim]:
    """Take up to `limit` due jobs, the longest due first, at most LANE_LIMIT running in a lane."""
    running = aliased(Job)
    busy_lanes = (
        select(running.lane)
        .where(running.lane.is_not(None), running.token.is_not(None), running.run_at > now)
        .group_by(running.lane)
        .having(func.count() >= LANE_LIMIT)
    )
    rank = func.row_number().over(
        partition_by=func.coalesce(Job.lane, Job.key), order_by=Job.run_at
    )
    due = (
        select(Job.workspace_id, Job.id, Job.lane, rank.label("rank"))
        .where(
            Job.state == "queued",
            Job.run_at <= now,
            or_(Job.lane.is_(None), Job.lane.not_in(busy_lanes)),
        )
        .order_by(Job.run_at)
        .limit(limit * 4)
        .subquery()
    )
    candidates = (
        await session.execute(
            select(due.c.workspace_id, due.c.id)
            .where(or_(due.c.lane.is_(None), due.c.rank <= LANE_LIMIT))
            .limit(limit)
        )
    ).all()
    if not candidates:
        return ()
    token = new_id()
    claimed = await session.execute(
        update(Job)
        .where(
            tuple_(Job.workspace_id, Job.id).in_([tuple(row) for row in candidates]),
            Job.state == "queued",
            Job.run_at <= now,
        )
        .values(run_at=now + lease, token=token, attempts=Job.attempts + 1)
        .returning(Job.workspace_id, Job.id, Job.kind, Job.key, Job.payload, Job.attempts)
        .execution_options(synchronize_session=False)
    )
    return [
        Claim(*row, token=token, claimed_at=now, lease_until=now + lease) for row in claimed.all()
    ]


async def finish(session: AsyncSession, claim: Claim) -> None:
    """The job is done: remove it, in the transaction of what it did. LeaseLostError if too late."""
    result = await session.execute(
        delete(Job)
        .where(*_still_ours(claim))
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if result.first() is None:
        raise LeaseLostError(claim.kind)


async def retry(
    session: AsyncSession, claim: Claim, *, run_at: datetime, error: str | None = None
) -> None:
    """Put the job back, due again at `run_at`. LeaseLostError if too late."""
    await _put_back(session, claim, state="queued", run_at=run_at, last_error=error)


async def bury(session: AsyncSession, claim: Claim, *, error: str) -> None:
    """Give the job up but keep it, so that an operator sees it. LeaseLostError if too late."""
    await _put_back(session, claim, state="dead", run_at=claim.claimed_at, last_error=error)


async def release(session: AsyncSession, claim: Claim) -> None:
    """Give back a job that was not begun: due at once, the attempt not counted."""
    await _put_back(
        session, claim, state="queued", run_at=claim.claimed_at, attempts=Job.attempts - 1
    )


async def _put_back(session: AsyncSession, claim: Claim, **values: Any) -> None:
    result = await session.execute(
        update(Job)
        .where(*_still_ours(claim))
        .values(token=None, **values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if result.first() is None:
        raise LeaseLostError(claim.kind)


def _still_ours(claim: Claim) -> tuple[Any, ...]:
    return (
        Job.workspace_id == claim.workspace_id,
        Job.id == claim.id,
        Job.token == claim.token,
    )
