"""Meetings exist ahead of time, up to a horizon."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Cadence, Group, Meeting
from app.db.queries import cadences, groups, meetings
from app.domain.cadence_changes import occurrence_key
from app.domain.group_days import begin_of, day_of
from app.domain.meeting_times import MeetingTimes
from app.domain.recurrence import Cadence as Rule
from app.domain.recurrence import DateRange, Occurrence, occurrences
from app.services.meeting_rows import local_text, new_meeting, restore, tell
from app.services.planning import replan

ZONES_APART = timedelta(days=2)
"""Local times of one instant differ by less."""


async def materialise(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime, horizon: timedelta
) -> None:
    """Make the missing meetings of an active group until `now + horizon`, and plan them."""
    group = await groups.lock(session, workspace_id, group_id)
    cadence = await cadences.find(session, workspace_id, group_id)
    if cadence is None or group.state != "active":
        return
    await add_missing(session, group, cadence, now, now + horizon)
    await replan(session, workspace_id, group_id, now)


async def add_missing(
    session: AsyncSession, group: Group, cadence: Cadence, now: datetime, until: datetime
) -> int:
    """Make the cadence's meetings that are not there yet; how many there are now in addition.

    One that a former cadence made, and a later one dropped, comes back under its UID.
    """
    present = {meeting.occurrence: meeting for meeting in await made_since(session, group, now)}
    wanted = [
        occurrence
        for occurrence in occurrences(
            rule_of(cadence),
            after=first_instant(cadence.effective_from, cadence.time_zone, now),
            until=until,
        )
        if not rests_on(group, day_of(occurrence.starts_at, group.time_zone))
    ]
    dropped = [
        meeting
        for occurrence in wanted
        if (meeting := present.get(occurrence_key(occurrence))) is not None
        and meeting.cancelled_by == "cadence"
    ]
    for meeting in dropped:
        restore(meeting, now)
    missing = [each for each in wanted if occurrence_key(each) not in present]
    cadence.horizon_at = until
    await create(session, group, cadence, missing, now)
    await tell(session, "meeting.scheduled", group, dropped, now)
    return len(missing) + len(dropped)


async def create(
    session: AsyncSession,
    group: Group,
    cadence: Cadence,
    missing: Sequence[Occurrence],
    now: datetime,
) -> None:
    """Make a meeting for each of these occurrences, and tell of them."""
    made = [
        new_meeting(
            group,
            "cadence",
            times_of(occurrence, cadence.time_zone),
            now,
            occurrence=occurrence_key(occurrence),
        )
        for occurrence in missing
    ]
    session.add_all(made)
    await session.flush()
    await tell(session, "meeting.scheduled", group, made, now)


async def made_since(session: AsyncSession, group: Group, since: datetime) -> Sequence[Meeting]:
    """All meetings of the group's cadences since an instant, in whatever state."""
    return await meetings.of_cadence(
        session,
        group.workspace_id,
        group.id,
        since=since,
        occurrence=local_text((since - ZONES_APART).replace(tzinfo=None)),
    )


def rule_of(cadence: Cadence) -> Rule:
    """The cadence as the domain knows it."""
    return Rule(
        rrule=cadence.rrule,
        local_start=datetime.fromisoformat(cadence.local_start),
        time_zone=cadence.time_zone,
        duration_minutes=cadence.duration_minutes,
        excluded=tuple(
            DateRange(date.fromisoformat(days["from"]), date.fromisoformat(days["to"]))
            for days in cadence.excluded
        ),
    )


def first_instant(effective_from: date, time_zone: str, now: datetime) -> datetime:
    """From when on a cadence holds, and its meetings lie ahead."""
    return max(now, begin_of(effective_from, time_zone))


def times_of(occurrence: Occurrence, time_zone: str) -> MeetingTimes:
    """The times of a meeting that is an occurrence."""
    return MeetingTimes(occurrence.local_start, time_zone, occurrence.starts_at, occurrence.ends_at)


def rests_on(group: Group, day: date) -> bool:
    """Whether the group rests on a day, or has ended."""
    if group.state == "closed":
        return True
    return (
        group.paused_from is not None
        and group.paused_from <= day
        and (group.paused_until is None or day <= group.paused_until)
    )
