"""Members exchange their hot seats, or one takes over another's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, Meeting
from app.db.queries import hot_seats, meetings
from app.domain import ids
from app.domain.errors import Conflict, Invalid
from app.domain.evenings import seatable
from app.domain.hot_seats import OPEN_STATES
from app.domain.versions import Expected
from app.services.hot_seats import OpenedSeat, check_open, open_seat, save, tell
from app.services.plan_changes import Changed, seat_facts, watch_plan
from app.services.planning import replan
from app.services.planning_outlook import Outlook


async def swap_hot_seats(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    with_hot_seat_id: UUID,
    expected: Expected,
    now: datetime,
) -> Changed[HotSeat]:
    """Exchange the holders of two open hot seats of a group, which are fixed from then on; within
    one meeting, exchange their places in its order.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    other = await _other(session, opened, with_hot_seat_id)
    check_open(opened.seat)
    check_open(other.seat)
    watch = await watch_plan(session, opened.group, now)
    if opened.meeting.id == other.meeting.id:
        await _exchange_places(session, opened, other, now)
    else:
        await _exchange_holders(session, watch.outlook, opened, other, now)
        await replan(session, workspace_id, opened.group.id, now)
    return Changed(opened.seat, await watch.change())


async def cover_hot_seat(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    membership_id: UUID,
    expected: Expected,
    now: datetime,
) -> Changed[HotSeat]:
    """Let a member take over another's hot seat, and give none back. It is fixed from then on.

    Whoever speaks is charged. The one who is covered keeps their credit, and is planned for again;
    the others of the meeting keep their hot seats.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat, holder = opened.seat, opened.seat.membership_id
    check_open(seat)
    watch = await watch_plan(session, opened.group, now)
    _check_taker(watch.outlook, opened, membership_id, now)
    for other in watch.outlook.seats[seat.meeting_id]:
        if other.state in OPEN_STATES and not other.pinned:
            other.pinned = True
            other.touch(now)
    for slot in await hot_seats.slots(session, workspace_id, seat.meeting_id, [holder]):
        slot.membership_id = membership_id
    topics = {holder: seat.topic} if seat.topic else {}
    seat.membership_id, seat.topic, seat.urgent = membership_id, None, False
    is_told = seat.state == "announced"
    await save(session, opened, now, "hot_seat.changed" if is_told else None)
    await replan(session, workspace_id, opened.group.id, now, topics=topics)
    return Changed(seat, await watch.change())


def _check_taker(outlook: Outlook, opened: OpenedSeat, membership_id: UUID, now: datetime) -> None:
    if opened.meeting.state != "live":
        _check_ahead(opened.meeting, now)
    if membership_id not in outlook.people:
        raise Invalid(
            "There is no such member in this group.",
            code="unknown_membership",
            pointer="/membership_id",
        )
    if membership_id == opened.seat.membership_id:
        raise Invalid(
            "This is the member's own hot seat: name somebody else.",
            code="same_member",
            pointer="/membership_id",
        )
    _check_can_sit(outlook, membership_id, opened.meeting)


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
    session: AsyncSession, outlook: Outlook, one: OpenedSeat, other: OpenedSeat, now: datetime
) -> None:
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
        "hot_seats": seat_facts(outlook.seats[meeting.id]),
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
            "The member is not expected at that meeting: choose somebody else.",
            code="member_not_expected",
            facts=facts,
        )


def _over(meeting: Meeting) -> Conflict:
    return Conflict(
        "Hot seats change hands before their meetings are over.",
        code="meeting_over",
        facts={"meeting_id": ids.encode("meeting", meeting.id), "state": meeting.state},
    )
