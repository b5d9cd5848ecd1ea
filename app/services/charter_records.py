"""The held meetings that a charter's terms look at, member by member."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import accountability as history
from app.domain.charter import ExpectedMeeting
from app.domain.figures import AttendanceMark
from app.domain.group_days import day_of
from app.domain.membership import Leave, Membership, expected_on

REACH = timedelta(days=1100)
"""How far back meetings are looked at: the longest trial and a year."""


@dataclass(frozen=True, slots=True)
class Record:
    """A member, and the held meetings at which they were expected; `newcomer`: the group had met
    before they came.
    """

    member: Membership
    meetings: Sequence[ExpectedMeeting]
    newcomer: bool


async def records_of(session: AsyncSession, group: Group, now: datetime) -> list[Record]:
    """The records of all who ever belonged to the group, in four SELECTs. A meeting that is being
    corrected is looked at as it stands.
    """
    where = (session, group.workspace_id, group.id)
    span = history.Span(None, None, now - REACH, None)
    held = await history.held_meetings(*where, span, reopened=True)
    rows = await history.marks(*where, span, reopened=True)
    marks = {(row.meeting_id, row.membership_id): row for row in rows}
    leaves: dict[UUID, list[Leave]] = defaultdict(list)
    for row in await history.leaves(*where):
        leaves[row.membership_id].append(Leave(row.first_on, row.last_on))
    records = []
    for row in await history.members(*where):
        member = Membership(row.id, row.person_id, row.place, row.starts_on, row.ends_on)
        meetings = [
            _meeting(meeting, marks[meeting.id, member.id], group.time_zone)
            for meeting in held
            if (meeting.id, member.id) in marks
        ]
        expected = [each for each in meetings if expected_on(member, leaves[member.id], each.day)]
        newcomer = bool(held) and day_of(held[0].starts_at, group.time_zone) < member.starts_on
        records.append(Record(member, expected, newcomer))
    return records


def _meeting(meeting: Row[Any], mark: Row[Any], time_zone: str) -> ExpectedMeeting:
    notice = None if mark.announced_at is None else meeting.starts_at - mark.announced_at
    return ExpectedMeeting(
        meeting.id, day_of(meeting.starts_at, time_zone), AttendanceMark(mark.status), notice
    )
