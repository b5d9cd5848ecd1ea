"""Pushes to calendar servers. No transaction is open while a server is being called."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars import caldav
from app.adapters.calendars.caldav import Failed, Outcome, Written
from app.adapters.calendars.client import Credentials, carry_out
from app.adapters.calendars.ical import CalendarMeeting, render_calendar
from app.adapters.keyring import Keyring
from app.db import jobs
from app.db.jobs import Claim
from app.db.models import CalendarTarget
from app.db.queries import calendar_targets
from app.domain import ids
from app.services.calendar_push_steps import Push, begin_push, end_push, next_step, note_success
from app.services.calendar_targets import end_test
from app.telemetry import PUSHES
from app.worker.context import Context

PROBE_LASTS: Final = timedelta(minutes=30)
log = structlog.get_logger(__name__)


async def push(context: Context, claim: Claim) -> None:
    """Bring the object of a target that has been due longest up to date, then see what is next."""
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        begun = await _begin(session, target, claim)
    if target is None or begun is None:
        return
    credentials = _credentials(context.keyring, target)
    outcome = await carry_out(context.client, credentials, begun.conversation())
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        if target is not None:
            await end_push(session, target, begun, outcome, claim.claimed_at)
        await _sleep(session, claim, target)
    _tell(claim, begun.uid, outcome)


async def _begin(session: AsyncSession, target: CalendarTarget | None, claim: Claim) -> Push | None:
    begun = None
    if target is not None and _may_be_called(target, claim.claimed_at):
        begun = await begin_push(session, target, claim.claimed_at)
    if begun is None:
        await _sleep(session, claim, target)
    return begun


def _may_be_called(target: CalendarTarget, now: datetime) -> bool:
    return target.state != "disabled" and (target.retry_at is None or target.retry_at <= now)


async def _sleep(session: AsyncSession, claim: Claim, target: CalendarTarget | None) -> None:
    """Until the target wants attention, or for good; new wishes are found by a duty."""
    await session.flush()
    due_at = None if target is None else await next_step(session, target)
    await session.flush()
    if due_at is None:
        await jobs.finish(session, claim)
    else:
        await jobs.reschedule(session, claim, run_at=max(due_at, claim.claimed_at))


async def check(context: Context, claim: Claim) -> None:
    """Write a test object into a target and take it out again."""
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        if target is None or target.state == "removing":
            await jobs.finish(session, claim)
            return
    credentials = _credentials(context.keyring, target)
    uid = f"{ids.encode('calendar_target', target.id)}-test@hotseat"
    conversation = caldav.probe(
        caldav.object_url(target.address, uid), _test_object(uid, claim.claimed_at)
    )
    outcome = await carry_out(context.client, credentials, conversation)
    async with context.database.transaction() as session:
        target = await _find(session, claim)
        if target is not None:
            end_test(target, outcome, claim.claimed_at)
            if not isinstance(outcome, Failed):
                note_success(target, claim.claimed_at)
        await session.flush()
        await jobs.finish(session, claim)
    _tell(claim, uid, outcome)


def _test_object(uid: str, now: datetime) -> bytes:
    now = now.replace(microsecond=0)
    meeting = CalendarMeeting(
        uid=uid,
        sequence=0,
        created_at=now,
        changed_at=now,
        starts_at=now,
        ends_at=now + PROBE_LASTS,
        time_zone="UTC",
        summary="Hotseat: test",
        description=None,
        location=None,
        url=None,
    )
    return render_calendar([meeting])


async def _find(session: AsyncSession, claim: Claim) -> CalendarTarget | None:
    target_id = UUID(claim.payload["target_id"])
    return await calendar_targets.find(session, claim.workspace_id, target_id)


def _credentials(keyring: Keyring, target: CalendarTarget) -> Credentials:
    password = "" if target.secret is None else keyring.decrypt(target.secret)
    return Credentials(target.settings["username"], password)


def _tell(claim: Claim, uid: str, outcome: Outcome) -> None:
    code = outcome.code if isinstance(outcome, Failed) else type(outcome).__name__.lower()
    PUSHES.labels(code).inc()
    facts: dict[str, Any] = {"target_id": claim.payload["target_id"], "uid": uid, "outcome": code}
    if isinstance(outcome, Failed):
        log.warning("calendar_push_failed", status=outcome.status, **facts)
    elif isinstance(outcome, Written) and outcome.overwrote:
        log.warning("calendar_push_overwrote_an_edit", **facts)
    else:
        log.info("calendar_pushed", **facts)
