"""What a group's state means for its meetings: a pause cancels what lies inside."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting
from app.db.queries import cadences, meetings
from app.domain.group_days import day_of
from app.domain.pause_dues import EndedPause
from app.services.commitment_dues import dues_paused
from app.services.gone_meetings import replan_without
from app.services.materialise import add_missing, rests_on
from app.services.meeting_rows import cancel, restore, tell
from app.services.pause_dues import dues_resumed


@dataclass(frozen=True, slots=True)
class Rest:
    """The days of a pause that has ended early or was called off, inclusive; None: open end."""

    first_on: date
    last_on: date | None


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """What a change of a group's state did to its meetings: those called off, those that take
    place after all, under their UIDs, and how many are new.
    """

    cancelled: tuple[UUID, ...] = ()
    restored: tuple[UUID, ...] = ()
    created: int = 0


async def follow_group(
    session: AsyncSession,
    group: Group,
    now: datetime,
    horizon: timedelta | None = None,
    ended: Rest | None = None,
) -> GroupChanges:
    """Cancel what lies inside a locked group's pause or after its end, bring back the rest, replan.

    An active group then has its meetings up to the horizon, or where none is given, the duty that
    keeps it finds the group at once. `ended`: a pause that is over before its time.
    """
    gone, back = await follow_pause(session, group, now)
    cadence = await cadences.find(session, group.workspace_id, group.id)
    created = 0
    if cadence is not None and group.state == "active":
        if horizon is None:
            cadence.horizon_at = now
        else:
            created = await add_missing(session, group, cadence, now, now + horizon)
    await replan_without(session, group, gone, now)
    if ended is not None:
        called_off = await meetings.cancelled_by_group(session, group.workspace_id, group.id)
        pause = EndedPause(
            ended.first_on, ended.last_on, {meeting.id for meeting in back}, set(called_off)
        )
        await dues_resumed(session, group, pause, now)
    if group.paused_from is not None and group.paused_until is not None:
        first_on, last_on = group.paused_from, group.paused_until
        await dues_paused(session, group.workspace_id, group.id, first_on, last_on, now)
    return GroupChanges(
        cancelled=tuple(meeting.id for meeting in gone),
        restored=tuple(meeting.id for meeting in back),
        created=created,
    )


async def follow_pause(
    session: AsyncSession, group: Group, now: datetime
) -> tuple[list[Meeting], list[Meeting]]:
    """Cancel what lies inside a pause, bring back what does not; the meetings of each kind."""
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
    return gone, back
