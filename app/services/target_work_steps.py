"""Work on a calendar target that somebody asked for: a test, a discovery, a resync.

As with pushes there are two short transactions: what to ask, and what came of it. It is tried
once; whoever asked reads in the delivery what was wrong, and may send it again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars import caldav
from app.adapters.calendars.caldav import Failed, Removed, Report, Talk, Written
from app.adapters.calendars.discovery import Connected, connect
from app.adapters.calendars.ical import CalendarMeeting, render_calendar
from app.adapters.calendars.inventory import Inventory, take_inventory
from app.db.models import CalendarTarget, Delivery
from app.db.queries import calendar_pushes, calendar_targets, calendar_wishes
from app.domain import ids
from app.services import target_health as health
from app.services.calendar_pushes import fill_target
from app.services.target_deliveries import begin_attempt, end_attempt

Result = Connected | Inventory | Written | Removed
NAME: Final = "Hotseat"
"""What a calendar is called that was asked for by its URL and is made anew."""
TEST_LASTS: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Work:
    """What to ask of a target's server."""

    target_id: UUID
    talk: Talk[Result]
    at: datetime


Worked = Report[Result]
"""What came of it."""


def begin_work(
    target: CalendarTarget, delivery: Delivery, lease_until: datetime, now: datetime
) -> Work | None:
    """Begin what a delivery asks of a locked target; None if it makes no sense any more."""
    talk = _talk(target, delivery, now)
    if target.state == "removing" or talk is None:
        delivery.state, delivery.next_attempt_at, delivery.finished_at = "expired", None, now
        return None
    begin_attempt(delivery, lease_until)
    return Work(target.id, talk, now)


def _talk(target: CalendarTarget, delivery: Delivery, now: datetime) -> Talk[Result] | None:
    settings = target.settings
    new_name = ids.encode("calendar_target", target.id)
    if delivery.action == "discover":
        return connect(
            settings.get("server_url") or target.address or "",
            settings.get("calendar"),
            new_name=new_name if settings.get("create_calendar") else None,
        )
    if target.address is None:
        return None
    if delivery.action == "resync":
        is_ours_to_make = settings.get("create_calendar")
        name = settings.get("calendar") or NAME
        return take_inventory(target.address, new_name=name if is_ours_to_make else None)
    uid = f"{new_name}-test@hotseat"
    return caldav.probe(caldav.object_url(target.address, uid), _test_object(uid, now))


def _test_object(uid: str, now: datetime) -> bytes:
    now = now.replace(microsecond=0)
    meeting = CalendarMeeting(
        uid=uid,
        sequence=0,
        created_at=now,
        changed_at=now,
        starts_at=now,
        ends_at=now + TEST_LASTS,
        time_zone="UTC",
        summary="Hotseat: test",
        description=None,
        location=None,
        url=None,
    )
    return render_calendar([meeting])


async def end_work(
    session: AsyncSession,
    target: CalendarTarget,
    delivery: Delivery,
    work: Work,
    worked: Worked,
    now: datetime,
) -> None:
    """Write down what came of work on a locked target, and what follows."""
    outcome = worked.outcome
    if isinstance(outcome, Connected):
        outcome = await _connect(session, target, outcome)
    if isinstance(outcome, Failed):
        _note_failed(target, delivery, outcome, now)
    else:
        target.last_error = None
        await _note_done(session, target, outcome, now)
    failed = outcome if isinstance(outcome, Failed) else None
    end_attempt(session, delivery, work.at, worked, failed=failed, note=_note(worked.outcome))


def _note_failed(target: CalendarTarget, delivery: Delivery, failed: Failed, now: datetime) -> None:
    """A target without a calendar says why; one with a calendar is judged by its pushes."""
    if target.address is None and delivery.action == "discover":
        target.state = "choosing" if target.calendars else "failed"
        target.last_error = health.as_error(failed, now)
    target.touch(now)


async def _note_done(
    session: AsyncSession, target: CalendarTarget, outcome: Result, now: datetime
) -> None:
    if isinstance(outcome, Connected):
        target.touch(now)
        if target.state in {"connecting", "choosing", "failed"}:
            target.state = "enabled"
            await session.flush()
            await fill_target(session, target, now)
        return
    health.note_success(target, now)
    if isinstance(outcome, Inventory):
        await _repair(session, target, outcome, now)


async def _connect(
    session: AsyncSession, target: CalendarTarget, found: Connected
) -> Connected | Failed:
    """Keep what was found; a target that has its calendar already only gets to know the others."""
    target.calendars = [
        {"url": each.url, "name": each.name, "writable": each.writable} for each in found.calendars
    ]
    if target.address is not None:
        return found
    if found.url is None:
        return Failed(found.problem or "choose_calendar")
    if await calendar_targets.is_taken(session, target.workspace_id, found.url, target.id):
        return Failed("calendar_taken")
    target.address = found.url
    target.settings = {**target.settings, "url": found.url}
    return found


async def _repair(
    session: AsyncSession, target: CalendarTarget, inventory: Inventory, now: datetime
) -> None:
    """Have everything written that is missing there or is not as we wrote it."""
    where = (session, target.workspace_id, target.id)
    urls = {
        row.uid: (caldav.object_url(target.address or "", row.uid), row.etag)
        for row in await calendar_pushes.held(*where)
    }
    missing = [uid for uid, (url, _) in urls.items() if not inventory.holds(url)]
    edited = [
        uid
        for uid, (url, etag) in urls.items()
        if inventory.holds(url) and (etag is None or inventory.tag(url) != etag)
    ]
    await session.flush()
    await calendar_wishes.request_repair(*where, now, missing=missing, edited=edited)
    await fill_target(session, target, now)


def _note(outcome: Result | Failed) -> str | None:
    if isinstance(outcome, Connected):
        return "made_the_calendar" if outcome.created else None
    if isinstance(outcome, Inventory):
        return "made_the_calendar_anew" if outcome.remade else None
    return None
