"""SELECTs of hot seats."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import HotSeat, Meeting, Membership, Person, Slot
from app.db.queries.pages import Sorts, Window, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped

SORTS = Sorts("starts_at", starts_at=(Meeting.starts_at, HotSeat.position, HotSeat.id))


async def get(connection: AsyncConnection, workspace_id: UUID, hot_seat_id: UUID) -> Row[Any]:
    """One hot seat to read; NotFound."""
    query = scoped(HotSeat, workspace_id, *columns_of(HotSeat)).where(HotSeat.id == hot_seat_id)
    return one((await connection.execute(query)).first(), "hot seat")


async def of_ids(
    connection: AsyncConnection, workspace_id: UUID, ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Those of these hot seats that there are, to read."""
    query = scoped(HotSeat, workspace_id, *columns_of(HotSeat)).where(HotSeat.id.in_(ids))
    return (await connection.execute(query.order_by(HotSeat.id))).all()


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    group_id: UUID | None = None,
    meeting_id: UUID | None = None,
    membership_id: UUID | None = None,
    state: str | None = None,
) -> Sequence[Row[Any]]:
    """Hot seats with the start of their meeting (`starts_at`), in the window's order."""
    query = _with_meeting(
        scoped(HotSeat, workspace_id, *columns_of(HotSeat), Meeting.starts_at.label("starts_at"))
    )
    if group_id is not None:
        query = query.where(HotSeat.group_id == group_id)
    if meeting_id is not None:
        query = query.where(HotSeat.meeting_id == meeting_id)
    if membership_id is not None:
        query = query.where(HotSeat.membership_id == membership_id)
    if state is not None:
        query = query.where(HotSeat.state == state)
    return await fetch_sorted(connection, query, SORTS, window)


async def of_meetings(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The hot seats of these meetings to read, in the order of their time."""
    query = (
        _with_meeting(scoped(HotSeat, workspace_id, *columns_of(HotSeat)))
        .where(HotSeat.meeting_id.in_(meeting_ids))
        .order_by(Meeting.starts_at, Meeting.id, HotSeat.position, HotSeat.id)
    )
    return (await connection.execute(query)).all()


async def whereabouts(session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID) -> Row[Any]:
    """The group and the meeting of a hot seat, to be locked before it is loaded; NotFound."""
    query = scoped(HotSeat, workspace_id, HotSeat.group_id, HotSeat.meeting_id).where(
        HotSeat.id == hot_seat_id
    )
    return one((await session.execute(query)).first(), "hot seat")


async def find(session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID) -> HotSeat | None:
    """One hot seat to change."""
    return await session.get(HotSeat, (workspace_id, hot_seat_id))


async def holder(session: AsyncSession, workspace_id: UUID, membership_id: UUID) -> Row[Any]:
    """What events say of a hot seat's holder; NotFound."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.external_id,
            Membership.person_id,
            Person.name,
            Person.external_id.label("person_external_id"),
        )
        .join(
            Person,
            and_(Person.workspace_id == Membership.workspace_id, Person.id == Membership.person_id),
        )
        .where(Membership.id == membership_id)
    )
    return one((await session.execute(query)).first(), "membership")


async def slots(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Slot]:
    """The time boxes of these members' hot seats in a meeting that runs."""
    query = scoped(Slot, workspace_id).where(
        Slot.meeting_id == meeting_id,
        Slot.kind == "hot_seat",
        Slot.membership_id.in_(membership_ids),
    )
    return (await session.execute(query)).scalars().all()


def _with_meeting(query: Select[Any]) -> Select[Any]:
    return query.join(
        Meeting,
        and_(Meeting.workspace_id == HotSeat.workspace_id, Meeting.id == HotSeat.meeting_id),
    )
