"""SELECTs of who is expected at meetings, and who came."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, or_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Attendance, Group, Leave, Meeting, Membership, Person
from app.db.queries.scope import columns_of, one, scoped
from app.domain.attendance import PRESENT


async def meeting_of(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Row[Any]:
    """A meeting with what its group adds to it (`group_time_zone`, …); NotFound."""
    query = (
        scoped(
            Meeting,
            workspace_id,
            *columns_of(Meeting),
            Group.time_zone.label("group_time_zone"),
            Group.agenda_template,
            Group.formats,
            Group.charter,
            Group.rotation,
        )
        .join(Group, and_(Group.workspace_id == Meeting.workspace_id, Group.id == Meeting.group_id))
        .where(Meeting.id == meeting_id)
    )
    return one((await connection.execute(query)).first(), "meeting")


async def roster(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID, day: date
) -> Sequence[Row[Any]]:
    """Who belongs to a group on a day, by place, and whether they are on leave (`on_leave`)."""
    on_leave = (
        exists()
        .where(
            Leave.workspace_id == Membership.workspace_id,
            Leave.membership_id == Membership.id,
            Leave.first_on <= day,
            Leave.last_on >= day,
        )
        .correlate(Membership)
    )
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.external_id,
            Membership.person_id,
            Membership.place,
            Membership.weight,
            Person.name,
            Person.external_id.label("person_external_id"),
            on_leave.label("on_leave"),
        )
        .join(
            Person,
            and_(Person.workspace_id == Membership.workspace_id, Person.id == Membership.person_id),
        )
        .where(
            Membership.group_id == group_id,
            Membership.starts_on <= day,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
        )
        .order_by(Membership.place, Membership.id)
    )
    return (await connection.execute(query)).all()


async def marks(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    """What was said of members at a meeting, to read."""
    query = scoped(Attendance, workspace_id, *columns_of(Attendance)).where(
        Attendance.meeting_id == meeting_id
    )
    return (await connection.execute(query)).all()


async def present_between(
    session: AsyncSession, workspace_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The start of the first and of the last closed meeting that counts each of these members as
    present (`membership_id`, `first_at`, `last_at`); who never was is left out.
    """
    query = (
        scoped(
            Attendance,
            workspace_id,
            Attendance.membership_id,
            func.min(Meeting.starts_at).label("first_at"),
            func.max(Meeting.starts_at).label("last_at"),
        )
        .join(
            Meeting,
            and_(
                Meeting.workspace_id == Attendance.workspace_id, Meeting.id == Attendance.meeting_id
            ),
        )
        .where(
            Attendance.membership_id.in_(membership_ids),
            Attendance.status.in_(PRESENT),
            Meeting.closed_at.is_not(None),
        )
        .group_by(Attendance.membership_id)
    )
    return (await session.execute(query)).all()


async def of_meetings(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Attendance]:
    """What was said of members at these meetings, to change."""
    query = scoped(Attendance, workspace_id).where(Attendance.meeting_id.in_(meeting_ids))
    return (await session.execute(query)).scalars().all()
