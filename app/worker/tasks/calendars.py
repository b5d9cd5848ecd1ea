"""Pushes to calendar servers. No transaction is open while a server is being called."""

from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.account import Credentials
from app.adapters.calendars.caldav import Failed
from app.adapters.calendars.client import carry_out
from app.adapters.keyring import Keyring
from app.db import jobs
from app.db.jobs import Claim
from app.db.models import CalendarTarget, Delivery
from app.db.queries import calendar_targets, deliveries
from app.services.calendar_push_steps import Push, Pushed, begin_push, end_push, next_step, note_of
from app.services.target_health import may_be_called
from app.services.target_work_steps import Work, Worked, begin_work, end_work
from app.telemetry import PUSHES
from app.worker.context import Context

MOST_PUSHES: Final = 50
MOST_MS: Final = 10_000
"""What one job pushes, and after how many milliseconds of calls it begins no further push: with
the longest conversation that stays within a task's time.
"""
log = structlog.get_logger(__name__)


async def push(context: Context, claim: Claim) -> None:
    """Bring the due objects of a target up to date one by one, then see when there is more."""
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        begun = await _begin(session, target, claim, context)
    spent, count = 0, 0
    while target is not None and begun is not None:
        pushed = await _push(context, target, begun)
        spent, count = spent + pushed.duration_ms, count + 1
        done = begun
        async with context.database.transaction() as session:
            target = await _find(session, claim)
            if target is not None:
                await end_push(session, target, done, pushed, context.clock.now())
                await session.flush()
            may_go_on = spent < MOST_MS and count < MOST_PUSHES
            begun = await _begin(session, target, claim, context, may_go_on=may_go_on)
        _tell(claim, done.uid, pushed)


async def _push(context: Context, target: CalendarTarget, push: Push) -> Pushed:
    credentials = _credentials(context.keyring, target)
    pushed: Pushed = await carry_out(context.client, credentials, push.conversation())
    return pushed


async def _begin(
    session: AsyncSession,
    target: CalendarTarget | None,
    claim: Claim,
    context: Context,
    *,
    may_go_on: bool = True,
) -> Push | None:
    """The next push; without one the job sleeps, or is done."""
    begun = None
    now = context.clock.now()
    if may_go_on and target is not None and may_be_called(target, now):
        begun = await begin_push(session, target, claim.lease_until, now)
    if begun is None:
        await _sleep(session, claim, target)
    return begun


async def _sleep(session: AsyncSession, claim: Claim, target: CalendarTarget | None) -> None:
    """Until the target wants attention, or for good; new wishes are found by a duty."""
    await session.flush()
    due_at = None if target is None else await next_step(session, target)
    await session.flush()
    if due_at is None:
        await jobs.finish(session, claim)
    else:
        is_failing = target is not None and target.failing_since is not None
        run_at = max(due_at, claim.claimed_at)
        await jobs.reschedule(session, claim, run_at=run_at, slow=is_failing)


async def work(context: Context, claim: Claim) -> None:
    """Do what a delivery asks for: test a target, find its calendar, or compare what is there."""
    async with context.database.transaction() as session:
        delivery, target = await _asked(session, claim)
        begun = None
        if delivery is not None and target is not None and delivery.state == "pending":
            begun = begin_work(target, delivery, claim.lease_until, context.clock.now())
        if begun is None:
            await session.flush()
            await jobs.finish(session, claim)
    if target is None or begun is None:
        return
    worked = await _work(context, target, begun)
    async with context.database.transaction() as session:
        delivery, target = await _asked(session, claim)
        if delivery is not None and target is not None:
            await end_work(session, target, delivery, begun, worked, context.clock.now())
        await session.flush()
        await jobs.finish(session, claim)
    log.info(
        "calendar_target_worked_on",
        delivery_id=claim.payload["delivery_id"],
        outcome=_outcome_of(worked),
        ms=worked.duration_ms,
    )


async def _work(context: Context, target: CalendarTarget, work: Work) -> Worked:
    credentials = _credentials(context.keyring, target)
    worked: Worked = await carry_out(context.client, credentials, work.talk)
    return worked


async def _asked(
    session: AsyncSession, claim: Claim
) -> tuple[Delivery | None, CalendarTarget | None]:
    """The delivery of the job and its target, which is locked."""
    delivery_id = UUID(claim.payload["delivery_id"])
    delivery = await deliveries.find(session, claim.workspace_id, delivery_id)
    if delivery is None or delivery.target_id is None:
        return None, None
    target = await calendar_targets.find(session, claim.workspace_id, delivery.target_id)
    return delivery, target


async def _find(session: AsyncSession, claim: Claim) -> CalendarTarget | None:
    target_id = UUID(claim.payload["target_id"])
    return await calendar_targets.find(session, claim.workspace_id, target_id)


def _credentials(keyring: Keyring, target: CalendarTarget) -> Credentials:
    password = "" if target.secret is None else keyring.decrypt(target.secret)
    return Credentials(target.settings["username"], password)


def _outcome_of(done: Pushed | Worked) -> str:
    if isinstance(done.outcome, Failed):
        return done.outcome.code
    return type(done.outcome).__name__.lower()


def _tell(claim: Claim, uid: str, pushed: Pushed) -> None:
    code = _outcome_of(pushed)
    PUSHES.labels(code).inc()
    facts: dict[str, Any] = {
        "target_id": claim.payload["target_id"],
        "uid": uid,
        "outcome": code,
        "ms": pushed.duration_ms,
    }
    if isinstance(pushed.outcome, Failed):
        log.warning("calendar_push_failed", status=pushed.status, **facts)
    elif (note := note_of(pushed.outcome)) is not None:
        log.warning("calendar_push_overwrote_an_edit", note=note, **facts)
    else:
        log.info("calendar_pushed", **facts)
