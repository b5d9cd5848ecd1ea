"""What a group's state means for its meetings: a pause cancels what lies inside."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting
from app.db.queries import cadences, meetings
from app.domain.group_days import day_of
from app.services.commitment_dues import dues_paused
from app.services.gone_meetings import replan_without
from app.services.materialise import add_missing, rests_on
from app.services.meeting_rows import cancel, restore, tell


async def follow_group(
    session: AsyncSession, group: Group, now: datetime, horizon: timedelta | None = None
) -> None:
    """Cancel what lies inside a locked group's pause or after its end, bring back the rest, replan.

    An active group then has its meetings up to the horizon, or where none is given, the duty that
    keeps it finds the group at once.
    """
    gone = await follow_pause(session, group, now)
    cadence = await cadences.find(session, group.workspace_id, group.id)
    if cadence is not None and group.state == "active":
        if horizon is None:
            cadence.horizon_at = now
        else:
            await add_missing(session, group, cadence, now, now + horizon)
    await replan_without(session, group, gone, now)
    if group.paused_from is not None and group.paused_until is not None:
        first_on, last_on = group.paused_from, group.paused_until
        await dues_paused(session, group.workspace_id, group.id, first_on, last_on, now)


async def follow_pause(session: AsyncSession, group: Group, now: datetime) -> list[Meeting]:
    """Cancel what lies inside a pause, bring back what does not; the meetings cancelled."""
    found = await meetings.following_the_group(session, group.workspace_id, group.id, after=now)
    rests = {
        meeting.id: rests_on(group, day_of(meeting.starts_at, group.time_zone)) for meeting in found
    }
    gone = [m for m in found if rests[m.id] and m.state == "scheduled"]
    back = [m for m in found if not rests[m.id] and m.state == "cancelled"]
    reason = "The group has ended." if group.state == "closed" else "The group takes a break."
    for meeting in gone:
        cancel(meeting, "group", reason, now)
    for meeting in back:
        restore(meeting, now)
    await session.flush()
    await tell(session, "meeting.cancelled", group, gone, now)
    await tell(session, "meeting.scheduled", group, back, now)
    return gone
