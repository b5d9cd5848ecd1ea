"""What a person's overview shows: what comes next, what they owe, what waits for them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.models import (
    Attendance,
    Commitment,
    Group,
    HotSeat,
    Meeting,
    MeetingRole,
    Membership,
    Organizer,
    UrgentRequest,
)
from app.db.queries.scope import columns_of, scoped

COMING = ("scheduled", "live")
DATE_LENGTH = 10


async def places(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID
) -> Sequence[Row[Any]]:
    """The person's memberships that have not ended, each with its group."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.group_id,
            Membership.state,
            Group.name.label("group_name"),
            Group.state.label("group_state"),
        )
        .join(
            Group,
            and_(Group.workspace_id == Membership.workspace_id, Group.id == Membership.group_id),
        )
        .where(Membership.person_id == person_id, Membership.state != "ended")
        .order_by(Membership.id)
    )
    return (await connection.execute(query)).all()


async def next_meetings(
    connection: AsyncConnection,
    workspace_id: UUID,
    membership_ids: Collection[UUID],
    now: datetime,
) -> Sequence[Row[Any]]:
    """The next meeting within each of these memberships, with what the member has said of it."""
    # Dates and local starts are ISO text, in which the order of time is that of letters.
    day = func.substr(Meeting.local_start, 1, DATE_LENGTH)
    ranked = (
        scoped(
            Meeting,
            workspace_id,
            *columns_of(Meeting),
            Membership.id.label("membership_id"),
            Attendance.status.label("attendance"),
            func.row_number()
            .over(partition_by=Membership.id, order_by=(Meeting.starts_at, Meeting.id))
            .label("rank"),
        )
        .join(
            Membership,
            and_(
                Membership.workspace_id == Meeting.workspace_id,
                Membership.group_id == Meeting.group_id,
            ),
        )
        .outerjoin(
            Attendance,
            and_(
                Attendance.workspace_id == Meeting.workspace_id,
                Attendance.meeting_id == Meeting.id,
                Attendance.membership_id == Membership.id,
            ),
        )
        .where(
            Membership.id.in_(membership_ids),
            Meeting.state.in_(COMING),
            Meeting.ends_at > now,
            day >= cast(Membership.starts_on, String),
            or_(Membership.ends_on.is_(None), day <= cast(Membership.ends_on, String)),
        )
        .subquery()
    )
    return (await connection.execute(select(ranked).where(ranked.c.rank == 1))).all()


async def roles(
    connection: AsyncConnection,
    workspace_id: UUID,
    meeting_ids: Collection[UUID],
    membership_ids: Collection[UUID],
) -> Sequence[Row[Any]]:
    """The roles that these members have in these meetings."""
    query = (
        scoped(
            MeetingRole,
            workspace_id,
            MeetingRole.meeting_id,
            MeetingRole.membership_id,
            MeetingRole.role,
        )
        .where(
            MeetingRole.meeting_id.in_(meeting_ids), MeetingRole.membership_id.in_(membership_ids)
        )
        .order_by(MeetingRole.role)
    )
    return (await connection.execute(query)).all()


async def next_hot_seats(
    connection: AsyncConnection,
    workspace_id: UUID,
    membership_ids: Collection[UUID],
    now: datetime,
) -> Sequence[Row[Any]]:
    """Each of these members' next hot seat, with the start of its meeting."""
    ranked = (
        scoped(
            HotSeat,
            workspace_id,
            *columns_of(HotSeat),
            Meeting.starts_at.label("meeting_starts_at"),
            func.row_number()
            .over(partition_by=HotSeat.membership_id, order_by=(Meeting.starts_at, Meeting.id))
            .label("rank"),
        )
        .join(
            Meeting,
            and_(Meeting.workspace_id == HotSeat.workspace_id, Meeting.id == HotSeat.meeting_id),
        )
        .where(
            HotSeat.membership_id.in_(membership_ids),
            HotSeat.state.in_(("planned", "announced", "live")),
            Meeting.state.in_(COMING),
            Meeting.ends_at > now,
        )
        .subquery()
    )
    return (await connection.execute(select(ranked).where(ranked.c.rank == 1))).all()


async def open_commitments(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID, *, limit: int
) -> Sequence[Row[Any]]:
    """What the person has promised and not ended yet, by due."""
    due = func.coalesce(Commitment.due_at, Meeting.starts_at)
    query = (
        scoped(Commitment, workspace_id, *columns_of(Commitment))
        .outerjoin(
            Meeting,
            and_(
                Meeting.workspace_id == Commitment.workspace_id,
                Meeting.id == Commitment.due_meeting_id,
            ),
        )
        .where(Commitment.person_id == person_id, Commitment.state == "open")
        .order_by(due, Commitment.id)
        .limit(limit)
    )
    return (await connection.execute(query)).all()


async def open_requests(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID, now: datetime
) -> Sequence[Row[Any]]:
    """Urgent requests of others, undecided, in groups that the person answers for."""
    query = (
        scoped(
            UrgentRequest,
            workspace_id,
            *columns_of(UrgentRequest),
            Membership.person_id,
            Meeting.group_id,
            Meeting.starts_at.label("meeting_starts_at"),
        )
        .join(
            Meeting,
            and_(
                Meeting.workspace_id == UrgentRequest.workspace_id,
                Meeting.id == UrgentRequest.meeting_id,
            ),
        )
        .join(
            Membership,
            and_(
                Membership.workspace_id == UrgentRequest.workspace_id,
                Membership.id == UrgentRequest.membership_id,
            ),
        )
        .join(
            Organizer,
            and_(
                Organizer.workspace_id == Meeting.workspace_id,
                Organizer.group_id == Meeting.group_id,
            ),
        )
        .where(
            Organizer.person_id == person_id,
            Membership.person_id != person_id,
            UrgentRequest.state == "requested",
            Meeting.state == "scheduled",
            Meeting.starts_at > now,
        )
        .order_by(Meeting.starts_at, UrgentRequest.id)
    )
    return (await connection.execute(query)).all()
