"""Writes of attendance: who comes, and who came."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Group, Meeting
from app.db.queries import attendance as queries
from app.db.queries import memberships, planning
from app.domain import ids
from app.domain.attendance import (
    AWAY,
    AttendanceStatus,
    check_mark,
    check_seat_of_away,
    has_begun,
)
from app.domain.errors import Invalid, NotFound
from app.domain.plan_change import UNCHANGED, PlanChange
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import meeting_facts
from app.services.holding import roster_of
from app.services.meeting_rows import locked
from app.services.plan_changes import watch_plan
from app.services.planning import replan


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of a member."""

    status: AttendanceStatus
    minutes_late: int | None = None
    note: str | None = None


async def put_attendance(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    membership_id: UUID,
    said: Mark,
    expected: Expected,
    now: datetime,
) -> PlanChange:
    """Say whether a member comes, or came. An absence, or its end, plans the hot seats anew.

    NotFound unless the membership is of this group; Invalid `not_a_member_then`; Conflict
    `had_hot_seat`; and as `check_mark`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    check_mark(
        said.status,
        said.minutes_late,
        state=meeting.state,
        starts_at=meeting.starts_at,
        now=now,
    )
    person = await _member(session, group, meeting, membership_id)
    await _check_seat(session, meeting, membership_id, said)
    return await write_attendance(session, group, meeting, person, said, now)


async def write_attendance(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    person: Row[Any],
    said: Mark,
    now: datetime,
) -> PlanChange:
    """Write what is said of a member of a locked group, by their row of the day's roster."""
    mark = await mark_of(session, meeting, person.id)
    if mark is not None and _says(mark) == astuple(said):
        return UNCHANGED
    before = mark.status if mark else AttendanceStatus.EXPECTED.value
    moves = (before in AWAY) != (said.status in AWAY)
    watch = await watch_plan(session, group, now) if moves else None
    mark = mark or _unmarked(meeting, person)
    session.add(mark)
    if said.status != mark.status and not has_begun(meeting.state, meeting.starts_at, now):
        mark.announced_at = now if said.status is AttendanceStatus.ABSENT else None
    mark.status, mark.presumed, mark.updated_at = said.status.value, False, now
    mark.minutes_late, mark.note = said.minutes_late, said.note
    meeting.touch(now)
    await session.flush()
    _tell(session, group, meeting, said, person, now)
    if watch is None:
        return UNCHANGED
    await replan(session, group.workspace_id, group.id, now)
    return await watch.change()


async def mark_of(session: AsyncSession, meeting: Meeting, who: UUID) -> Attendance | None:
    """What was said of a member, as a row; None if nothing was."""
    marks = await queries.of_meetings(session, meeting.workspace_id, [meeting.id])
    return next((mark for mark in marks if mark.membership_id == who), None)


async def _check_seat(
    session: AsyncSession, meeting: Meeting, membership_id: UUID, said: Mark
) -> None:
    seats = await planning.hot_seats(session, meeting.workspace_id, [meeting.id])
    states = {seat.membership_id: seat.state for seat in seats}
    check_seat_of_away(said.status, states.get(membership_id))


def _says(mark: Attendance) -> tuple[str, int | None, str | None] | None:
    """What was said of the member, None where that is presumed only."""
    return None if mark.presumed else (mark.status, mark.minutes_late, mark.note)


def _unmarked(meeting: Meeting, person: Row[Any]) -> Attendance:
    return Attendance(
        workspace_id=meeting.workspace_id,
        meeting_id=meeting.id,
        membership_id=person.id,
        weight=person.weight,
    )


async def _member(
    session: AsyncSession, group: Group, meeting: Meeting, membership_id: UUID
) -> Row[Any]:
    if await memberships.group_of(session, group.workspace_id, membership_id) != group.id:
        raise NotFound("There is no such membership.")
    for person in await roster_of(session, group, meeting):
        if person.id == membership_id:
            return person
    raise Invalid(
        "This membership does not cover the day of the meeting.", code="not_a_member_then"
    )


def _tell(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    said: Mark,
    person: Row[Any],
    now: datetime,
) -> None:
    facts = {
        **meeting_facts(meeting, group),
        "membership_id": ids.encode("membership", person.id),
        "membership_external_id": person.external_id,
        "person_id": ids.encode("person", person.person_id),
        "person_external_id": person.person_external_id,
        "status": said.status.value,
        "minutes_late": said.minutes_late,
    }
    emit(session, "attendance.changed", group.workspace_id, facts, now, group_id=group.id)
