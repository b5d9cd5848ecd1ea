"""Hot seats: what all their changes have in common, and their texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting
from app.db.queries import external_ids, groups, hot_seats, meetings, planning
from app.domain import hot_seats as rules
from app.domain import ids
from app.domain.errors import Conflict
from app.domain.hot_seats import OPEN_STATES
from app.domain.versions import Expected
from app.services.calendar_pushes import enqueue_pushes
from app.services.events import emit
from app.services.facts import hot_seat_facts
from app.services.plan_changes import seat_facts


@dataclass(frozen=True, slots=True)
class OpenedSeat:
    """A hot seat to change; its group is locked."""

    seat: HotSeat
    meeting: Meeting
    group: Group


async def open_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected
) -> OpenedSeat:
    """Lock the hot seat's group and load it, to be changed.

    NotFound; StaleVersionError; Conflict `hot_seat_gone` if the plan gave it away meanwhile, with
    the meeting's hot seats as they are now.
    """
    at = await hot_seats.whereabouts(session, workspace_id, hot_seat_id)
    group = await groups.lock(session, workspace_id, at.group_id)
    seat = await hot_seats.find(session, workspace_id, hot_seat_id)
    if seat is None:
        now_there = await planning.hot_seats(session, workspace_id, [at.meeting_id])
        raise Conflict(
            "The plan has just given this hot seat to somebody else; `facts` say who has which.",
            code="hot_seat_gone",
            facts={
                "meeting_id": ids.encode("meeting", at.meeting_id),
                "hot_seats": seat_facts(now_there),
            },
        )
    expected.check(seat.version)
    return OpenedSeat(seat, await meetings.load(session, workspace_id, seat.meeting_id), group)


def check_open(seat: HotSeat) -> None:
    """Raises Conflict `hot_seat_not_open`, with the hot seat as it is now."""
    rules.check_open(seat.state, seat_facts([seat])[0])


async def update_hot_seat(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> HotSeat:
    """Apply a merge patch of the texts. Conflict `hot_seat_not_begun`: it has no outcome yet."""
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    if patch.get("outcome") is not None and seat.state in OPEN_STATES:
        raise Conflict(
            "This hot seat has not begun: its outcome comes afterwards.", code="hot_seat_not_begun"
        )
    changed = {name: value for name, value in patch.items() if getattr(seat, name) != value}
    for name, value in changed.items():
        setattr(seat, name, value)
    if changed:
        await save(session, opened, now)
    return seat


async def save(
    session: AsyncSession, opened: OpenedSeat, now: datetime, event_type: str | None = None
) -> None:
    """Write a changed hot seat and its meeting's new version, with the event if there is one."""
    opened.seat.touch(now)
    opened.meeting.touch(now)
    await session.flush()
    if event_type is not None:
        await tell(session, opened.group, opened.seat, event_type, now)


async def tell(
    session: AsyncSession, group: Group, seat: HotSeat, event_type: str, now: datetime
) -> None:
    """Tell of a hot seat that was flushed."""
    holder = await hot_seats.holder(session, group.workspace_id, seat.membership_id)
    names = await external_ids.of_meetings(session, group.workspace_id, {seat.meeting_id})
    facts = hot_seat_facts(seat, group, holder, names[seat.meeting_id])
    emit(session, event_type, group.workspace_id, facts, now, group_id=group.id)
    await enqueue_pushes(session, group.workspace_id, [seat.meeting_id], now)
