"""What a hot seat says of its holder: who starts it is there, who is missed at it is not."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.attendance import AWAY, PRESENT, AttendanceStatus, arrival
from app.services.attendance import Mark, mark_of, write_attendance
from app.services.holding import roster_of
from app.services.hot_seats import OpenedSeat


async def mark_arrived(session: AsyncSession, opened: OpenedSeat, now: datetime) -> None:
    """Note that the holder came after all, if they were marked as away or are on leave."""
    meeting, who = opened.meeting, opened.seat.membership_id
    mark, person = await mark_of(session, meeting, who), await _person(session, opened)
    if person is None or (mark.status not in AWAY if mark is not None else not person.on_leave):
        return
    began_at = max(meeting.starts_at, meeting.started_at or meeting.starts_at)
    said = Mark(*arrival(began_at, now))
    await write_attendance(session, opened.group, meeting, person, said, now)


async def mark_missing(session: AsyncSession, opened: OpenedSeat, now: datetime) -> None:
    """Note that the holder did not come, unless it is known that they did."""
    mark = await mark_of(session, opened.meeting, opened.seat.membership_id)
    person = await _person(session, opened)
    if person is None or (mark is not None and mark.status in AWAY | PRESENT):
        return
    said = Mark(AttendanceStatus.NO_SHOW)
    await write_attendance(session, opened.group, opened.meeting, person, said, now)


async def _person(session: AsyncSession, opened: OpenedSeat) -> Row[Any] | None:
    """The holder, if they belong to the group on the meeting's day."""
    people = await roster_of(session, opened.group, opened.meeting)
    return next((each for each in people if each.id == opened.seat.membership_id), None)
