"""The clock of a running meeting: rounds, plenaries and breaks begin, end, or are left out.

Hot seats have verbs of their own (`hot_seat_verbs`).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting, Slot
from app.db.queries import evening, external_ids
from app.domain import slot_verbs as rules
from app.domain.errors import Conflict
from app.domain.meeting_pauses import check_not_paused, pauses_from
from app.domain.versions import Expected
from app.services.calendar_pushes import enqueue_pushes
from app.services.events import emit
from app.services.facts import hot_seat_facts, slot_facts
from app.services.holding import roster_of
from app.services.meeting_rows import locked


async def load_running(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected
) -> tuple[Group, Meeting]:
    """A meeting that runs, to change, and its group, which is locked.

    NotFound; Conflict `meeting_not_live`, and `meeting_reopened` for one that is only corrected.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    if meeting.state != "live":
        raise Conflict(
            f"The meeting is {meeting.state}: start it first.",
            code="meeting_not_live",
            facts={"state": meeting.state},
        )
    if meeting.closed_at is not None:
        raise Conflict(
            "The meeting was reopened to be corrected; its clock does not run any more.",
            code="meeting_reopened",
        )
    return group, meeting


async def start_slot(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    position: int,
    expected: Expected,
    now: datetime,
) -> None:
    """Begin a slot. The one that runs ends with that, unless it is a hot seat (409).

    NotFound; Conflict as `load_running`, `check_not_paused`, `slot_at` and `check_not_begun` do.
    """
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    check_not_paused(pauses_from(meeting.pauses))
    slots = await evening.slots_to_change(session, workspace_id, meeting_id)
    slot = rules.slot_at(slots, position)
    rules.check_not_begun(slot)
    running = rules.running_beside(slots, position)
    if running is not None:
        await _end(session, group, meeting, running, now)
    slot.actual_start = now
    await _save(session, group, meeting, slot, "slot.started", now)


async def finish_slot(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    position: int,
    expected: Expected,
    now: datetime,
) -> None:
    """End a slot that runs, in a pause too. Conflict `slot_not_running`."""
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    slot = rules.slot_at(await evening.slots_to_change(session, workspace_id, meeting_id), position)
    rules.check_running(slot)
    await _end(session, group, meeting, slot, now)


async def skip_slot(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    position: int,
    expected: Expected,
    now: datetime,
) -> None:
    """Leave a slot out that has not begun. Conflict `slot_begun`, `slot_skipped`."""
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    slot = rules.slot_at(await evening.slots_to_change(session, workspace_id, meeting_id), position)
    await leave_out(session, group, meeting, slot, now)


async def leave_out(
    session: AsyncSession, group: Group, meeting: Meeting, slot: Slot, now: datetime
) -> None:
    """Leave out a slot of a running meeting. Conflict `slot_begun`, `slot_skipped`."""
    rules.check_not_begun(slot)
    slot.skipped = True
    await _save(session, group, meeting, slot, "slot.skipped", now)


async def make_way(session: AsyncSession, group: Group, meeting: Meeting, now: datetime) -> None:
    """A hot seat begins: whatever else runs is over. Conflict `meeting_paused`."""
    check_not_paused(pauses_from(meeting.pauses))
    slots = await evening.slots_to_change(session, meeting.workspace_id, meeting.id)
    for slot in slots:
        if rules.is_running(slot) and slot.kind != "hot_seat":
            await _end(session, group, meeting, slot, now)


async def tell_of_seats(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    seats: Sequence[HotSeat],
    event: str,
    now: datetime,
) -> None:
    """Write hot seats of a running meeting that changed together, and tell of each."""
    for seat in seats:
        seat.touch(now)
    meeting.touch(now)
    await session.flush()
    people = {person.id: person for person in await roster_of(session, group, meeting)}
    for seat in seats:
        holder = people.get(seat.membership_id)
        facts = hot_seat_facts(seat, group, holder, meeting.external_id)
        emit(session, event, group.workspace_id, facts, now, group_id=group.id)
    await enqueue_pushes(session, group.workspace_id, [meeting.id], now)


async def _end(
    session: AsyncSession, group: Group, meeting: Meeting, slot: Slot, now: datetime
) -> None:
    slot.actual_end = now
    await _save(session, group, meeting, slot, "slot.finished", now)


async def _save(
    session: AsyncSession, group: Group, meeting: Meeting, slot: Slot, event: str, now: datetime
) -> None:
    meeting.touch(now)
    await session.flush()
    speaker = {slot.membership_id} if slot.membership_id else set()
    found = await external_ids.of_memberships(session, group.workspace_id, speaker)
    facts = slot_facts(slot, meeting, group, next(iter(found.values()), None))
    emit(session, event, group.workspace_id, facts, now, group_id=group.id)
