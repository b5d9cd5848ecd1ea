"""The log of what was done to calendar targets: the same deliveries and attempts as of webhooks.

An object has one unsettled delivery at most, however often it changes meanwhile: what is sent is
its latest state. Whoever asks for a test, a discovery or a resync gets a delivery to poll.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.caldav import Failed, Report
from app.db import jobs
from app.db.base import new_id
from app.db.jobs import NewJob
from app.db.models import Attempt, CalendarTarget, Delivery
from app.db.queries import calendar_pushes, calendar_targets, calendar_wishes, deliveries
from app.domain.errors import Conflict
from app.domain.versions import Expected

WORK = "calendar.work"
Action = Literal[
    "write", "remove", "test", "discover", "resync", "invite", "cancel", "remind", "owed"
]
PUSHES: Final[Collection[str]] = {"write", "remove"}


def log_delivery(
    session: AsyncSession, target: CalendarTarget, action: Action, uid: str | None, now: datetime
) -> Delivery:
    """A new entry of the log, of which nothing was tried yet."""
    delivery = Delivery(
        id=new_id(),
        workspace_id=target.workspace_id,
        target_id=target.id,
        action=action,
        uid=uid,
        state="pending",
        attempts=0,
        attempts_before=0,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(delivery)
    return delivery


async def queue_work(
    session: AsyncSession, target: CalendarTarget, action: Action, now: datetime
) -> Delivery:
    """Have the worker do something to a locked target; the delivery says what came of it."""
    delivery = log_delivery(session, target, action, None, now)
    await session.flush()
    await _wake(session, delivery, now)
    return delivery


async def _wake(session: AsyncSession, delivery: Delivery, now: datetime) -> None:
    payload = {"delivery_id": delivery.id.hex}
    job = NewJob(delivery.workspace_id, WORK, delivery.id.hex, payload, slow=True)
    await jobs.wake(session, [job], now)


def begin_attempt(delivery: Delivery, lease_until: datetime) -> None:
    """Count an attempt from its begin, as those at webhooks."""
    delivery.attempts += 1
    delivery.next_attempt_at = lease_until


def end_attempt(
    session: AsyncSession,
    delivery: Delivery,
    at: datetime,
    report: Report[Any],
    *,
    failed: Failed | None = None,
    note: str | None = None,
    retry_at: datetime | None = None,
) -> None:
    """Write down an attempt that began at `at`: settled, unless it is to be tried at `retry_at`.

    `failed`: what is wrong with the report of a conversation that went well.
    """
    if isinstance(report.outcome, Failed):
        failed = report.outcome
    session.add(
        Attempt(
            workspace_id=delivery.workspace_id,
            delivery_id=delivery.id,
            number=delivery.attempts,
            at=at,
            status=report.status,
            duration_ms=report.duration_ms,
            error=None if failed is None else failed.code,
            response=None if failed is None else failed.response,
            note=note,
        )
    )
    delivery.next_attempt_at = retry_at
    if retry_at is None:
        delivery.state = "succeeded" if failed is None else "failed"
        delivery.finished_at = at + timedelta(milliseconds=report.duration_ms)


async def resend_to_target(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    delivery_id: UUID,
    expected: Expected,
    now: datetime,
) -> Delivery:
    """Do it once more. A push sends what the object is like now, also if nothing has changed.

    Conflict `delivery_pending`, `target_not_enabled`.
    """
    target = await calendar_targets.load(session, workspace_id, target_id)
    delivery = await load_to_resend(session, workspace_id, delivery_id, expected)
    is_mail = target.kind == "email"
    sends = is_mail or delivery.action in PUSHES
    if target.state == "removing" or (sends and target.state != "enabled"):
        raise Conflict(
            "Nothing is sent while the target is not enabled. Enable it first.",
            code="target_not_enabled",
            facts={"state": target.state},
        )
    start_again(delivery, now)
    await session.flush()
    if is_mail:
        return delivery  # found by a duty, as any mail that is due
    if delivery.action in PUSHES and delivery.uid is not None:
        await _push_again(session, delivery, delivery.uid, target_id, now)
    else:
        await _wake(session, delivery, now)
    return delivery


async def _push_again(
    session: AsyncSession, delivery: Delivery, uid: str, target_id: UUID, now: datetime
) -> None:
    row = await calendar_pushes.find(session, delivery.workspace_id, target_id, uid)
    if row is not None and row.delivery_id is not None:
        raise Conflict(
            "A later delivery of the same object is on its way.", code="delivery_pending"
        )
    await calendar_wishes.request_again(session, delivery, now)


async def load_to_resend(
    session: AsyncSession, workspace_id: UUID, delivery_id: UUID, expected: Expected
) -> Delivery:
    """A delivery whose receiver is locked, and which is held; NotFound, StaleVersionError."""
    delivery = await deliveries.load(session, workspace_id, delivery_id)
    expected.check(*versions_of(delivery))
    return delivery


def versions_of(delivery: Delivery | Row[Any]) -> tuple[int, int, int]:
    """What is another one after every attempt, outcome and resend: it stands for a version."""
    return delivery.attempts, delivery.attempts_before, int(delivery.state == "pending")


def start_again(delivery: Delivery, now: datetime) -> None:
    """Put a settled delivery at the start of its schedule; Conflict `delivery_pending`."""
    if delivery.state == "pending":
        raise Conflict(
            "The delivery is on its way: `next_attempt_at` says when it is tried next.",
            code="delivery_pending",
        )
    delivery.state = "pending"
    delivery.attempts_before = delivery.attempts
    delivery.next_attempt_at = now
    delivery.finished_at = None
