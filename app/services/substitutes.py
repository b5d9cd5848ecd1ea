"""Who takes over the hot seat of a holder who is not there, or lets it go by on the evening."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, HotSeat
from app.db.queries import attendance, hot_seats
from app.domain.attendance import GONE
from app.domain.evenings import attending, candidates_of
from app.domain.hot_seats import OPEN_STATES, substitute_reason
from app.domain.ledger import NEWCOMER
from app.domain.rotation import Candidate, substitute
from app.services.hot_seats import OpenedSeat, tell
from app.services.planning_outlook import Outlook, load_outlook


async def seat_substitute(
    session: AsyncSession, opened: OpenedSeat, now: datetime
) -> HotSeat | None:
    """Give the place to the member there who has no hot seat tonight and the highest credit."""
    outlook = await load_outlook(session, opened.group, now)
    marks = await _marks(session, opened)
    gone = {who for who, mark in marks.items() if mark.status in GONE}
    standings = outlook.checkpoint.standings
    taker = substitute(
        [member for member in _there(outlook, opened) if member.id not in gone],
        [seat.membership_id for seat in outlook.seats[opened.meeting.id]],
        standings,
        next_seats(outlook, after=opened.meeting.id),
    )
    if taker is None:
        return None
    credit = standings.get(taker.id, NEWCOMER).credit
    return await _seat(session, opened, outlook, taker, credit, now)


def next_seats(outlook: Outlook, *, after: UUID) -> dict[UUID, datetime]:
    """When each member's next open hot seat is, at a meeting other than `after`."""
    found: dict[UUID, datetime] = {}
    for meeting in outlook.meetings:
        for seat in outlook.seats[meeting.id]:
            if seat.state in OPEN_STATES and meeting.id != after:
                found.setdefault(seat.membership_id, meeting.starts_at)
    return found


def _there(outlook: Outlook, opened: OpenedSeat) -> Sequence[Candidate]:
    evening = next(each for each in outlook.evenings if each.id == opened.meeting.id)
    expected = set(attending(evening, outlook.members))
    candidates = candidates_of(outlook.members, outlook.checkpoint)
    return [candidate for candidate in candidates if candidate.id in expected]


async def _seat(
    session: AsyncSession,
    opened: OpenedSeat,
    outlook: Outlook,
    taker: Candidate,
    credit: float,
    now: datetime,
) -> HotSeat:
    left = opened.seat
    holder = outlook.people.get(left.membership_id)
    reason = substitute_reason(holder.name if holder else "somebody", credit)
    seat = HotSeat(
        workspace_id=left.workspace_id,
        group_id=left.group_id,
        meeting_id=left.meeting_id,
        membership_id=taker.id,
        position=left.position,
        state="announced",
        reason={"code": reason.code, "params": dict(reason.params), "text": reason.text},
        created_at=now,
        updated_at=now,
    )
    session.add(seat)
    slots = await hot_seats.slots(session, left.workspace_id, left.meeting_id, [left.membership_id])
    for slot in slots:
        slot.membership_id = taker.id
    await session.flush()
    await tell(session, opened.group, seat, "hot_seat.announced", now)
    return seat


async def _marks(session: AsyncSession, opened: OpenedSeat) -> Mapping[UUID, Attendance]:
    marks = await attendance.of_meetings(session, opened.group.workspace_id, [opened.meeting.id])
    return {mark.membership_id: mark for mark in marks}
