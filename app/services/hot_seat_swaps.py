"""Two members exchange their hot seats."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, Meeting
from app.db.queries import hot_seats, meetings
from app.domain import hot_seats as rules
from app.domain import ids
from app.domain.errors import Conflict, Invalid
from app.domain.evenings import seatable
from app.domain.versions import Expected
from app.services.hot_seats import OpenedSeat, open_seat, save, tell
from app.services.plan_writing import Outlook
from app.services.planning import load_outlook, replan


async def swap_hot_seats(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    with_hot_seat_id: UUID,
    expected: Expected,
    now: datetime,
) -> HotSeat:
    """Exchange the holders of two open hot seats of a group, which are fixed from then on; within
    one meeting, exchange their places in its order.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    other = await _other(session, opened, with_hot_seat_id)
    rules.check_open(opened.seat.state)
    rules.check_open(other.seat.state)
    if opened.meeting.id == other.meeting.id:
        await _exchange_places(session, opened, other, now)
    else:
        await _exchange_holders(session, opened, other, now)
        await replan(session, workspace_id, opened.group.id, now)
    return opened.seat


async def _other(session: AsyncSession, opened: OpenedSeat, with_hot_seat_id: UUID) -> OpenedSeat:
    seat = await hot_seats.find(session, opened.group.workspace_id, with_hot_seat_id)
    if seat is None or seat.group_id != opened.group.id:
        raise Invalid(
            "There is no such hot seat in this group: the plan may have given it away.",
            code="unknown_hot_seat",
            pointer="/with_hot_seat_id",
        )
    if seat.membership_id == opened.seat.membership_id:
        raise Invalid(
            "Both hot seats are the same member's: name one of somebody else.",
            code="same_member",
            pointer="/with_hot_seat_id",
        )
    meeting = await meetings.load(session, opened.group.workspace_id, seat.meeting_id)
    return OpenedSeat(seat, meeting, opened.group)


async def _exchange_places(
    session: AsyncSession, one: OpenedSeat, other: OpenedSeat, now: datetime
) -> None:
    """Times stay with places: in a meeting that runs, the slots change hands."""
    if one.meeting.state not in {"scheduled", "live"}:
        raise _over(one.meeting)
    one.seat.position, other.seat.position = other.seat.position, one.seat.position
    a, b = one.seat.membership_id, other.seat.membership_id
    for slot in await hot_seats.slots(session, one.group.workspace_id, one.meeting.id, [a, b]):
        slot.membership_id = b if slot.membership_id == a else a
    other.seat.touch(now)
    await save(session, one, now)


async def _exchange_holders(
    session: AsyncSession, one: OpenedSeat, other: OpenedSeat, now: datetime
) -> None:
    outlook = await load_outlook(session, one.group, now)
    for mine, theirs in ((one, other), (other, one)):
        _check_ahead(mine.meeting, now)
        _check_can_sit(outlook, theirs.seat.membership_id, mine.meeting)
    a, b = one.seat, other.seat
    a.membership_id, b.membership_id = b.membership_id, a.membership_id
    a.topic, b.topic = b.topic, a.topic
    for each in (one, other):
        each.seat.pinned, each.seat.urgent = True, False
        await save(session, each, now)
    for each in (one, other):
        if each.seat.state == "announced":
            await tell(session, each.group, each.seat, "hot_seat.changed", now)


def _check_ahead(meeting: Meeting, now: datetime) -> None:
    if meeting.state != "scheduled" or meeting.starts_at <= now:
        raise _over(meeting)


def _check_can_sit(outlook: Outlook, membership_id: UUID, meeting: Meeting) -> None:
    """Whoever takes a hot seat is expected there, and has no other one."""
    facts = {
        "membership_id": ids.encode("membership", membership_id),
        "meeting_id": ids.encode("meeting", meeting.id),
    }
    if membership_id in {seat.membership_id for seat in outlook.seats[meeting.id]}:
        raise Conflict(
            "The member has, or has let go by, a hot seat in that meeting already.",
            code="already_seated",
            facts=facts,
        )
    evening = next(each for each in outlook.evenings if each.id == meeting.id)
    if membership_id not in seatable(evening, outlook.members):
        raise Conflict(
            "The member is not expected at that meeting: swap with somebody else.",
            code="member_not_expected",
            facts=facts,
        )


def _over(meeting: Meeting) -> Conflict:
    return Conflict(
        "Hot seats are exchanged before their meetings begin.",
        code="meeting_over",
        facts={"meeting_id": ids.encode("meeting", meeting.id), "state": meeting.state},
    )
