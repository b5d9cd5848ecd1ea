"""What every change of a meeting's row has in common: its times, its revision, its duties."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Group, Meeting
from app.db.queries import groups, meetings
from app.domain import ids
from app.domain.events import EVENT_TYPES
from app.domain.feed_clients import look_at
from app.domain.group_days import day_of
from app.domain.local_shifts import TOLD_BEFORE
from app.domain.meeting_states import MeetingState, MeetingVerb, transition
from app.domain.meeting_times import MeetingTimes, duty_times
from app.domain.versions import Expected
from app.services.calendar_facts import Method, with_calendar
from app.services.calendar_pushes import enqueue_pushes
from app.services.events import emit
from app.services.facts import meeting_facts


async def locked(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected
) -> tuple[Group, Meeting]:
    """A meeting to change and its group, which is locked; NotFound, StaleVersionError."""
    group_id = await meetings.group_of(session, workspace_id, meeting_id)
    group = await groups.lock(session, workspace_id, group_id)
    meeting = await meetings.load(session, workspace_id, meeting_id)
    expected.check(meeting.version)
    return group, meeting


def next_state(meeting: Meeting, verb: MeetingVerb) -> MeetingState:
    """The state that `verb` leads to. Raises Conflict `invalid_transition`."""
    return transition(meeting.state, verb, held_before=meeting.closed_at is not None)


def new_meeting(
    group: Group, origin: str, times: MeetingTimes, now: datetime, **own: Any
) -> Meeting:
    """A scheduled meeting with a UID of its own."""
    meeting_id = new_id()
    meeting = Meeting(
        workspace_id=group.workspace_id,
        id=meeting_id,
        group_id=group.id,
        origin=origin,
        state="scheduled",
        uid=f"{ids.encode('meeting', meeting_id)}@hotseat",
        sequence=0,
        calendar_changed_at=now,
        created_at=now,
        updated_at=now,
        **own,
    )
    set_times(meeting, times)
    set_duties(meeting, now)
    _watch_readers(meeting, now)
    if times.starts_at > now:
        meeting.shift_due_at = times.starts_at - TOLD_BEFORE
    return meeting


def local_text(local_start: datetime) -> str:
    """A wall-clock start as it is stored."""
    return local_start.isoformat(timespec="minutes")


def minutes_of(meeting: Meeting) -> int:
    """How long a meeting lasts by plan."""
    return int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60


def set_times(meeting: Meeting, times: MeetingTimes) -> None:
    """Put a meeting at these times."""
    before: datetime | None = meeting.starts_at
    meeting.misleads_from = min(before or times.starts_at, times.starts_at)
    if meeting.shift_due_at is not None:
        meeting.shift_due_at = times.starts_at - TOLD_BEFORE
    meeting.local_start = local_text(times.local_start)
    meeting.time_zone = times.time_zone
    meeting.starts_at, meeting.ends_at = times.starts_at, times.ends_at


def set_duties(meeting: Meeting, now: datetime) -> None:
    """Note when the meeting is to be reminded of, and when it lapses or closes by itself.

    Nobody is reminded twice of an evening for the sake of another hour.
    """
    times = duty_times(meeting.state, meeting.starts_at, meeting.ends_at, now)
    is_told = meeting.reminded_for == day_of(meeting.starts_at, meeting.time_zone)
    meeting.reminder_due_at = None if is_told else times.reminder
    meeting.unrecorded_due_at = times.unrecorded
    meeting.lapse_due_at = times.lapse


def revise(meeting: Meeting, now: datetime) -> None:
    """Another revision of what calendars show."""
    meeting.sequence += 1
    meeting.calendar_changed_at = meeting.updated_at = now
    _watch_readers(meeting, now)


def _watch_readers(meeting: Meeting, now: datetime) -> None:
    """Note when to see which programs have not fetched what is new."""
    if meeting.misleads_from is None or meeting.misleads_from <= now:
        meeting.misleads_from = meeting.starts_at
    meeting.stale_due_at = look_at(meeting.misleads_from, now)


def cancel(meeting: Meeting, by: str, reason: str | None, now: datetime) -> None:
    """Call a meeting off, in a new revision."""
    meeting.state = "cancelled"
    meeting.cancelled_by, meeting.cancel_reason = by, reason
    revise(meeting, now)
    set_duties(meeting, now)


def restore(meeting: Meeting, now: datetime) -> None:
    """Bring a cancelled meeting back under its UID, in a new revision."""
    meeting.state = "scheduled"
    meeting.cancelled_by = meeting.cancel_reason = None
    revise(meeting, now)
    set_duties(meeting, now)


async def tell(
    session: AsyncSession,
    event_type: str,
    group: Group,
    changed: Collection[Meeting],
    now: datetime,
    *,
    expires_at: datetime | None = None,
    more: Mapping[str, Any] | None = None,
    event_id: UUID | None = None,
) -> None:
    """Tell of meetings, flushed by now; where calendars care, with what they want. `more`: what
    this type says beyond that. `event_id`: for a single meeting, as `emit` takes it.
    """
    for meeting in changed:
        # What is off stays off, whatever else of it changes.
        method: Method = "CANCEL" if meeting.state == "cancelled" else "REQUEST"
        facts = {**meeting_facts(meeting, group), **(more or {})}
        if EVENT_TYPES[event_type].calendar:
            facts = with_calendar(facts, meeting, group, method)
        emit(
            session,
            event_type,
            group.workspace_id,
            facts,
            now,
            group_id=group.id,
            expires_at=expires_at,
            event_id=event_id,
        )
    if EVENT_TYPES[event_type].calendar:
        meeting_ids = [meeting.id for meeting in changed]
        await enqueue_pushes(session, group.workspace_id, meeting_ids, now)
