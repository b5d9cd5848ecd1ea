"""The meetings ahead follow a cadence that has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Cadence, Group, Meeting
from app.db.queries import meetings
from app.domain.cadence_changes import Changes, Made, changes, occurrence_key
from app.domain.group_days import day_of
from app.domain.recurrence import Occurrence, occurrences
from app.services.commitment_dues import meetings_moved
from app.services.gone_meetings import replan_without
from app.services.group_meetings import follow_pause
from app.services.materialise import (
    create,
    first_instant,
    made_since,
    rests_on,
    rule_of,
    times_of,
)
from app.services.meeting_rows import cancel, restore, revise, set_duties, set_times, tell

SETTLED = {"live", "held", "lapsed"}


@dataclass(frozen=True, slots=True)
class CadenceChanges:
    """What a cadence did to the meetings ahead: how many, and which stayed in its way."""

    created: int = 0
    moved: int = 0
    cancelled: int = 0
    kept: int = 0
    conflicts: tuple[UUID, ...] = ()


async def follow_cadence(
    session: AsyncSession, group: Group, cadence: Cadence, now: datetime, *, new_hours: bool
) -> CadenceChanges:
    """Move, cancel and create meetings up to the cadence's horizon, and plan them anew.

    `new_hours`: the same local start now means another instant or length.
    """
    begins = first_instant(cadence.effective_from, cadence.time_zone, now)
    wanted = occurrences(rule_of(cadence), after=begins, until=cadence.horizon_at)
    first_day = cadence.effective_from.isoformat()
    present = [
        meeting
        for meeting in await made_since(session, group, now)
        if meeting.occurrence is not None and meeting.occurrence >= first_day
    ]
    made = await _made(session, group, present, now)
    decided = changes(made, wanted)
    touched = {each.id for each in made if each.touched}
    stuck = [meeting_id for meeting_id, _ in decided.kept if new_hours and meeting_id in touched]
    gone, counted = await _apply(session, group, cadence, present, decided, touched, now)
    resting, _ = await follow_pause(session, group, now)
    gone += resting
    await replan_without(session, group, gone, now)
    return CadenceChanges(**counted, conflicts=(*decided.conflicts, *stuck))


async def _made(
    session: AsyncSession, group: Group, present: Sequence[Meeting], now: datetime
) -> list[Made]:
    spoken_for = await meetings.spoken_for(
        session, group.workspace_id, [meeting.id for meeting in present]
    )
    return [
        Made(
            id=meeting.id,
            occurrence=meeting.occurrence or "",
            day=day_of(meeting.starts_at, group.time_zone),
            touched=meeting.touched or meeting.id in spoken_for,
            fixed=meeting.state in SETTLED
            or meeting.starts_at <= now
            or meeting.cancelled_by == "cadence",
        )
        for meeting in present
    ]


async def _apply(
    session: AsyncSession,
    group: Group,
    cadence: Cadence,
    present: Sequence[Meeting],
    decided: Changes,
    touched: set[UUID],
    now: datetime,
) -> tuple[list[Meeting], dict[str, int]]:
    """The meetings that were cancelled, and how many met which fate."""
    rows = {meeting.id: meeting for meeting in present}
    fitting = [
        (rows[meeting_id], occurrence)
        for meeting_id, occurrence in (*decided.moved, *decided.kept)
        if meeting_id not in touched and rows[meeting_id].state not in SETTLED
    ]
    back = [meeting for meeting, _ in fitting if meeting.cancelled_by == "cadence"]
    moved = [
        meeting
        for meeting, occurrence in fitting
        if _move(meeting, occurrence, cadence, now) and meeting not in back
    ]
    for meeting in back:
        restore(meeting, now)
    gone = [rows[meeting_id] for meeting_id in decided.cancelled]
    freed = [meeting for meeting in gone if meeting.state == "scheduled"]
    for meeting in gone:
        cancel(meeting, "cadence", "The group meets at other times now.", now)
    await session.flush()
    await tell(session, "meeting.scheduled", group, back, now)
    shown = [meeting for meeting in moved if meeting.state == "scheduled"]
    await tell(session, "meeting.rescheduled", group, shown, now)
    await tell(session, "meeting.cancelled", group, freed, now)
    if moved:
        await meetings_moved(session, group.workspace_id, moved, now)
    new = _to_create(group, decided)
    await create(session, group, cadence, new, now)
    changed = {meeting.id for meeting in (*moved, *back)}
    return freed, {
        "created": len(new) + len(back),
        "moved": len(moved),
        "cancelled": len(freed),
        "kept": sum(meeting_id not in changed for meeting_id, _ in decided.kept),
    }


def _to_create(group: Group, decided: Changes) -> list[Occurrence]:
    if group.state != "active":
        return []
    return [
        occurrence
        for occurrence in decided.created
        if not rests_on(group, day_of(occurrence.starts_at, group.time_zone))
    ]


def _move(meeting: Meeting, occurrence: Occurrence, cadence: Cadence, now: datetime) -> bool:
    """Put a meeting where its occurrence is; whether that is another time."""
    meeting.occurrence = occurrence_key(occurrence)
    times = times_of(occurrence, cadence.time_zone)
    before = (meeting.starts_at, meeting.ends_at, meeting.time_zone)
    if before == (times.starts_at, times.ends_at, times.time_zone):
        return False
    set_times(meeting, times)
    set_duties(meeting, now)
    revise(meeting, now)
    return True
