"""A holder who is not there yet: their hot seat becomes the last one of the evening."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, Slot
from app.db.queries import hot_seats as queries
from app.db.queries import planning
from app.domain.hot_seat_order import order_after_postponing
from app.domain.hot_seats import check_open
from app.domain.versions import ANY, Expected
from app.services.hot_seats import open_seat
from app.services.meeting_clock import load_running, tell_of_seats


async def postpone_hot_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected, now: datetime
) -> HotSeat:
    """Let the other open hot seats of a running meeting come first. Nobody is charged or replaced.

    Conflict `hot_seat_not_open`, `last_hot_seat`, and as `load_running`.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    late, meeting = opened.seat, opened.meeting
    await load_running(session, workspace_id, meeting.id, ANY)
    check_open(late.state)
    seats = await planning.hot_seats(session, workspace_id, [meeting.id])
    order = order_after_postponing(seats, late)
    members = [seat.membership_id for seat in order]
    slots = await queries.slots(session, workspace_id, meeting.id, members)
    _exchange(order, slots)
    await tell_of_seats(session, opened.group, meeting, order, "hot_seat.reordered", now)
    return late


def _exchange(order: Sequence[HotSeat], slots: Sequence[Slot]) -> None:
    """Places and times stay; who has them changes."""
    for seat, position in zip(order, sorted(seat.position for seat in order), strict=True):
        seat.position = position
    places = sorted(slots, key=lambda slot: slot.position)
    held = {slot.membership_id for slot in slots}
    members = [seat.membership_id for seat in order if seat.membership_id in held]
    for slot, member in zip(places, members, strict=True):
        slot.membership_id = member
