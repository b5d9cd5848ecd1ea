"""Work to be done later: rows of our own database, claimed by compare-and-swap.

A claim moves `run_at` to the end of a lease and sets a fresh `token`. Nobody needs a lock: of two
racing claimers one finds the row no longer due. A worker that dies leaves a row that comes due by
itself; one that is merely late can't finish it any more, because the token is no longer its own.

Work of which only so much may run at once (the deliveries of an endpoint) has its own queue and a
job for each worker it may have: a claim costs the same however long such a queue has grown.

Slow work (calls to somebody who takes long to answer) is claimed for a few of a worker's places
only, so that there are always others for the rest.

Touch job rows last in a transaction: everybody does, so nobody waits in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.base import UtcDateTime, new_id
from app.db.models import Job

RACES = 3
"""Claims tried in a row when others were faster."""


class LeaseLostError(Exception):
    """The lease ran out and somebody else has the job: this worker's result must not count."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work of a workspace; `kind` and `key` together name it, `run_at` None means at once.

    `slow`: it may take long, because of others.
    """

    workspace_id: UUID
    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    run_at: datetime | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker until `lease_until`."""

    workspace_id: UUID
    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    slow: bool
    token: UUID
    claimed_at: datetime
    lease_until: datetime


async def enqueue(session: AsyncSession, jobs: Sequence[NewJob], now: datetime) -> None:
    """Queue jobs, except those whose kind and key are queued (or given up) already."""
    if jobs:
        await session.execute(_insert(session, jobs, now).on_conflict_do_nothing())


async def wake(session: AsyncSession, jobs: Sequence[NewJob], now: datetime) -> None:
    """Queue jobs; one that is queued already comes due by its new `run_at`, one that runs now will
    run again, one that was given up gets another chance; one that failed keeps its own time.
    """
    if not jobs:
        return
    insert = _insert(session, jobs, now)
    runs = Job.token.is_not(None)
    dead = Job.state == "dead"
    earlier = dead | ((Job.attempts == 0) & (insert.excluded.run_at < Job.run_at))
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["workspace_id", "kind", "key"],
            set_={
                "again": runs,
                "run_at": case((~runs & earlier, insert.excluded.run_at), else_=Job.run_at),
                "attempts": case((dead, 0), else_=Job.attempts),
                "state": "queued",
                "slow": insert.excluded.slow,
            },
        )
    )


def _insert(
    session: AsyncSession, jobs: Sequence[NewJob], now: datetime
) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(Job).values(
        [
            {
                "workspace_id": job.workspace_id,
                "id": new_id(),
                "kind": job.kind,
                "key": job.key,
                "payload": job.payload,
                "state": "queued",
                "run_at": job.run_at or now,
                "attempts": 0,
                "again": False,
                "slow": job.slow,
                "created_at": now,
            }
            for job in jobs
        ]
    )


async def claim(
    session: AsyncSession,
    *,
    now: datetime,
    lease: timedelta,
    limit: int,
    slow_limit: int | None = None,
) -> Sequence[Claim]:
    """Take up to `limit` due jobs, the longest due first; of slow ones up to `slow_limit`."""
    # Two reads of one index, each to its own limit: neither kind is skipped over to find the other.
    either = union_all(
        _due(now, limit, slow=False),
        _due(now, limit if slow_limit is None else min(limit, slow_limit), slow=True),
    ).subquery()
    due = select(either.c.workspace_id, either.c.id).order_by(either.c.run_at).limit(limit)
    for _ in range(RACES):
        candidates = (await session.execute(due)).all()
        claimed = await _take(session, candidates, now, now + lease) if candidates else ()
        if claimed or not candidates:
            return claimed
    return ()


def _due(now: datetime, limit: int, *, slow: bool) -> Select[Any]:
    first = (
        select(Job.workspace_id, Job.id, Job.run_at)
        .where(Job.state == "queued", Job.slow.is_(slow), Job.run_at <= now)
        .order_by(Job.run_at)
        .limit(limit)
        .subquery()
    )
    return select(first)


async def _take(
    session: AsyncSession, candidates: Sequence[Any], now: datetime, lease_until: datetime
) -> Sequence[Claim]:
    token = new_id()
    rows = await session.execute(
        update(Job)
        .where(
            _any_of(candidates),
            Job.state == "queued",
            Job.run_at <= now,
        )
        .values(run_at=lease_until, token=token, again=False, attempts=Job.attempts + 1)
        .returning(Job.workspace_id, Job.id, Job.kind, Job.key, Job.payload, Job.attempts, Job.slow)
        .execution_options(synchronize_session=False)
    )
    return [
        Claim(
            workspace_id=row.workspace_id,
            id=row.id,
            kind=row.kind,
            key=row.key,
            payload=row.payload,
            attempts=row.attempts,
            slow=row.slow,
            token=token,
            claimed_at=now,
            lease_until=lease_until,
        )
        for row in rows
    ]


def _any_of(keys: Sequence[Any]) -> ColumnElement[bool]:
    # SQLite looks up (a AND b) OR (c AND d) by the key, but reads the whole queue for
    # (workspace_id, id) IN (VALUES ...).
    return or_(*(and_(Job.workspace_id == key.workspace_id, Job.id == key.id) for key in keys))


async def finish(session: AsyncSession, claim: Claim) -> None:
    """The job is done: remove it, in the transaction of what it did. LeaseLostError if too late.

    One that was woken while it ran stays, and is due at once.
    """
    done = await session.execute(
        delete(Job)
        .where(*_still_ours(claim), Job.again.is_(False))
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        await reschedule(session, claim, run_at=claim.claimed_at, slow=claim.slow)


async def reschedule(
    session: AsyncSession, claim: Claim, *, run_at: datetime, slow: bool = False
) -> None:
    """The job went well and has more to do at `run_at`, or at once if it was woken while it ran.

    LeaseLostError if too late.
    """
    at_once, later = (literal(moment, UtcDateTime()) for moment in (claim.claimed_at, run_at))
    due = case((Job.again.is_(True), at_once), else_=later)
    await _put_back(session, claim, run_at=due, attempts=0, last_error=None, slow=slow)


async def retry(session: AsyncSession, claim: Claim, *, run_at: datetime, error: str) -> None:
    """The job failed: try again at `run_at`. LeaseLostError if too late."""
    await _put_back(session, claim, run_at=run_at, last_error=error)


async def bury(session: AsyncSession, claim: Claim, *, error: str) -> None:
    """Give the job up but keep it, so that an operator sees it. LeaseLostError if too late."""
    await _put_back(session, claim, state="dead", run_at=claim.claimed_at, last_error=error)


async def release(session: AsyncSession, claim: Claim) -> None:
    """Give back a job that was not finished through no fault of its own: due at once, the attempt
    not counted. LeaseLostError if too late.
    """
    await _put_back(session, claim, run_at=claim.claimed_at, attempts=Job.attempts - 1)


async def _put_back(session: AsyncSession, claim: Claim, **values: Any) -> None:
    result = await session.execute(
        update(Job)
        .where(*_still_ours(claim))
        .values(token=None, again=False, **values)
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


async def backlog(connection: AsyncConnection, now: datetime) -> tuple[int, datetime | None]:
    """How many jobs are due and not claimed, and since when the oldest of them is."""
    query = select(func.count(), func.min(Job.run_at)).where(
        Job.state == "queued", Job.run_at <= now
    )
    row = (await connection.execute(query)).one()
    return row[0], row[1]
