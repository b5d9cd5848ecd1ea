"""What promises refer to, and what the schedule has to know of them to move their dues."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Label, Row, Select, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from app.db.models import (
    Commitment,
    CommitmentEvent,
    Group,
    HotSeat,
    Meeting,
    Membership,
    Person,
)
from app.db.queries.scope import scoped

Reads = AsyncConnection | AsyncSession
AHEAD = ("scheduled", "live")
"""States of meetings that are not over."""


async def held(
    connection: Reads, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Of these meetings those that were held, each with its end and its group's zone."""
    query = (
        scoped(
            Meeting,
            workspace_id,
            Meeting.id,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.closed_at,
            Group.time_zone.label("group_zone"),
        )
        .join(Group, (Group.workspace_id == Meeting.workspace_id) & (Group.id == Meeting.group_id))
        .where(Meeting.id.in_(meeting_ids), Meeting.state == "held")
    )
    return (await connection.execute(query)).all()


async def members(
    session: AsyncSession,
    workspace_id: UUID,
    group_ids: Collection[UUID],
    membership_ids: Collection[UUID],
) -> Sequence[Row[Any]]:
    """Of these memberships those of the groups, each with its person's time zone."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.group_id,
            Membership.person_id,
            Membership.starts_on,
            Membership.ends_on,
            Person.time_zone,
        )
        .join(
            Person,
            (Person.workspace_id == Membership.workspace_id) & (Person.id == Membership.person_id),
        )
        .where(Membership.group_id.in_(group_ids), Membership.id.in_(membership_ids))
    )
    return (await session.execute(query)).all()


async def meetings(
    session: AsyncSession,
    workspace_id: UUID,
    group_ids: Collection[UUID],
    meeting_ids: Collection[UUID],
) -> Sequence[Meeting]:
    """Of these meetings those of the groups."""
    query = scoped(Meeting, workspace_id).where(
        Meeting.group_id.in_(group_ids), Meeting.id.in_(meeting_ids)
    )
    return (await session.execute(query)).scalars().all()


async def following(
    session: AsyncSession,
    workspace_id: UUID,
    group_ids: Collection[UUID],
    meeting_ids: Collection[UUID],
    *,
    after: datetime,
) -> Sequence[Row[Any]]:
    """The next meetings that are not over, each with the `follows` that it belongs to: of every
    group its next one after an instant that has not begun, early as that may have been; of every
    meeting the next one of its group.
    """
    groups = scoped(
        Group,
        workspace_id,
        Group.id.label("follows"),
        _next_one(Group.id, literal(after), states=["scheduled"]),
    ).where(Group.id.in_(group_ids))
    held_before = scoped(
        Meeting,
        workspace_id,
        Meeting.id.label("follows"),
        _next_one(Meeting.group_id, Meeting.starts_at, states=AHEAD),
    ).where(Meeting.id.in_(meeting_ids))
    found = union_all(groups, held_before).subquery()
    query = scoped(Meeting, workspace_id, found.c.follows, Meeting.id, Meeting.starts_at).join(
        found, found.c.next_id == Meeting.id
    )
    return (await session.execute(query)).all()


def _next_one(group_id: Any, after: Any, *, states: Collection[str]) -> Label[Any]:
    ahead = aliased(Meeting)
    outer = group_id.class_
    return (
        select(ahead.id)
        .where(
            ahead.workspace_id == outer.workspace_id,
            ahead.group_id == group_id,
            ahead.state.in_(states),
            ahead.starts_at > after,
        )
        .order_by(ahead.starts_at, ahead.id)
        .limit(1)
        .correlate(outer)
        .scalar_subquery()
        .label("next_id")
    )


async def coming(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    *,
    after: datetime,
    besides: Collection[UUID] = (),
    limit: int = 1,
) -> Sequence[Row[Any]]:
    """The group's next meetings after an instant that are not over, without `besides`."""
    query = (
        scoped(Meeting, workspace_id, Meeting.id, Meeting.starts_at)
        .where(
            Meeting.group_id == group_id,
            Meeting.state.in_(AHEAD),
            Meeting.starts_at > after,
            Meeting.id.not_in(besides),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def hot_seats(
    session: AsyncSession,
    workspace_id: UUID,
    group_ids: Collection[UUID],
    hot_seat_ids: Collection[UUID],
) -> Sequence[Row[Any]]:
    """Of these hot seats those of the groups, each with its meeting."""
    query = scoped(HotSeat, workspace_id, HotSeat.id, HotSeat.group_id, HotSeat.meeting_id).where(
        HotSeat.group_id.in_(group_ids), HotSeat.id.in_(hot_seat_ids)
    )
    return (await session.execute(query)).all()


async def due_at(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The commitments that are due at these meetings, ended ones included."""
    query = _briefly(workspace_id).where(Commitment.due_meeting_id.in_(meeting_ids))
    return (await session.execute(query)).all()


async def due_between(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, first: date, last: date
) -> Sequence[Row[Any]]:
    """The group's commitments that are due on these dates, ended ones included."""
    query = _briefly(workspace_id).where(
        Commitment.group_id == group_id, Commitment.due_on.between(first, last)
    )
    return (await session.execute(query)).all()


async def at_stake(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, meeting_id: UUID
) -> Sequence[Row[Any]]:
    """The group's commitments that are open, or that are or were once due at the meeting."""
    once = scoped(CommitmentEvent, workspace_id, CommitmentEvent.commitment_id).where(
        CommitmentEvent.due_meeting_id == meeting_id
    )
    query = _briefly(workspace_id).where(
        Commitment.group_id == group_id,
        or_(Commitment.state == "open", Commitment.id.in_(once)),
    )
    return (await session.execute(query)).all()


async def moved_ahead(
    session: AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """The group's commitments that the schedule has moved once, and whose meeting is still ahead,
    or that are due on a date; ended ones included.
    """
    moved = scoped(CommitmentEvent, workspace_id, CommitmentEvent.commitment_id).where(
        CommitmentEvent.kind == "moved"
    )
    ahead = scoped(Meeting, workspace_id, Meeting.id).where(
        Meeting.group_id == group_id, Meeting.state.in_(AHEAD)
    )
    query = _briefly(workspace_id).where(
        Commitment.group_id == group_id,
        Commitment.id.in_(moved),
        or_(Commitment.due_on.is_not(None), Commitment.due_meeting_id.in_(ahead)),
    )
    return (await session.execute(query)).all()


def _briefly(workspace_id: UUID) -> Select[Any]:
    """What the schedule has to know of a commitment to move its due."""
    return (
        scoped(
            Commitment,
            workspace_id,
            Commitment.id,
            Commitment.state,
            Commitment.due_on,
            Commitment.due_meeting_id,
            Commitment.time_zone,
            Commitment.reminded_for,
            Commitment.overdue_told_at,
            Membership.ends_on.label("member_until"),
            Person.time_zone.label("owner_zone"),
        )
        .join(
            Membership,
            (Membership.workspace_id == Commitment.workspace_id)
            & (Membership.id == Commitment.membership_id),
        )
        .join(
            Person,
            (Person.workspace_id == Commitment.workspace_id) & (Person.id == Commitment.person_id),
        )
        .order_by(Commitment.id)
    )
