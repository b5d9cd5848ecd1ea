"""What the clock does to meetings. Each step looks at the row first: doing it twice is harmless."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import planning
from app.domain.group_days import day_of
from app.domain.versions import ANY
from app.services.commitment_dues import meetings_gone
from app.services.holding import end
from app.services.mail_reminders import remind_of_meeting
from app.services.meeting_rows import locked, set_duties, tell
from app.services.plan_writing import OPEN
from app.services.planning import replan


async def remind(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """Tell that a meeting begins within a day; the event is of no use once it has begun."""
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    if meeting.reminder_due_at is None or meeting.reminder_due_at > now:
        return
    meeting.reminder_due_at = None
    await session.flush()
    if meeting.state == "scheduled" and now < meeting.starts_at:
        meeting.reminded_for = day_of(meeting.starts_at, meeting.time_zone)
        await tell(session, "meeting.reminder", group, [meeting], now, expires_at=meeting.starts_at)
        await remind_of_meeting(session, group, meeting, now)


async def mark_unrecorded(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """Tell once that a meeting's end has passed and nobody has started or recorded it."""
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    if meeting.unrecorded_due_at is None or meeting.unrecorded_due_at > now:
        return
    meeting.unrecorded_due_at = None
    await session.flush()
    if meeting.state == "scheduled":
        await tell(session, "meeting.unrecorded", group, [meeting], now)


async def lapse_or_close(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> None:
    """Let a meeting lapse that nobody recorded for a week, or close one that nobody closed."""
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    if meeting.lapse_due_at is None or meeting.lapse_due_at > now:
        return
    if meeting.state == "live":
        await end(session, group, meeting, now, ended_at=min(meeting.ends_at, now))
        return
    meeting.state = "lapsed"
    meeting.updated_at = now
    set_duties(meeting, now)
    topics = {}
    for seat in await planning.hot_seats(session, workspace_id, [meeting.id]):
        if seat.state in OPEN:
            seat.state, seat.updated_at = "skipped", now
            if seat.topic:
                topics[seat.membership_id] = seat.topic
    await session.flush()
    await tell(session, "meeting.lapsed", group, [meeting], now)
    await replan(session, workspace_id, group.id, now, topics=topics)
    await meetings_gone(session, workspace_id, [meeting], now)
