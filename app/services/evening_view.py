"""The people of one evening as they are read: who comes, and who has which role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import attendance, evening
from app.domain.group_days import day_of


@dataclass(frozen=True, slots=True)
class Attending:
    """A member of the day; `mark` is None where nothing was said."""

    person: Row[Any]
    mark: Row[Any] | None


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A role's row, and its holder if they belong to the group that day."""

    role: Row[Any]
    person: Row[Any] | None


async def load_attendance(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Attending]:
    """All members of the meeting's day, by place; NotFound."""
    people = await _people(connection, workspace_id, meeting_id)
    marks = {
        mark.membership_id: mark
        for mark in await attendance.marks(connection, workspace_id, meeting_id)
    }
    return [Attending(person, marks.get(person.id)) for person in people]


async def load_roles(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Mapping[str, RoleHolder]:
    """The roles of a meeting by their names; NotFound."""
    people = {p.id: p for p in await _people(connection, workspace_id, meeting_id)}
    rows = await evening.roles(connection, workspace_id, meeting_id)
    return {row.role: RoleHolder(row, people.get(row.membership_id)) for row in rows}


async def _people(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    meeting = await attendance.meeting_of(connection, workspace_id, meeting_id)
    day = day_of(meeting.starts_at, meeting.group_time_zone)
    return await attendance.roster(connection, workspace_id, meeting.group_id, day)
