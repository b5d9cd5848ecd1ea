"""A mail in two short transactions: what to send, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.mail.message import Letter
from app.db.models import Attempt, CalendarTarget, Delivery
from app.db.queries import calendar_pushes, mails
from app.services.calendar_mails import forget_digest, write_invitation
from app.services.mail_post import Post, letter_of
from app.services.mail_reminders import write_mail
from app.services.target_deliveries import begin_attempt
from app.services.target_health import GIVE_UP_AFTER, WAITS, disable, note_success

MOST_WISHES: Final = 20
"""Wishes that one transaction settles; the next one goes on."""
LONGEST_ANSWER: Final = 2000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail in the hands of a worker; `attempt` counts over the delivery's whole life."""

    delivery_id: UUID
    attempt: int
    letter: Letter
    at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. `code` None: it was taken. `is_final`: no use in trying again.
    `is_of_recipient`: it went wrong with this address, not with the server as such.
    """

    code: str | None
    status: int | None
    answer: str | None
    duration_ms: int
    is_final: bool = False
    is_of_recipient: bool = False


async def begin_mail(
    session: AsyncSession, target: CalendarTarget, post: Post, lease_until: datetime, now: datetime
) -> Outgoing | None:
    """Take the mail of a locked target that has been due longest; None if there is none.

    Before that, wishes become mails, which replace older ones that wait, and what has expired is
    closed. A worker that dies now leaves a mail that is due at `lease_until`.
    """
    await _settle_wishes(session, target, post, now)
    await mails.expire(session, target.workspace_id, target.id, now)
    found = await mails.next_due(session, target.workspace_id, target.id, now)
    if found is None:
        return None
    delivery, mail = found
    if mail.content is None and not await write_mail(session, target, delivery, mail, post, now):
        delivery.state, delivery.next_attempt_at, delivery.finished_at = "expired", None, now
        return None
    assert mail.content is not None  # noqa: S101 - it was written just now
    begin_attempt(delivery, lease_until)
    await session.flush()
    letter = letter_of(post, target, mail.content)
    return Outgoing(delivery.id, delivery.attempts, letter, now)


async def _settle_wishes(
    session: AsyncSession, target: CalendarTarget, post: Post, now: datetime
) -> None:
    for _ in range(MOST_WISHES):
        row = await calendar_pushes.next_due(session, target.workspace_id, target.id, now)
        if row is None:
            return
        await write_invitation(session, target, row, post, now)
        await session.flush()


async def end_mail(
    session: AsyncSession, target: CalendarTarget, outgoing: Outgoing, result: Result
) -> None:
    """Write down what came of an attempt at a mail of a locked target, and what follows.

    Nothing is written if the delivery has moved on since: the attempt outlived its lease.
    """
    found = await mails.find(session, target.workspace_id, outgoing.delivery_id)
    if found is None:
        return
    delivery, _ = found
    if delivery.state != "pending" or delivery.attempts != outgoing.attempt:
        return
    ended_at = outgoing.at + timedelta(milliseconds=result.duration_ms)
    retry_at = _retry_at(delivery, result, ended_at)
    session.add(_attempt(delivery, outgoing, result))
    delivery.next_attempt_at = retry_at
    if retry_at is None:
        delivery.state = "succeeded" if result.code is None else "failed"
        delivery.finished_at = ended_at
    if result.code is None:
        note_success(target, ended_at)
        return
    if retry_at is None and delivery.uid is not None:
        await forget_digest(session, target.workspace_id, target.id, delivery.uid)
    await _note_failure(session, target, result, retry_at, ended_at)


def _attempt(delivery: Delivery, outgoing: Outgoing, result: Result) -> Attempt:
    answer = result.answer if result.code is not None else None
    return Attempt(
        workspace_id=delivery.workspace_id,
        delivery_id=delivery.id,
        number=outgoing.attempt,
        at=outgoing.at,
        status=result.status,
        duration_ms=result.duration_ms,
        error=result.code,
        response=answer and answer[:LONGEST_ANSWER],
    )


def _retry_at(delivery: Delivery, result: Result, ended_at: datetime) -> datetime | None:
    if result.code is None or result.is_final:
        return None
    failures = delivery.attempts - delivery.attempts_before
    return ended_at + WAITS[min(failures, len(WAITS)) - 1]


async def _note_failure(
    session: AsyncSession,
    target: CalendarTarget,
    result: Result,
    retry_at: datetime | None,
    now: datetime,
) -> None:
    """A server in trouble disables nobody's mail: it is the operator's, and mail expires."""
    target.last_error = {"code": result.code, "status": result.status, "at": now.isoformat()}
    target.failures += 1
    target.failing_since = target.failing_since or now
    target.retry_at = retry_at
    target.touch(now)
    too_long = result.is_of_recipient and now - target.failing_since >= GIVE_UP_AFTER
    if result.is_final:
        await disable(session, target, result.code or "failing", now)
    elif too_long:
        await disable(session, target, "failing", now)


async def next_mail_at(session: AsyncSession, target: CalendarTarget) -> datetime | None:
    """When a locked target wants to be looked at again; None if not before something changes."""
    if target.state != "enabled":
        return None
    workspace_id = target.workspace_id
    due = [
        await mails.first_due_at(session, workspace_id, target.id),
        await calendar_pushes.first_due_at(session, workspace_id, target.id),
    ]
    first = min((each for each in due if each is not None), default=None)
    return first and max(first, target.retry_at or first)
