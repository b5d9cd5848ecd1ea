"""A meeting becomes history: what is known of it, and what the rotation learns from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Group, HotSeat, Meeting
from app.db.queries import attendance as queries
from app.db.queries import evening, planning
from app.domain.agenda import agenda_to_dict
from app.domain.attendance import PRESENT, seat_at_close
from app.domain.group_days import day_of
from app.domain.meeting_pauses import ended_by, pauses_from, pauses_to
from app.domain.quorum import Quorum
from app.services.charter import review_charter
from app.services.commitment_settling import settle_meeting
from app.services.events import emit
from app.services.facts import hot_seat_facts, meeting_facts
from app.services.history import refold
from app.services.meeting_rows import set_duties
from app.services.planning import replan
from app.services.planning_outlook import agenda_of
from app.services.presumption import believe_seats, presume
from app.services.seat_segments import end_running

UNHEARD = {"skipped", "interrupted"}


async def end(
    session: AsyncSession, group: Group, meeting: Meeting, now: datetime, *, ended_at: datetime
) -> None:
    """Close a meeting that was run with the service. Never refused: whoever had a hot seat was
    there, whatever a mark says.
    """
    await believe_seats(session, meeting, await roster_of(session, group, meeting), now)
    await hold(session, group, meeting, now, ended_at=ended_at)


async def hold(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    now: datetime,
    *,
    ended_at: datetime,
) -> None:
    """Let a meeting of a locked group become history with what is known.

    Whoever was expected and is unmarked counts as present, presumed. A hot seat that runs took
    place if it had its guaranteed minimum, else it was interrupted; one that has not begun did not
    take place. What was not heard goes to the holders' next ones. All that rests on the meeting is
    computed anew, later meetings included. Raises Invalid `seated_absent` and what the ledger does.
    """
    people = await roster_of(session, group, meeting)
    marks = await presume(session, meeting, people, now)
    seats = await planning.hot_seats(session, group.workspace_id, [meeting.id])
    before = {seat.id: seat.state for seat in seats}
    for seat in seats:
        had_minimum = await end_running(session, group, meeting, seat, ended_at)
        state = seat_at_close(seat.state, had_minimum=had_minimum)
        if state != seat.state:
            seat.state, seat.updated_at = state, now
    await _stop_clock(session, meeting, ended_at)
    present = {mark.membership_id for mark in marks if mark.status in PRESENT}
    meeting.speaking_order = spoke(meeting, people, present)
    meeting.agenda = agenda_to_dict(agenda_of(group, meeting))
    meeting.state = "held"
    meeting.started_at = meeting.started_at or meeting.starts_at
    meeting.closed_at = meeting.closed_at or ended_at
    meeting.before_correction = None
    meeting.updated_at = now
    set_duties(meeting, now)
    await session.flush()
    await refold(session, group, since=meeting.starts_at)
    if meeting.origin != "backfill":
        _tell(session, group, meeting, people, marks, seats, before, now)
        await review_charter(session, group, now)
    await settle_meeting(session, group.workspace_id, meeting, now)
    # History that is put in from before is nobody's wish for the next evening.
    topics = await _unheard(session, meeting, seats) if meeting.origin != "backfill" else {}
    await replan(session, group.workspace_id, group.id, now, topics=topics)


async def _stop_clock(session: AsyncSession, meeting: Meeting, ended_at: datetime) -> None:
    """End the pause and the time boxes that run."""
    meeting.pauses = pauses_to(ended_by(pauses_from(meeting.pauses or ()), ended_at))
    for slot in await evening.slots_to_change(session, meeting.workspace_id, meeting.id):
        if slot.actual_start is not None and slot.actual_end is None:
            slot.actual_end = max(slot.actual_start, ended_at)


async def _unheard(
    session: AsyncSession, meeting: Meeting, seats: Sequence[HotSeat]
) -> dict[UUID, str]:
    """What members wanted to talk about and did not get to, unless a later seat has it already."""
    lost = {s.membership_id: s.topic for s in seats if s.topic and s.state in UNHEARD}
    later = await evening.later_seats(
        session, meeting.workspace_id, meeting.group_id, lost, after=meeting.starts_at
    )
    noted = {(seat.membership_id, seat.topic) for seat in later}
    return {who: topic for who, topic in lost.items() if (who, topic) not in noted}


async def roster_of(session: AsyncSession, group: Group, meeting: Meeting) -> Sequence[Row[Any]]:
    """Who belongs to the group on the meeting's day, by place."""
    day = day_of(meeting.starts_at, group.time_zone)
    return await queries.roster(session, group.workspace_id, group.id, day)


def spoke(meeting: Meeting, people: Sequence[Row[Any]], present: set[Any]) -> list[str]:
    """Those present in the order of the evening; who was not in it spoke last, by place."""
    order = [who.hex for who in present]
    planned = [text for text in meeting.speaking_order if text in order]
    others = [person.id.hex for person in people if person.id.hex in order]
    return list(dict.fromkeys([*planned, *others]))


def _tell(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    people: Sequence[Row[Any]],
    marks: Sequence[Attendance],
    seats: Sequence[HotSeat],
    before: dict[Any, str],
    now: datetime,
) -> None:
    rows = {person.id: person for person in people}
    for seat in seats:
        if seat.state != before[seat.id]:
            holder = rows.get(seat.membership_id)
            facts = hot_seat_facts(seat, group, holder, meeting.external_id)
            event = "hot_seat.finished" if before[seat.id] == "live" else "hot_seat.skipped"
            emit(session, event, group.workspace_id, facts, now, group_id=group.id)
    counted = {
        "expected": len(marks),
        "present": sum(mark.status in PRESENT for mark in marks),
        "hot_seats": sum(seat.state == "done" for seat in seats),
    }
    quorum = Quorum(group.charter.get("quorum"), counted["present"])
    facts = {**meeting_facts(meeting, group), **counted, "quorum_met": quorum.met}
    emit(session, "meeting.closed", group.workspace_id, facts, now, group_id=group.id)
