"""Where in the evening's agenda a hot seat is held, and how long it is guaranteed to be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting, Slot
from app.db.queries import hot_seats
from app.domain import hot_seats as rules
from app.domain.agenda import Segment
from app.domain.hot_seats import HotSeatState
from app.domain.meeting_pauses import pauses_from, ran_between
from app.services.planning_outlook import agenda_of


async def slots_of(session: AsyncSession, seat: HotSeat) -> Sequence[Slot]:
    """The time boxes of a hot seat: one, once its meeting has begun."""
    return await hot_seats.slots(session, seat.workspace_id, seat.meeting_id, [seat.membership_id])


async def segment_of(
    session: AsyncSession, group: Group, meeting: Meeting, seat: HotSeat
) -> Segment | None:
    """The agenda's segment of the hot seat: that of its slot, or the one its place falls into."""
    agenda = agenda_of(group, meeting)
    for slot in await slots_of(session, seat):
        for segment in agenda.segments:
            if segment.id == slot.segment_id:
                return segment
    return rules.segment_of(agenda, seat.position)


def lasted(meeting: Meeting, seat: HotSeat, ended_at: datetime) -> timedelta:
    """How long a hot seat that has begun ran until then, pauses excluded."""
    return ran_between(pauses_from(meeting.pauses or ()), seat.started_at or ended_at, ended_at)


async def end_running(
    session: AsyncSession, group: Group, meeting: Meeting, seat: HotSeat, closed_at: datetime
) -> bool:
    """End a live hot seat with its meeting; whether it had its guaranteed minimum."""
    if seat.state != HotSeatState.LIVE:
        return False
    ended_at = rules.end_of_unfinished(seat.started_at or closed_at, seat.phase_log, closed_at)
    seat.ended_at, seat.phase = ended_at, None
    for slot in await slots_of(session, seat):
        slot.actual_end = ended_at
    segment = await segment_of(session, group, meeting, seat)
    return rules.had_minimum(segment, lasted(meeting, seat, ended_at))
