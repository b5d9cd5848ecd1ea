"""How a calendar's server is doing, and when it is asked again or left alone."""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.caldav import Failed
from app.db.models import CalendarTarget
from app.db.queries import calendar_pushes, people
from app.domain import ids
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
_LOCKED_OUT: Final = {"unauthorized", "forbidden"}
"""Asking again would not help, and locks accounts."""

log = structlog.get_logger(__name__)


def may_be_written_to(target: CalendarTarget) -> bool:
    """Whether the worker writes to a target at all."""
    return target.state in {"enabled", "removing"}


def may_be_called(target: CalendarTarget, now: datetime) -> bool:
    """Whether the server may be written to by now."""
    return may_be_written_to(target) and (target.retry_at is None or target.retry_at <= now)


def wait(failures: int, failed: Failed) -> timedelta:
    """The next wait, or a longer one that the server asks for, up to the longest of ours."""
    planned = WAITS[min(failures, len(WAITS)) - 1]
    wish = timedelta(seconds=failed.retry_after or 0)
    return max(planned, min(wish, WAITS[-1]))


def note_success(target: CalendarTarget, now: datetime) -> None:
    """The server took what was sent: whatever waits can go out at once."""
    target.last_success_at = now
    target.failures = 0
    target.failing_since = target.retry_at = target.last_error = None
    target.touch(now)


async def note_failure(
    session: AsyncSession, target: CalendarTarget, failed: Failed, now: datetime
) -> None:
    """The server did not take what was sent to a locked target."""
    target.last_error = as_error(failed, now)
    target.touch(now)
    if failed.about == "object":
        return
    target.failures += 1
    target.failing_since = target.failing_since or now
    target.retry_at = now + wait(target.failures, failed)
    if target.state == "enabled" and failed.code in _LOCKED_OUT:
        await disable(session, target, failed.code, now)
    elif now - target.failing_since >= GIVE_UP_AFTER:
        await _give_up(session, target, now)


def as_error(failed: Failed, now: datetime) -> dict[str, Any]:
    """A failure as a target shows it."""
    return {"code": failed.code, "status": failed.status, "at": now.isoformat()}


async def _give_up(session: AsyncSession, target: CalendarTarget, now: datetime) -> None:
    if target.state == "enabled":
        await disable(session, target, "failing", now)
        return
    log.warning("calendar_target_removed_without_its_objects", target_id=_id(target))
    await calendar_pushes.forget_all(session, target.workspace_id, target.id)


async def disable(
    session: AsyncSession, target: CalendarTarget, reason: str, now: datetime
) -> None:
    """Send a locked target nothing more, and say so."""
    target.state, target.disabled_reason = "disabled", reason
    target.touch(now)
    await session.flush()
    person = await people.load(session, target.workspace_id, target.person_id)
    facts = calendar_target_facts(target, person.external_id)
    emit(session, "calendar_target.disabled", target.workspace_id, facts, now)
    log.warning("calendar_target_disabled", target_id=_id(target), reason=reason)


def _id(target: CalendarTarget) -> str:
    return ids.encode("calendar_target", target.id)
