"""SELECTs of one evening: slots, seats, roles, guests, and what is owed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import (
    Commitment,
    CommitmentEvent,
    Guest,
    HotSeat,
    Meeting,
    MeetingRole,
    Slot,
)
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped


async def slots(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    """The slots of a meeting that has started, in order."""
    query = scoped(Slot, workspace_id, *columns_of(Slot)).where(Slot.meeting_id == meeting_id)
    return (await connection.execute(query.order_by(Slot.position))).all()


async def slots_to_change(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Slot]:
    """The slots of a meeting that has started, in order."""
    query = scoped(Slot, workspace_id).where(Slot.meeting_id == meeting_id)
    return (await session.execute(query.order_by(Slot.position))).scalars().all()


async def hot_seats(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    """The hot seats of a meeting, in order."""
    query = scoped(
        HotSeat,
        workspace_id,
        HotSeat.id,
        HotSeat.membership_id,
        HotSeat.state,
        HotSeat.phase,
        HotSeat.phase_log,
        HotSeat.ended_at,
    ).where(HotSeat.meeting_id == meeting_id)
    return (await connection.execute(query.order_by(HotSeat.position, HotSeat.id))).all()


async def later_seats(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    membership_ids: Collection[UUID],
    *,
    after: datetime,
) -> Sequence[HotSeat]:
    """The members' hot seats in meetings that begin after an instant, the next ones first."""
    query = (
        scoped(HotSeat, workspace_id)
        .join(
            Meeting,
            and_(Meeting.workspace_id == HotSeat.workspace_id, Meeting.id == HotSeat.meeting_id),
        )
        .where(
            HotSeat.group_id == group_id,
            HotSeat.membership_id.in_(membership_ids),
            Meeting.starts_at > after,
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.execute(query)).scalars().all()


async def carried_from(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, closed_at: datetime
) -> Sequence[Row[Any]]:
    """The promises that a meeting left overdue with its close, each with all the meetings that did
    (`from_id`). What was settled or renegotiated while the meeting was reopened is none of them.
    """
    here = (
        scoped(CommitmentEvent, workspace_id, CommitmentEvent.commitment_id)
        .where(CommitmentEvent.kind == "carried", CommitmentEvent.meeting_id == meeting_id)
        .scalar_subquery()
    )
    query = (
        scoped(
            Commitment,
            workspace_id,
            Commitment.id,
            Commitment.membership_id,
            Commitment.title,
            Commitment.state,
            Commitment.due_on,
            Commitment.due_meeting_id,
            Commitment.carry_count,
            CommitmentEvent.meeting_id.label("from_id"),
        )
        .join(
            CommitmentEvent,
            and_(
                CommitmentEvent.workspace_id == Commitment.workspace_id,
                CommitmentEvent.commitment_id == Commitment.id,
                CommitmentEvent.kind == "carried",
            ),
        )
        .where(Commitment.id.in_(here), Commitment.state == "open", Commitment.due_at <= closed_at)
        .order_by(Commitment.id, CommitmentEvent.number)
    )
    return (await session.execute(query)).all()


async def roles(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    """The roles of a meeting."""
    query = scoped(MeetingRole, workspace_id, *columns_of(MeetingRole)).where(
        MeetingRole.meeting_id == meeting_id
    )
    return (await connection.execute(query)).all()


async def guests(
    connection: AsyncConnection, workspace_id: UUID, meeting_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """The guests of a meeting, as they were invited."""
    query = scoped(Guest, workspace_id, *columns_of(Guest)).where(Guest.meeting_id == meeting_id)
    return await fetch_page(connection, query, (Guest.id,), window)


async def load_guest(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, guest_id: UUID
) -> Guest:
    """A guest of this meeting to change; NotFound."""
    query = scoped(Guest, workspace_id).where(Guest.meeting_id == meeting_id, Guest.id == guest_id)
    return one((await session.execute(query)).scalar_one_or_none(), "guest")


async def open_commitments(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """The open promises of a group's members, the oldest first, with the start of the meetings
    that some are due at.
    """
    query = (
        scoped(
            Commitment,
            workspace_id,
            Commitment.id,
            Commitment.membership_id,
            Commitment.title,
            Commitment.due_on,
            Commitment.due_meeting_id,
            Meeting.starts_at.label("due_meeting_starts_at"),
            Commitment.overdue,
            Commitment.carry_count,
        )
        .outerjoin(
            Meeting,
            and_(
                Meeting.workspace_id == Commitment.workspace_id,
                Meeting.id == Commitment.due_meeting_id,
            ),
        )
        .where(Commitment.group_id == group_id, Commitment.state == "open")
        .order_by(Commitment.id)
    )
    return (await connection.execute(query)).all()
