"""What the accountability figures of a group rest on: its permanent rows, within a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import (
    Attendance,
    Commitment,
    CommitmentEvent,
    HotSeat,
    Leave,
    Meeting,
    Membership,
    Organizer,
)
from app.db.queries.scope import columns_of, scoped

TOOK_PART = ("present", "late", "left_early", "absent", "no_show")


@dataclass(frozen=True, slots=True)
class Span:
    """A window of dates with its instants: from `begin` on, before `end`; None leaves it open."""

    since: date | None
    until: date | None
    begin: datetime | None
    end: datetime | None

    def of_instant(self, column: Any) -> ColumnElement[bool]:
        """Whether an instant lies inside."""
        return and_(
            true(),
            *([column >= self.begin] if self.begin is not None else []),
            *([column < self.end] if self.end is not None else []),
        )

    def of_day(self, column: Any) -> ColumnElement[bool]:
        """Whether a date lies inside."""
        return and_(
            true(),
            *([column >= self.since] if self.since is not None else []),
            *([column <= self.until] if self.until is not None else []),
        )


async def members(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """All who ever had a place in the group."""
    query = scoped(
        Membership,
        workspace_id,
        Membership.id,
        Membership.person_id,
        Membership.place,
        Membership.starts_on,
        Membership.ends_on,
    ).where(Membership.group_id == group_id)
    return (await connection.execute(query)).all()


async def leaves(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID
) -> Sequence[Row[Any]]:
    """All leaves of absence of the group's members."""
    query = (
        scoped(Leave, workspace_id, Leave.membership_id, Leave.first_on, Leave.last_on)
        .join(
            Membership,
            and_(
                Membership.workspace_id == Leave.workspace_id,
                Membership.id == Leave.membership_id,
            ),
        )
        .where(Membership.group_id == group_id)
    )
    return (await connection.execute(query)).all()


def _held(
    workspace_id: UUID, group_id: UUID, span: Span, *columns: Any, reopened: bool = False
) -> Select[Any]:
    is_held = Meeting.closed_at.is_not(None) if reopened else Meeting.state == "held"
    return scoped(Meeting, workspace_id, *columns).where(
        Meeting.group_id == group_id, is_held, span.of_instant(Meeting.starts_at)
    )


async def held_meetings(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    span: Span,
    *,
    reopened: bool = False,
) -> Sequence[Row[Any]]:
    """The group's meetings of the window that were held; perhaps those, too, that are being
    corrected.
    """
    columns = (Meeting.id, Meeting.starts_at)
    query = _held(workspace_id, group_id, span, *columns, reopened=reopened)
    return (await connection.execute(query.order_by(Meeting.starts_at, Meeting.id))).all()


async def last_held(
    connection: AsyncConnection,
    workspace_id: UUID,
    group_id: UUID,
    *,
    before: datetime | None,
    number: int,
) -> datetime | None:
    """When the `number`th last held meeting (before an instant) began, or the first of fewer."""
    query = (
        _held(workspace_id, group_id, Span(None, None, None, before), Meeting.starts_at)
        .order_by(Meeting.starts_at.desc())
        .limit(number)
    )
    return min((await connection.execute(query)).scalars(), default=None)


async def marks(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    span: Span,
    *,
    reopened: bool = False,
) -> Sequence[Row[Any]]:
    """How everybody attended those meetings."""
    query = scoped(
        Attendance,
        workspace_id,
        Attendance.meeting_id,
        Attendance.membership_id,
        Attendance.status,
        Attendance.presumed,
        Attendance.weight,
        Attendance.announced_at,
    ).where(
        Attendance.meeting_id.in_(
            _held(workspace_id, group_id, span, Meeting.id, reopened=reopened)
        ),
        Attendance.status.in_(TOOK_PART),
    )
    return (await connection.execute(query)).all()


async def hot_seats(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, span: Span
) -> Sequence[Row[Any]]:
    """The hot seats of those meetings that took place, or that their holders let pass."""
    query = scoped(
        HotSeat, workspace_id, HotSeat.meeting_id, HotSeat.membership_id, HotSeat.state
    ).where(
        HotSeat.meeting_id.in_(_held(workspace_id, group_id, span, Meeting.id)),
        HotSeat.state.in_(("done", "passed")),
    )
    return (await connection.execute(query)).all()


async def commitment_events(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, span: Span
) -> Sequence[Row[Any]]:
    """The whole histories, each event with its `membership_id`, of commitments that can count.

    Those are the ones to which something happened in the window, or that were due in it, or that
    a meeting in it left overdue.
    """
    about = func.coalesce(CommitmentEvent.due_meeting_id, CommitmentEvent.meeting_id)
    touched = (
        scoped(CommitmentEvent, workspace_id, CommitmentEvent.commitment_id)
        .outerjoin(
            Meeting, and_(Meeting.workspace_id == CommitmentEvent.workspace_id, Meeting.id == about)
        )
        .where(
            or_(
                span.of_instant(CommitmentEvent.at),
                and_(CommitmentEvent.due_on.is_not(None), span.of_day(CommitmentEvent.due_on)),
                and_(Meeting.id.is_not(None), span.of_instant(Meeting.starts_at)),
            )
        )
    )
    query = (
        scoped(
            CommitmentEvent,
            workspace_id,
            Commitment.membership_id,
            *columns_of(CommitmentEvent),
        )
        .join(
            Commitment,
            and_(
                Commitment.workspace_id == CommitmentEvent.workspace_id,
                Commitment.id == CommitmentEvent.commitment_id,
            ),
        )
        .where(Commitment.group_id == group_id, Commitment.id.in_(touched))
        .order_by(CommitmentEvent.commitment_id, CommitmentEvent.number)
    )
    return (await connection.execute(query)).all()


async def is_organizer(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, person_id: UUID
) -> bool:
    """Whether the person answers for the group."""
    query = scoped(Organizer, workspace_id, Organizer.person_id).where(
        Organizer.group_id == group_id, Organizer.person_id == person_id
    )
    return (await connection.execute(query)).first() is not None


async def is_member(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, person_id: UUID
) -> bool:
    """Whether the person has a place in the group that has not ended."""
    query = scoped(Membership, workspace_id, Membership.id).where(
        Membership.group_id == group_id,
        Membership.person_id == person_id,
        Membership.state != "ended",
    )
    return (await connection.execute(query.limit(1))).first() is not None
