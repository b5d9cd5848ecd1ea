"""A push to a calendar target, in two short transactions: what to send, and what came of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars import caldav
from app.adapters.calendars.caldav import Conversation, Failed, Outcome, Removed, Written
from app.adapters.calendars.ical import CalendarMeeting, render_calendar
from app.db.models import CalendarPush, CalendarTarget
from app.db.queries import calendar_feeds, calendar_pushes
from app.domain import ids
from app.services.calendar_entries import attended_by_place, of_person_row
from app.services.calendar_targets import as_error
from app.services.events import emit
from app.services.facts import calendar_target_facts

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""The wait after the first failure in a row, the second, …; the last one repeats."""
GIVE_UP_AFTER: Final = timedelta(days=5)
"""A calendar that has failed so long is left alone: disabled, or removed without its objects."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """What to do about one object. `content` None: take it out. `requested`: the wish it meets."""

    uid: str
    requested: int
    url: str
    content: bytes | None
    etag: str | None

    def conversation(self) -> Conversation:
        """The requests that do it."""
        if self.content is None:
            return caldav.remove(self.url)
        return caldav.write(self.url, self.content, self.etag)


async def begin_push(session: AsyncSession, target: CalendarTarget, now: datetime) -> Push | None:
    """Take the object of a locked target that is due; None if nothing has to be sent for it."""
    row = await calendar_pushes.next_due(session, target.workspace_id, target.id, now)
    if row is None:
        return None
    content = await _wanted(session, target, row, now)
    if content is _AS_IT_IS or (content is not None and _digest(content) == row.digest):
        row.due_at = None
        return None
    if content is None and row.attempted_at is None:
        await session.delete(row)
        return None
    row.attempted_at = now
    url = caldav.object_url(target.address, row.uid)
    return Push(row.uid, row.requested, url, content, row.etag)


_AS_IT_IS = b""
"""Nothing is to be changed about an object."""


async def _wanted(
    session: AsyncSession, target: CalendarTarget, row: CalendarPush, now: datetime
) -> bytes | None:
    """What the target is to hold under a UID; None for nothing, `_AS_IT_IS` for what it has.

    A past meeting stays as it was written. One that was cancelled stays as cancelled where it had
    been written before.
    """
    if target.state == "removing":
        return None
    where = (target.workspace_id, target.person_id, row.uid)
    rows = await calendar_feeds.person_meeting(session, *where)
    attended = [of_person_row(meeting) for meeting in attended_by_place(rows)]
    if not attended:
        is_over = any(meeting.ends_at <= now for meeting in rows)
        return _AS_IT_IS if is_over and row.attempted_at else None
    return _content(attended[0], row, now)


def _content(meeting: CalendarMeeting, row: CalendarPush, now: datetime) -> bytes | None:
    if row.attempted_at is None and (meeting.cancelled or meeting.ends_at <= now):
        return None
    return render_calendar([meeting])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def end_push(
    session: AsyncSession, target: CalendarTarget, push: Push, outcome: Outcome, now: datetime
) -> None:
    """Write down what came of a push to a locked target, and what follows."""
    row = await calendar_pushes.find(session, target.workspace_id, target.id, push.uid)
    if isinstance(outcome, Failed):
        if row is not None and outcome.about == "object":
            _note_refusal(row, push, outcome, now)
        await _note_failure(session, target, outcome, now)
        return
    if row is not None:
        await _note_done(session, row, push, outcome)
    note_success(target, now)


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
    row.etag = row.digest = None
    if isinstance(outcome, Written) and push.content is not None:
        row.etag, row.digest = outcome.etag, _digest(push.content)


def _note_refusal(row: CalendarPush, push: Push, failed: Failed, now: datetime) -> None:
    """The server does not want this object: try later, unless it has changed meanwhile."""
    row.failures += 1
    row.last_error = failed.code
    if row.requested == push.requested:
        row.due_at = now + _wait(row.failures, failed)


def note_success(target: CalendarTarget, now: datetime) -> None:
    """The server took what was sent: whatever waits can go out at once."""
    target.last_success_at = now
    target.failures = 0
    target.failing_since = target.retry_at = target.last_error = None
    target.touch(now)


async def _note_failure(
    session: AsyncSession, target: CalendarTarget, failed: Failed, now: datetime
) -> None:
    target.last_error = as_error(failed, now)
    target.touch(now)
    if failed.about == "object":
        return
    target.failures += 1
    target.failing_since = target.failing_since or now
    target.retry_at = now + _wait(target.failures, failed)
    if now - target.failing_since >= GIVE_UP_AFTER:
        await _give_up(session, target, now)


async def _give_up(session: AsyncSession, target: CalendarTarget, now: datetime) -> None:
    target_id = ids.encode("calendar_target", target.id)
    if target.state == "removing":
        log.warning("calendar_target_removed_without_its_objects", target_id=target_id)
        await calendar_pushes.forget_all(session, target.workspace_id, target.id)
        return
    target.state = "disabled"
    await session.flush()
    emit(
        session,
        "calendar_target.disabled",
        target.workspace_id,
        calendar_target_facts(target),
        now,
    )
    log.warning("calendar_target_disabled", target_id=target_id)


def _wait(failures: int, failed: Failed) -> timedelta:
    """The next wait, or a longer one that the server asks for, up to the longest of ours."""
    wait = WAITS[min(failures, len(WAITS)) - 1]
    wish = timedelta(seconds=failed.retry_after or 0)
    return max(wait, min(wish, WAITS[-1]))


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
    if target.state == "disabled":
        return None
    due_at = await calendar_pushes.first_due_at(session, workspace_id, target.id)
    return due_at and max(due_at, target.retry_at or due_at)
