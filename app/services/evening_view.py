"""The people of one evening as they are read: who comes, and who has which role."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import attendance, evening
from app.domain.attendance import AWAY, PRESENT, AttendanceStatus, not_there
from app.domain.group_days import day_of
from app.domain.quorum import Quorum

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evening(Generic[T]):
    """What is known of a meeting's people; its version is that of the meeting."""

    meeting_version: int
    shown: T


@dataclass(frozen=True, slots=True)
class Attending:
    """A member of the day; `mark` is None where nothing was said."""

    person: Row[Any]
    mark: Row[Any] | None
    starts_at: datetime

    @property
    def announced_minutes_before(self) -> int | None:
        """How long before the meeting an absence was said, rounded down; None: not ahead."""
        if self.mark is None or self.mark.announced_at is None:
            return None
        return (self.starts_at - self.mark.announced_at) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A role's row, and its holder if they belong to the group that day; `away` if not there."""

    role: Row[Any]
    person: Row[Any] | None
    away: bool


async def load_attendance(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Evening[Sequence[Attending]]:
    """All members of the meeting's day, by place; NotFound."""
    meeting = await attendance.meeting_of(connection, workspace_id, meeting_id)
    people = await _people(connection, meeting)
    marks = await _marks(connection, meeting)
    rows = [Attending(person, marks.get(person.id), meeting.starts_at) for person in people]
    return Evening(meeting.version, rows)


async def load_roles(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Evening[Mapping[str, RoleHolder]]:
    """The roles of a meeting by their names; NotFound."""
    meeting = await attendance.meeting_of(connection, workspace_id, meeting_id)
    people = {person.id: person for person in await _people(connection, meeting)}
    marks = await _marks(connection, meeting)
    rows = await evening.roles(connection, workspace_id, meeting_id)
    gone = not_there(meeting.state, held_before=meeting.closed_at is not None)
    return Evening(meeting.version, {row.role: _holder(row, people, marks, gone) for row in rows})


def _holder(
    role: Row[Any],
    people: Mapping[UUID, Row[Any]],
    marks: Mapping[UUID, Row[Any]],
    gone: AbstractSet[AttendanceStatus],
) -> RoleHolder:
    person = people.get(role.membership_id)
    mark = marks.get(role.membership_id)
    if person is None:
        return RoleHolder(role, None, away=True)
    away = mark.status in gone if mark is not None else person.on_leave
    return RoleHolder(role, person, away=away)


def quorum_of(meeting: Row[Any], people: Sequence[Row[Any]], marks: Sequence[Row[Any]]) -> Quorum:
    """How many members are there, or before the meeting and while it runs, are still expected."""
    status = {mark.membership_id: mark.status for mark in marks}
    if meeting.state == "held":
        there = sum(status.get(person.id) in PRESENT for person in people)
    else:
        there = sum(
            status[person.id] not in AWAY if person.id in status else not person.on_leave
            for person in people
        )
    return Quorum(meeting.charter.get("quorum"), there)


async def _people(
    connection: AsyncConnection | AsyncSession, meeting: Row[Any]
) -> Sequence[Row[Any]]:
    day = day_of(meeting.starts_at, meeting.group_time_zone)
    return await attendance.roster(connection, meeting.workspace_id, meeting.group_id, day)


async def _marks(
    connection: AsyncConnection | AsyncSession, meeting: Row[Any]
) -> Mapping[UUID, Row[Any]]:
    found = await attendance.marks(connection, meeting.workspace_id, meeting.id)
    return {mark.membership_id: mark for mark in found}
