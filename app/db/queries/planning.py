"""What planning a group's coming meetings has to know; a fixed number of SELECTs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import (
    Attendance,
    HotSeat,
    Leave,
    Meeting,
    MeetingRole,
    Membership,
    Person,
)
from app.db.queries.scope import scoped


async def members(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Sequence[Row[Any]]:
    """The group's current and upcoming memberships with their holders' names, by place."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.person_id,
            Membership.place,
            Membership.weight,
            Membership.opening_credit,
            Membership.starts_on,
            Membership.ends_on,
            Membership.state,
            Person.name,
            Person.time_zone,
        )
        .join(
            Person,
            (Person.workspace_id == Membership.workspace_id) & (Person.id == Membership.person_id),
        )
        .where(Membership.group_id == group_id, Membership.state != "ended")
        .order_by(Membership.place, Membership.id)
    )
    return (await session.execute(query)).all()


async def leaves(
    session: AsyncSession, workspace_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Leaves of absence of these members."""
    query = scoped(Leave, workspace_id, Leave.membership_id, Leave.first_on, Leave.last_on).where(
        Leave.membership_id.in_(membership_ids)
    )
    return (await session.execute(query)).all()


async def ahead(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, *, limit: int
) -> Sequence[Meeting]:
    """Meetings that are not over: the next ones, and past ones that nobody has recorded yet."""
    query = (
        scoped(Meeting, workspace_id)
        .where(Meeting.group_id == group_id, Meeting.state.in_(("scheduled", "live")))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def absences(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Who has said that they will not come to these meetings."""
    query = scoped(Attendance, workspace_id, Attendance.meeting_id, Attendance.membership_id).where(
        Attendance.meeting_id.in_(meeting_ids), Attendance.status.in_(("absent", "no_show"))
    )
    return (await session.execute(query)).all()


async def hot_seats(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[HotSeat]:
    """The hot seats of these meetings in their order."""
    query = (
        scoped(HotSeat, workspace_id)
        .where(HotSeat.meeting_id.in_(meeting_ids))
        .order_by(HotSeat.position, HotSeat.id)
    )
    return (await session.execute(query)).scalars().all()


async def roles(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[MeetingRole]:
    """The roles of these meetings."""
    query = scoped(MeetingRole, workspace_id).where(MeetingRole.meeting_id.in_(meeting_ids))
    return (await session.execute(query)).scalars().all()


async def last_checkpoint(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, *, before: datetime | None = None
) -> dict[str, Any] | None:
    """The rotation's checkpoint after the group's last held meeting (that began before `before`)."""
    query = scoped(Meeting, workspace_id, Meeting.standings).where(
        Meeting.group_id == group_id, Meeting.state == "held", Meeting.standings.is_not(None)
    )
    if before is not None:
        query = query.where(Meeting.starts_at < before)
    query = query.order_by(Meeting.starts_at.desc(), Meeting.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()
