"""The rotation's memory, derived from the permanent rows of held meetings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Group, HotSeat, Meeting, MeetingRole
from app.db.queries import attendance, meetings, planning, rotation
from app.domain.attendance import PRESENT, Seat, owed
from app.domain.checkpoint import (
    HeldEvening,
    checkpoint_from_json,
    checkpoint_to_json,
    fold,
)
from app.domain.ledger import HeldMeeting
from app.domain.roles import Role


async def refold(session: AsyncSession, group: Group, *, since: datetime) -> None:
    """Compute the checkpoints of all held meetings since an instant anew, in order of time.

    Raises Invalid as `advance_checkpoint` does.
    """
    workspace_id = group.workspace_id
    held = await meetings.held_since(session, workspace_id, group.id, since)
    stored = await planning.last_checkpoint(session, workspace_id, group.id, before=since)
    opening = await rotation.opening(session, workspace_id, group.id)
    before = checkpoint_from_json(stored) if stored else None
    evenings = await evenings_of(session, workspace_id, held)
    for meeting, checkpoint in zip(held, fold(evenings, opening, before), strict=True):
        standings = checkpoint_to_json(checkpoint)
        if standings != meeting.standings:
            meeting.standings = standings
    await session.flush()


async def evenings_of(
    session: AsyncSession, workspace_id: UUID, held: Sequence[Meeting]
) -> list[HeldEvening]:
    """What each of these held meetings leaves behind, by its rows."""
    held_ids = [meeting.id for meeting in held]
    marks = _by_meeting(await attendance.of_meetings(session, workspace_id, held_ids))
    seats = _by_meeting(await planning.hot_seats(session, workspace_id, held_ids))
    roles = _by_meeting(await planning.roles(session, workspace_id, held_ids))
    return [_evening(m, marks[m.id], seats[m.id], roles[m.id]) for m in held]


def _evening(
    meeting: Meeting,
    marks: Sequence[Attendance],
    seats: Sequence[HotSeat],
    roles: Sequence[MeetingRole],
) -> HeldEvening:
    present = frozenset(mark.membership_id for mark in marks if mark.status in PRESENT)
    passed = {seat.membership_id for seat in seats if seat.state == "passed"}
    return HeldEvening(
        meeting=HeldMeeting(
            id=meeting.id,
            starts_at=meeting.starts_at,
            present=present - passed,
            seated=tuple(seat.membership_id for seat in seats if seat.state == "done"),
            weights={mark.membership_id: mark.weight for mark in marks},
        ),
        spoke=tuple(UUID(text) for text in meeting.speaking_order),
        roles={Role(role.role): role.membership_id for role in roles},
        owed=owed([Seat(seat.membership_id, seat.state) for seat in seats], present),
    )


def _by_meeting(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.meeting_id].append(row)
    return found
