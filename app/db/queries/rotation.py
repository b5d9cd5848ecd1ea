"""SELECTs of a group's rotation: what was, and what is planned."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Attendance, HotSeat, Meeting, Membership
from app.db.queries.pages import Window, fetch_page
from app.db.queries.planning import MEETING_IS_OPEN
from app.db.queries.scope import columns_of, scoped
from app.domain.checkpoint import Opening

Source = AsyncConnection | AsyncSession


async def coming_seats(source: Source, workspace_id: UUID, group_id: UUID) -> Sequence[Row[Any]]:
    """The hot seats of meetings that are not over, with `starts_at`, in the order of time."""
    query = (
        scoped(
            HotSeat,
            workspace_id,
            *columns_of(HotSeat),
            HotSeat.id.label("hot_seat_id"),
            Meeting.starts_at,
        )
        .join(
            Meeting,
            and_(Meeting.workspace_id == HotSeat.workspace_id, Meeting.id == HotSeat.meeting_id),
        )
        .where(Meeting.group_id == group_id, MEETING_IS_OPEN)
        .order_by(Meeting.starts_at, Meeting.id, HotSeat.position, HotSeat.id)
    )
    return (await source.execute(query)).all()


async def count_held(source: Source, workspace_id: UUID, group_id: UUID) -> int:
    """How many meetings the group has held."""
    query = scoped(Meeting, workspace_id, func.count()).where(
        Meeting.group_id == group_id, Meeting.state == "held"
    )
    return int((await source.execute(query)).scalar_one())


async def count_taken_away(source: Source, workspace_id: UUID, group_id: UUID) -> Row[Any]:
    """The group's `held` meetings, of which `planned` here, not backfilled; and of all its
    meetings, the hot seats that plans took away (`seats`), and the `announced` ones among them.
    """
    is_held = Meeting.state == "held"
    query = scoped(
        Meeting,
        workspace_id,
        func.count().filter(is_held).label("held"),
        func.count().filter(is_held, Meeting.origin != "backfill").label("planned"),
        func.coalesce(func.sum(Meeting.seats_taken_away), 0).label("seats"),
        func.coalesce(func.sum(Meeting.announced_taken_away), 0).label("announced"),
    ).where(Meeting.group_id == group_id)
    return (await source.execute(query)).one()


async def history(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """Held meetings with the rotation's checkpoint after each, the latest first."""
    query = scoped(Meeting, workspace_id, Meeting.id, Meeting.starts_at, Meeting.standings).where(
        Meeting.group_id == group_id, Meeting.state == "held", Meeting.standings.is_not(None)
    )
    key = (Meeting.starts_at, Meeting.id)
    return await fetch_page(connection, query, key, window, descending=True)


async def weights_at(
    connection: AsyncConnection, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> dict[UUID, dict[UUID, float]]:
    """By held meeting, the weights that its members had."""
    query = scoped(
        Attendance, workspace_id, Attendance.meeting_id, Attendance.membership_id, Attendance.weight
    ).where(Attendance.meeting_id.in_(meeting_ids))
    found: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    for row in await connection.execute(query):
        found[row.meeting_id][row.membership_id] = row.weight
    return found


async def opening(source: Source, workspace_id: UUID, group_id: UUID) -> Opening:
    """What all who ever had a place in a group started with."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.person_id,
            Membership.opening_credit,
        )
        .where(Membership.group_id == group_id)
        .order_by(Membership.starts_on, Membership.id)
    )
    last: dict[UUID, UUID] = {}
    credits_, before = {}, {}
    for row in await source.execute(query):
        credits_[row.id] = row.opening_credit
        if row.person_id in last:
            before[row.id] = last[row.person_id]
        last[row.person_id] = row.id
    return Opening(credits_, before)
