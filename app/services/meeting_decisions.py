"""What people decide when a meeting cannot end in time: to drop something, or to move hot seats."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting, Slot
from app.db.queries import evening, planning
from app.domain.errors import Invalid
from app.domain.hot_seats import HotSeatState, check_open, skip_reason
from app.domain.overrun_proposals import ProposalCode
from app.domain.versions import Expected
from app.services.meeting_clock import leave_out, load_running, tell_of_seats
from app.services.plan_changes import Changed, watch_plan
from app.services.planning import replan


async def accept_proposal(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    code: ProposalCode,
    positions: Sequence[int],
    expected: Expected,
    now: datetime,
) -> Changed[Meeting]:
    """Leave out slots of a running meeting that have not begun.

    The holders of hot seats that are moved to the next meeting are not charged, and first in line
    there. Invalid `unknown_slot`, `slot_of_other_kind`; Conflict as `load_running`, `slot_begun`,
    `slot_skipped`, `hot_seat_not_open`.
    """
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    watch = await watch_plan(session, group, now)
    slots = await evening.slots_to_change(session, workspace_id, meeting_id)
    chosen = _chosen(slots, positions, hot_seats=code == "move_to_next_meeting")
    if code == "drop_segment":
        for slot in chosen:
            await leave_out(session, group, meeting, slot, now)
    else:
        await _move(session, group, meeting, chosen, now)
    return Changed(meeting, await watch.change())


def _chosen(slots: Sequence[Slot], positions: Sequence[int], *, hot_seats: bool) -> list[Slot]:
    by_position = {slot.position: slot for slot in slots}
    for index, position in enumerate(positions):
        slot = by_position.get(position)
        pointer = f"/positions/{index}"
        if slot is None:
            raise Invalid("The meeting has no such slot.", code="unknown_slot", pointer=pointer)
        if (slot.kind == "hot_seat") is not hot_seats:
            raise Invalid(
                "Hot seats are moved to the next meeting; everything else is dropped.",
                code="slot_of_other_kind",
                pointer=pointer,
            )
    return [by_position[position] for position in dict.fromkeys(positions)]


async def _move(
    session: AsyncSession, group: Group, meeting: Meeting, slots: Sequence[Slot], now: datetime
) -> None:
    found = await planning.hot_seats(session, group.workspace_id, [meeting.id])
    holders = {slot.membership_id for slot in slots}
    moved = [seat for seat in found if seat.membership_id in holders]
    for seat in moved:
        check_open(seat.state)
        seat.state = HotSeatState.SKIPPED
        reason = skip_reason("no_time")
        seat.reason = {**asdict(reason), "params": dict(reason.params)}
    await tell_of_seats(session, group, meeting, moved, "hot_seat.skipped", now)
    await replan(session, group.workspace_id, group.id, now)
