"""SELECTs of meetings."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Attendance, Group, Guest, HotSeat, Meeting, MeetingRole
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped
from app.domain.group_days import begin_of, end_of

NOT_TAKING_PLACE = ("skipped", "passed", "interrupted")
SORTS = Sorts("starts_at", starts_at=(Meeting.starts_at, Meeting.id), created_at=(Meeting.id,))


async def get(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Row[Any]:
    """One meeting to read, with the number of its `hot_seats`; NotFound."""
    query = _with_hot_seats(workspace_id).where(Meeting.id == meeting_id)
    return one((await connection.execute(query)).first(), "meeting")


async def of_ids(
    connection: AsyncConnection, workspace_id: UUID, ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Those of these meetings that there are, to read."""
    query = _with_hot_seats(workspace_id).where(Meeting.id.in_(ids))
    return (await connection.execute(query.order_by(Meeting.id))).all()


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    group_id: UUID | None = None,
    state: str | None = None,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
    external_id: str | None = None,
) -> Sequence[Row[Any]]:
    """Meetings in the window's order."""
    query = _with_hot_seats(workspace_id)
    if group_id is not None:
        query = query.where(Meeting.group_id == group_id)
    if state is not None:
        query = query.where(Meeting.state == state)
    if starts_from is not None:
        query = query.where(Meeting.starts_at >= starts_from)
    if starts_before is not None:
        query = query.where(Meeting.starts_at < starts_before)
    if external_id is not None:
        query = query.where(Meeting.external_id == external_id)
    return await fetch_sorted(connection, query, SORTS, window)


async def check_exists(connection: AsyncConnection, workspace_id: UUID, meeting_id: UUID) -> None:
    """NotFound unless there is such a meeting: for lists below it."""
    query = scoped(Meeting, workspace_id, Meeting.id).where(Meeting.id == meeting_id)
    one((await connection.execute(query)).first(), "meeting")


async def has_met_on(session: AsyncSession, group: Group, day: date) -> bool:
    """Whether a meeting of the group has begun on a day of its own time zone."""
    query = scoped(Meeting, group.workspace_id, Meeting.id).where(
        Meeting.group_id == group.id,
        Meeting.state.in_(("live", "held")),
        Meeting.starts_at >= begin_of(day, group.time_zone),
        Meeting.starts_at < end_of(day, group.time_zone),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def group_of(session: AsyncSession, workspace_id: UUID, meeting_id: UUID) -> UUID:
    """The group that meets, to be locked before its meeting is loaded; NotFound."""
    query = scoped(Meeting, workspace_id, Meeting.group_id).where(Meeting.id == meeting_id)
    return one((await session.execute(query)).scalar_one_or_none(), "meeting")


async def load(session: AsyncSession, workspace_id: UUID, meeting_id: UUID) -> Meeting:
    """One meeting to change; NotFound."""
    return one(await session.get(Meeting, (workspace_id, meeting_id)), "meeting")


async def find(session: AsyncSession, workspace_id: UUID, meeting_id: UUID) -> Meeting | None:
    """One meeting to change, if there is such a one."""
    return await session.get(Meeting, (workspace_id, meeting_id))


async def id_by_external_id(
    session: AsyncSession, workspace_id: UUID, external_id: str
) -> UUID | None:
    """The id of the meeting that the caller knows by this id."""
    query = scoped(Meeting, workspace_id, Meeting.id).where(Meeting.external_id == external_id)
    return (await session.execute(query)).scalar_one_or_none()


async def of_cadence(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, *, since: datetime, occurrence: str
) -> Sequence[Meeting]:
    """A group's meetings that a cadence made, from an instant on or for an occurrence from then.

    `occurrence` is that instant by the clocks of any zone: texts of local time sort by time.
    """
    query = (
        scoped(Meeting, workspace_id)
        .where(
            Meeting.group_id == group_id,
            Meeting.occurrence.is_not(None),
            or_(Meeting.starts_at >= since, Meeting.occurrence >= occurrence),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.execute(query)).scalars().all()


async def following_the_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, *, after: datetime
) -> Sequence[Meeting]:
    """A group's coming meetings, and those that its pause has cancelled."""
    query = (
        scoped(Meeting, workspace_id)
        .where(
            Meeting.group_id == group_id,
            Meeting.starts_at > after,
            or_(
                Meeting.state == "scheduled",
                and_(Meeting.state == "cancelled", Meeting.cancelled_by == "group"),
            ),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.execute(query)).scalars().all()


async def cancelled_by_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[UUID]:
    """The group's meetings that a pause has called off."""
    query = scoped(Meeting, workspace_id, Meeting.id).where(
        Meeting.group_id == group_id,
        Meeting.state == "cancelled",
        Meeting.cancelled_by == "group",
    )
    return (await session.execute(query)).scalars().all()


async def times_ahead(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """The scheduled meetings of a group, with the agenda of their own if they have one."""
    query = scoped(
        Meeting, workspace_id, Meeting.id, Meeting.starts_at, Meeting.ends_at, Meeting.agenda
    ).where(Meeting.group_id == group_id, Meeting.state == "scheduled")
    return (await session.execute(query.order_by(Meeting.starts_at, Meeting.id))).all()


async def held_since(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, since: datetime
) -> Sequence[Meeting]:
    """A group's held meetings that began at an instant or later, in order of time."""
    query = (
        scoped(Meeting, workspace_id)
        .where(Meeting.group_id == group_id, Meeting.state == "held", Meeting.starts_at >= since)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.execute(query)).scalars().all()


async def spoken_for(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> set[UUID]:
    """Those of the meetings in which people have put something of their own."""
    parts = (
        scoped(Attendance, workspace_id, Attendance.meeting_id).where(
            Attendance.meeting_id.in_(meeting_ids), Attendance.status != "expected"
        ),
        scoped(HotSeat, workspace_id, HotSeat.meeting_id).where(
            HotSeat.meeting_id.in_(meeting_ids),
            or_(HotSeat.topic.is_not(None), HotSeat.pinned, HotSeat.state == "passed"),
        ),
        scoped(MeetingRole, workspace_id, MeetingRole.meeting_id).where(
            MeetingRole.meeting_id.in_(meeting_ids), MeetingRole.pinned
        ),
        scoped(Guest, workspace_id, Guest.meeting_id).where(Guest.meeting_id.in_(meeting_ids)),
    )
    return set((await session.execute(union(*parts))).scalars())


def _with_hot_seats(workspace_id: UUID) -> Select[Any]:
    seats = (
        select(func.count())
        .where(
            HotSeat.workspace_id == Meeting.workspace_id,
            HotSeat.meeting_id == Meeting.id,
            HotSeat.state.not_in(NOT_TAKING_PLACE),
        )
        .correlate(Meeting)
        .scalar_subquery()
    )
    return scoped(Meeting, workspace_id, *columns_of(Meeting), seats.label("hot_seats"))
