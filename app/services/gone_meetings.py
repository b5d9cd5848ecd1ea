"""Meetings that will not take place: their hot seats are given up, what was due there moves on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting
from app.db.queries import planning as queries
from app.db.queries import seats as seat_queries
from app.services.commitment_dues import meetings_gone
from app.services.events import emit
from app.services.facts import hot_seat_facts
from app.services.plan_writing import OPEN
from app.services.planning import replan


async def replan_without(
    session: AsyncSession, group: Group, gone: Sequence[Meeting], now: datetime
) -> None:
    """Give up the open hot seats of meetings that were cancelled, and plan the others anew.

    A topic goes along to its member's next seat, and a promise that was due goes to the next
    meeting.
    """
    workspace_id = group.workspace_id
    seats = await queries.hot_seats(session, workspace_id, [m.id for m in gone]) if gone else []
    lost = [seat for seat in seats if seat.state in OPEN]
    for seat in lost:
        await session.delete(seat)
    await session.flush()
    if any(seat.state == "announced" for seat in lost):
        await _tell(session, group, lost, now)
    await replan(session, workspace_id, group.id, now)
    await carry_topics(session, group, {s.membership_id: s.topic for s in lost if s.topic}, now)
    if gone:
        await meetings_gone(session, workspace_id, gone, now)


async def carry_topics(
    session: AsyncSession, group: Group, topics: Mapping[UUID, str], now: datetime
) -> None:
    """Put each member's topic into their next open seat, unless it has one of its own."""
    if not topics:
        return
    carried: set[UUID] = set()
    for seat in await seat_queries.open_ones(session, group.workspace_id, group.id, topics.keys()):
        if seat.membership_id not in carried:
            carried.add(seat.membership_id)
            seat.topic = seat.topic or topics[seat.membership_id]
            seat.updated_at = now
    await session.flush()


async def _tell(
    session: AsyncSession, group: Group, lost: Sequence[HotSeat], now: datetime
) -> None:
    people = {row.id: row for row in await queries.members(session, group.workspace_id, group.id)}
    for seat in lost:
        if seat.state == "announced":
            facts = hot_seat_facts(seat, group, people.get(seat.membership_id))
            emit(session, "hot_seat.changed", group.workspace_id, facts, now, group_id=group.id)
