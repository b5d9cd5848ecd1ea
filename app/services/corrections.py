"""Correcting the record of a meeting: who was there, and which hot seats took place."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting
from app.db.queries import attendance, planning
from app.domain.attendance import PRESENT
from app.domain.ledger import check_held
from app.domain.meeting_states import MeetingVerb
from app.domain.versions import Expected
from app.services.charter import review_charter
from app.services.closing import Correction, difference, snapshot
from app.services.history import evenings_of, refold
from app.services.holding import roster_of, spoke
from app.services.meeting_rows import locked, next_state, tell
from app.services.planning import replan
from app.services.records import UNPLACED, check_named, unplanned, write_marks


async def correct_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    correction: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Correction:
    """Put right what the record of a held or reopened meeting says wrongly; the rest stays.

    All that rests on a held meeting is computed anew, later meetings included; what rests on a
    reopened one follows when it is closed. Raises Conflict `invalid_transition`; Invalid
    `not_a_member_then`, `named_twice`, `not_late`, and what the ledger does (`seated_absent`).
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    next_state(meeting, MeetingVerb.CORRECT)
    stood = await snapshot(session, group, meeting)
    people = {person.id: person for person in await roster_of(session, group, meeting)}
    check_named(correction["hot_seats"], people, "hot_seats")
    await write_marks(session, meeting, correction["attendance"], people, now)
    done = await _correct_seats(session, group, meeting, correction["hot_seats"], now)
    marks = await attendance.of_meetings(session, workspace_id, [meeting.id])
    present = {mark.membership_id for mark in marks if mark.status in PRESENT}
    meeting.speaking_order = spoke(meeting, list(people.values()), present)
    meeting.touch(now)
    await session.flush()
    [evening] = await evenings_of(session, workspace_id, [meeting])
    check_held(evening.meeting)
    await refold(session, group, since=meeting.starts_at)
    if meeting.origin != "backfill":
        counted = {"present": len(present), "hot_seats": done}
        await tell(session, "meeting.corrected", group, [meeting], now, more=counted)
    await review_charter(session, group, now)
    await replan(session, workspace_id, group.id, now)
    return difference(stood, await snapshot(session, group, meeting))


async def _correct_seats(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    told: Sequence[Mapping[str, Any]],
    now: datetime,
) -> int:
    """Write the hot seats as they are told; how many took place."""
    found = await planning.hot_seats(session, group.workspace_id, [meeting.id])
    seats = {seat.membership_id: seat for seat in found}
    stood = {seat.id for seat in found if seat.state == "done"}
    for item in told:
        seat = seats.get(item["membership_id"])
        if item["state"] == "none":
            if seat is not None:
                await session.delete(seats.pop(seat.membership_id))
            continue
        if seat is None:
            seat = seats[item["membership_id"]] = unplanned(group, meeting, item, now)
            session.add(seat)
        seat.state = item["state"]
        seat.topic = item["topic"] or seat.topic
        seat.outcome = item["outcome"] or seat.outcome
        seat.touch(now)
    _give_places(seats.values(), stood)
    await session.flush()
    return sum(seat.state == "done" for seat in seats.values())


def _give_places(seats: Collection[HotSeat], stood: Collection[UUID]) -> None:
    """Each hot seat that took place has a place of its own: those that `stood` keep theirs.

    Whoever was taken for absent may have been there after all, beside the one who took their place.
    """
    taken = {seat.position for seat in seats if seat.state == "done" and seat.id in stood}
    last = max((seat.position for seat in seats), default=0)
    for seat in seats:
        is_told_now = seat.state == "done" and seat.id not in stood
        if seat.position == UNPLACED or (is_told_now and seat.position in taken):
            last += 1
            seat.position = last
        if is_told_now:
            taken.add(seat.position)
