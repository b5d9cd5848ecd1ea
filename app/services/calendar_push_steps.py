"""A push to a calendar target, in two short transactions: what to send, and what came of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars import caldav
from app.adapters.calendars.caldav import Conversation, Failed, Removed, Report, Written
from app.db.models import CalendarPush, CalendarTarget, Delivery
from app.db.queries import calendar_pushes, deliveries
from app.services import target_health as health
from app.services.target_deliveries import (
    Action,
    begin_attempt,
    end_attempt,
    log_delivery,
    queue_work,
)
from app.services.target_entries import AS_IT_IS, wanted_content

MOST_LOOKED_AT: Final = 50
"""Objects that one transaction looks at in search of one that has to be sent."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """What to do about one object. `content` None: take it out. `requested`: the wish it meets."""

    uid: str
    requested: int
    url: str
    content: bytes | None
    etag: str | None
    alarms: bytes
    at: datetime

    def conversation(self) -> Conversation:
        """The requests that do it."""
        if self.content is None:
            return caldav.remove(self.url)
        return caldav.write(self.url, self.content, self.etag, self.alarms)


Pushed = Report[Written | Removed]
"""What came of it."""


async def begin_push(
    session: AsyncSession, target: CalendarTarget, lease_until: datetime, now: datetime
) -> Push | None:
    """Take the object of a locked target that has been due longest; None if there is none.

    Those that the server has already in their present state are passed over.
    """
    for _ in range(MOST_LOOKED_AT):
        row = await calendar_pushes.next_due(session, target.workspace_id, target.id, now)
        if row is None:
            return None
        content = await wanted_content(session, target, row, now)
        if _has_to_be_sent(row, content):
            return await _begin(session, target, row, content, lease_until, now)
        await _pass_over(session, row, content, now)
        await session.flush()
    return None


def _has_to_be_sent(row: CalendarPush, content: bytes | None) -> bool:
    if content is None:
        return row.attempted_at is not None
    return content is not AS_IT_IS and _digest(content) != row.digest


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _pass_over(
    session: AsyncSession, row: CalendarPush, content: bytes | None, now: datetime
) -> None:
    """Nothing is to be sent, any more: what was tried before has expired."""
    delivery = await _unsettled(session, row)
    if delivery is not None:
        delivery.state, delivery.next_attempt_at, delivery.finished_at = "expired", None, now
    row.due_at = row.delivery_id = None
    if content is None:
        await session.delete(row)


async def _begin(
    session: AsyncSession,
    target: CalendarTarget,
    row: CalendarPush,
    content: bytes | None,
    lease_until: datetime,
    now: datetime,
) -> Push:
    action: Action = "remove" if content is None else "write"
    delivery = await _unsettled(session, row)
    if delivery is None:
        delivery = log_delivery(session, target, action, row.uid, now)
    delivery.action = action
    begin_attempt(delivery, lease_until)
    row.delivery_id = delivery.id
    row.attempted_at = now
    return Push(
        uid=row.uid,
        requested=row.requested,
        url=caldav.object_url(target.address or "", row.uid),
        content=content,
        etag=row.etag,
        alarms=(row.alarms or "").encode(),
        at=now,
    )


async def _unsettled(session: AsyncSession, row: CalendarPush) -> Delivery | None:
    if row.delivery_id is None:
        return None
    return await deliveries.find(session, row.workspace_id, row.delivery_id)


async def end_push(
    session: AsyncSession, target: CalendarTarget, push: Push, pushed: Pushed, now: datetime
) -> None:
    """Write down what came of a push to a locked target, and what follows."""
    row = await calendar_pushes.find(session, target.workspace_id, target.id, push.uid)
    delivery = None if row is None else await _unsettled(session, row)
    if isinstance(pushed.outcome, Failed):
        if row is not None and delivery is not None and pushed.outcome.about == "object":
            _note_refusal(row, push, pushed.outcome, delivery, now)
        await _note_failure(session, target, pushed.outcome, now)
    else:
        health.note_success(target, now)
    if row is not None and delivery is not None:
        _log_attempt(session, target, row, delivery, push, pushed)
    if row is not None and not isinstance(pushed.outcome, Failed):
        await _note_done(session, row, push, pushed.outcome)


def _log_attempt(
    session: AsyncSession,
    target: CalendarTarget,
    row: CalendarPush,
    delivery: Delivery,
    push: Push,
    pushed: Pushed,
) -> None:
    retry_at = None
    if isinstance(pushed.outcome, Failed):
        retry_at = row.due_at if pushed.outcome.about == "object" else target.retry_at
    end_attempt(session, delivery, push.at, pushed, note=note_of(pushed.outcome), retry_at=retry_at)
    if retry_at is None:
        row.delivery_id = None


def note_of(outcome: Written | Removed | Failed) -> str | None:
    """What is remarkable about an outcome."""
    if not isinstance(outcome, Written) or not outcome.overwrote:
        return None
    return "overwrote_an_edit_and_kept_its_alarms" if outcome.alarms else "overwrote_an_edit"


async def _note_done(
    session: AsyncSession, row: CalendarPush, push: Push, outcome: Written | Removed
) -> None:
    is_wanted_again = row.requested != push.requested
    if isinstance(outcome, Removed) and not is_wanted_again:
        await session.delete(row)
        return
    row.failures, row.last_error = 0, None
    if not is_wanted_again:
        row.due_at = None
    row.etag = row.digest = row.alarms = None
    if isinstance(outcome, Written) and push.content is not None:
        row.etag, row.digest = outcome.etag, _digest(push.content)
        row.alarms = outcome.alarms.decode() or None


def _note_refusal(
    row: CalendarPush, push: Push, failed: Failed, delivery: Delivery, now: datetime
) -> None:
    """The server does not want this object: try later, unless it has changed meanwhile.

    What has been refused for days is left until it changes, or is sent again by hand.
    """
    row.failures += 1
    row.last_error = failed.code
    if row.requested != push.requested:
        return
    given_up = now - delivery.created_at >= health.GIVE_UP_AFTER
    row.due_at = None if given_up else now + health.wait(row.failures, failed)


async def _note_failure(
    session: AsyncSession, target: CalendarTarget, failed: Failed, now: datetime
) -> None:
    await health.note_failure(session, target, failed, now)
    is_ours_to_make = target.state == "enabled" and target.settings.get("create_calendar")
    if failed.code == "calendar_not_found" and is_ours_to_make:
        await session.flush()
        await queue_work(session, target, "resync", now)


async def next_step(session: AsyncSession, target: CalendarTarget) -> datetime | None:
    """When a locked target wants to be looked at again; None if not before something changes.

    One that is removing is gone when nothing of ours is left in it.
    """
    workspace_id = target.workspace_id
    if target.state == "removing" and not await calendar_pushes.holds_anything(
        session, workspace_id, target.id
    ):
        await session.delete(target)
        return None
    if not health.may_be_written_to(target):
        return None
    due_at = await calendar_pushes.first_due_at(session, workspace_id, target.id)
    return due_at and max(due_at, target.retry_at or due_at)
