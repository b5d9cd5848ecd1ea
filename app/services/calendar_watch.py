"""What calendars cannot be relied on to tell: a change that came too late, an hour that moved."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting
from app.db.queries import calendar_watch as queries
from app.db.queries import groups, meetings
from app.domain.feed_clients import CLIENT_KINDS, GONE_AFTER, ClientKind, will_miss
from app.domain.group_days import day_of
from app.domain.local_shifts import shifted_minutes
from app.services.events import emit
from app.services.facts import local_shift_facts, stale_calendar_facts


async def tell_stale(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """Tell of each program that shows a meeting and will not have fetched its last change in time.

    Once for a change: when it is made, or a day before the meeting if that is later.
    """
    if not await queries.take(session, workspace_id, meeting_id, "stale_due_at", now):
        return
    group, meeting = await _loaded(session, workspace_id, meeting_id)
    starts_at = max(meeting.misleads_from or meeting.starts_at, now)
    for feed in await _feeds(session, group, meeting, now):
        for client, fetched_at in _readers(feed):
            if will_miss(
                client,
                fetched_at=fetched_at,
                changed_at=meeting.calendar_changed_at,
                starts_at=starts_at,
                now=now,
            ):
                facts = stale_calendar_facts(feed, client, fetched_at, meeting, group)
                emit(
                    session,
                    "calendar.stale",
                    workspace_id,
                    facts,
                    now,
                    group_id=group.id,
                    expires_at=starts_at,
                )


async def _feeds(
    session: AsyncSession, group: Group, meeting: Meeting, now: datetime
) -> list[Row[Any]]:
    """The feeds that somebody reads and that show a meeting."""
    day = day_of(meeting.starts_at, group.time_zone)
    return [
        feed
        for feed in await queries.read_feeds(session, meeting, fetched_since=now - GONE_AFTER)
        if feed.group_id is not None or ("meetings" in feed.include and _holds(feed, day))
    ]


def _readers(feed: Row[Any]) -> Iterator[tuple[ClientKind, datetime]]:
    for client in CLIENT_KINDS:
        if client in feed.readers:
            yield client, datetime.fromisoformat(feed.readers[client]["at"])


def _holds(place: Row[Any], day: date) -> bool:
    is_before_end = place.ends_on is None or day <= place.ends_on
    return bool(place.starts_on <= day and is_before_end)


async def tell_shift(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """Tell of each member who meets at another hour of their own than the time before, because the
    clocks of one side have changed. Once for a meeting.
    """
    if not await queries.take(session, workspace_id, meeting_id, "shift_due_at", now):
        return
    group, meeting = await _loaded(session, workspace_id, meeting_id)
    if meeting.state != "scheduled" or meeting.starts_at <= now:
        return
    previous = await queries.start_before(session, meeting)
    if previous is None:
        return
    day = day_of(meeting.starts_at, group.time_zone)
    for place in await queries.places(session, workspace_id, group.id):
        minutes = shifted_minutes(previous, meeting.starts_at, meeting.time_zone, place.time_zone)
        if minutes and _holds(place, day):
            facts = local_shift_facts(meeting, group, place, minutes)
            emit(
                session,
                "meeting.local_time_shifted",
                workspace_id,
                facts,
                now,
                group_id=group.id,
                expires_at=meeting.starts_at,
            )


async def _loaded(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> tuple[Group, Meeting]:
    meeting = await meetings.load(session, workspace_id, meeting_id)
    return await groups.load(session, workspace_id, meeting.group_id), meeting
