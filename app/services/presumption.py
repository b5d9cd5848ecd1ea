"""Who counts as present when a meeting closes although nobody said so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Meeting
from app.db.queries import attendance as queries
from app.db.queries import planning
from app.domain.attendance import AWAY, HAD_SEAT, UNMARKED, AttendanceStatus


async def presume(
    session: AsyncSession, meeting: Meeting, people: Sequence[Row[Any]], now: datetime
) -> list[Attendance]:
    """The marks of who belongs to the group on the meeting's day, those presumed included.

    Somebody who said something of the meeting and whose membership ends before it is none of them.
    """
    marks = await _marks(session, meeting)
    first_time = meeting.closed_at is None
    for person in people:
        mark = marks.get(person.id)
        if mark is None and not person.on_leave:
            mark = marks[person.id] = _unmarked(session, meeting, person.id, person.weight)
        if mark is not None and mark.status == AttendanceStatus.EXPECTED and person.on_leave:
            await session.delete(marks.pop(person.id))  # a mark that was taken back
            continue
        if mark is not None and mark.status in UNMARKED:
            _count(mark, now)
        if mark is not None and first_time:
            mark.weight = person.weight
    return [marks[person.id] for person in people if person.id in marks]


async def believe_seats(
    session: AsyncSession, meeting: Meeting, people: Sequence[Row[Any]], now: datetime
) -> None:
    """Count whoever has or had a hot seat as present, where a mark or a leave says otherwise."""
    marks = await _marks(session, meeting)
    weights = {person.id: person.weight for person in people}
    for seat in await planning.hot_seats(session, meeting.workspace_id, [meeting.id]):
        who = seat.membership_id
        mark = marks.get(who)
        if seat.state in HAD_SEAT and (mark is None or mark.status in AWAY):
            _count(mark or _unmarked(session, meeting, who, weights.get(who, 1.0)), now)
    await session.flush()


async def _marks(session: AsyncSession, meeting: Meeting) -> dict[UUID, Attendance]:
    found = await queries.of_meetings(session, meeting.workspace_id, [meeting.id])
    return {mark.membership_id: mark for mark in found}


def _unmarked(session: AsyncSession, meeting: Meeting, who: UUID, weight: float) -> Attendance:
    mark = Attendance(
        workspace_id=meeting.workspace_id,
        meeting_id=meeting.id,
        membership_id=who,
        status="expected",
        weight=weight,
    )
    session.add(mark)
    return mark


def _count(mark: Attendance, now: datetime) -> None:
    mark.status, mark.presumed, mark.updated_at = "present", True, now
