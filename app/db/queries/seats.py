"""SELECTs of hot seats that lie ahead."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, Meeting
from app.db.queries.scope import scoped


async def open_ones(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[HotSeat]:
    """The members' hot seats in meetings that are still to come, the next ones first."""
    query = (
        scoped(HotSeat, workspace_id)
        .join(
            Meeting,
            and_(Meeting.workspace_id == HotSeat.workspace_id, Meeting.id == HotSeat.meeting_id),
        )
        .where(
            HotSeat.group_id == group_id,
            HotSeat.membership_id.in_(membership_ids),
            HotSeat.state.in_(("planned", "announced")),
            Meeting.state == "scheduled",
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.execute(query)).scalars().all()
