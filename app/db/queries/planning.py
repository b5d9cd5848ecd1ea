"""What planning a group's coming meetings has to know; a fixed number of SELECTs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import (
    Attendance,
    HotSeat,
    Leave,
    Meeting,
    MeetingRole,
    Membership,
    Person,
)
from app.db.models.meetings import OPEN_HOT_SEATS, OPEN_MEETINGS, SKIPPED_HOT_SEATS
from app.db.queries.scope import scoped

# Qualified with the table, and otherwise word for word as the partial indexes have them.
MEETING_IS_OPEN = text(f"meetings.{OPEN_MEETINGS}")
HOT_SEAT_IS_OPEN = text(f"hot_seats.{OPEN_HOT_SEATS}")
HOT_SEAT_IS_SKIPPED = text(f"hot_seats.{SKIPPED_HOT_SEATS}")


async def members(
    session: AsyncSession | AsyncConnection, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """The group's current and upcoming memberships with their holders' names, by place."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.external_id,
            Membership.person_id,
            Membership.place,
            Membership.weight,
            Membership.starts_on,
            Membership.ends_on,
            Membership.state,
            Person.name,
            Person.external_id.label("person_external_id"),
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
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime, *, limit: int
) -> Sequence[Meeting]:
    """Meetings that are not over, in the order of their time.

    These are the next `limit` ones, past ones that nobody has recorded yet, and any further ahead
    in which hot seats were given when fewer meetings came before it.
    """
    not_over = scoped(Meeting, workspace_id).where(Meeting.group_id == group_id, MEETING_IS_OPEN)
    next_ones = (
        not_over.with_only_columns(Meeting.id)
        .where(Meeting.starts_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    seated = scoped(HotSeat, workspace_id, HotSeat.meeting_id).where(
        HotSeat.group_id == group_id, HOT_SEAT_IS_OPEN
    )
    query = not_over.where(
        or_(Meeting.starts_at <= now, Meeting.id.in_(next_ones), Meeting.id.in_(seated))
    ).order_by(Meeting.starts_at, Meeting.id)
    return (await session.execute(query)).scalars().all()


async def absences(
    session: AsyncSession | AsyncConnection, workspace_id: UUID, meeting_ids: Collection[UUID]
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


async def called_off(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[HotSeat, datetime]]:
    """Open hot seats that are left over in cancelled meetings of the group, and when those were."""
    query = (
        scoped(HotSeat, workspace_id)
        .add_columns(Meeting.starts_at)
        .join(
            Meeting,
            (Meeting.workspace_id == HotSeat.workspace_id) & (Meeting.id == HotSeat.meeting_id),
        )
        .where(HotSeat.group_id == group_id, HOT_SEAT_IS_OPEN, Meeting.state == "cancelled")
        .order_by(Meeting.starts_at, HotSeat.id)
    )
    return (await session.execute(query)).all()


async def broken_turns(
    source: AsyncSession | AsyncConnection, workspace_id: UUID, group_id: UUID, now: datetime
) -> list[tuple[UUID, datetime]]:
    """Members' announced hot seats in meetings that were called off or lapsed, and when they would
    have been: of each member the latest one up to `now`, and the first one after it.
    """
    is_ahead = (Meeting.starts_at > now).label("is_ahead")
    query = (
        scoped(
            HotSeat,
            workspace_id,
            HotSeat.membership_id,
            is_ahead,
            func.min(Meeting.starts_at).label("first"),
            func.max(Meeting.starts_at).label("latest"),
        )
        .join(
            Meeting,
            (Meeting.workspace_id == HotSeat.workspace_id) & (Meeting.id == HotSeat.meeting_id),
        )
        .where(
            HotSeat.group_id == group_id,
            HOT_SEAT_IS_SKIPPED,
            Meeting.state.in_(("cancelled", "lapsed")),
        )
        .group_by(HotSeat.membership_id, is_ahead)
    )
    rows = await source.execute(query)
    return [(row.membership_id, row.first if row.is_ahead else row.latest) for row in rows]


async def roles(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[MeetingRole]:
    """The roles of these meetings, always in the same order: what is folded stays the same."""
    query = (
        scoped(MeetingRole, workspace_id)
        .where(MeetingRole.meeting_id.in_(meeting_ids))
        .order_by(MeetingRole.meeting_id, MeetingRole.role)
    )
    return (await session.execute(query)).scalars().all()


async def last_checkpoint(
    session: AsyncSession | AsyncConnection,
    workspace_id: UUID,
    group_id: UUID,
    *,
    before: datetime | None = None,
) -> dict[str, Any] | None:
    """The rotation's checkpoint after the last held meeting of the group (before `before`)."""
    query = scoped(Meeting, workspace_id, Meeting.standings).where(
        Meeting.group_id == group_id, Meeting.state == "held", Meeting.standings.is_not(None)
    )
    if before is not None:
        query = query.where(Meeting.starts_at < before)
    query = query.order_by(Meeting.starts_at.desc(), Meeting.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()
