"""The verbs of the evening: start, close, reopen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting, Slot
from app.db.queries import attendance, planning
from app.domain.agenda import agenda_to_dict
from app.domain.agenda_layout import Layout, lay_out
from app.domain.agendas import effective_agenda
from app.domain.attendance import AWAY
from app.domain.meeting_states import MeetingVerb, check_start, transition
from app.domain.versions import Expected
from app.services.history import refold
from app.services.holding import hold, roster_of
from app.services.meeting_rows import locked, minutes_of, set_duties, tell
from app.services.planning import replan


async def start_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Meeting:
    """Let a meeting begin: its agenda stands from now on, with a slot for everybody expected.

    Conflict `invalid_transition`, `too_early`, `meeting_over`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    state = transition(meeting.state, MeetingVerb.START)
    check_start(meeting.starts_at, meeting.ends_at, now)
    agenda = effective_agenda(meeting.agenda, group.agenda_template, minutes_of(meeting))
    seats = await planning.hot_seats(session, workspace_id, [meeting.id])
    speakers = await _expected(session, group, meeting)
    for seat in seats:
        if seat.state == "planned":
            seat.state, seat.updated_at = "announced", now
    layout = lay_out(
        agenda,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        speaking_order=speakers,
        hot_seats=[seat.membership_id for seat in seats if seat.state == "announced"],
    )
    meeting.agenda = agenda_to_dict(agenda)
    meeting.speaking_order = [speaker.hex for speaker in speakers]
    meeting.state = state.value
    meeting.started_at = meeting.updated_at = now
    set_duties(meeting, now)
    session.add_all(_slots(meeting, layout))
    await session.flush()
    await tell(session, "meeting.started", group, [meeting], now)
    await replan(session, workspace_id, group.id, now)
    return meeting


async def close_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Meeting:
    """End a live meeting; `hold` says what becomes of what is open."""
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    transition(meeting.state, MeetingVerb.CLOSE)
    await hold(session, group, meeting, now, ended_at=now)
    return meeting


async def reopen_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Meeting:
    """Open a held meeting to correct its record. Until it is closed again it counts for nothing,
    and what rests on it is computed without it.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    meeting.state = transition(meeting.state, MeetingVerb.REOPEN).value
    meeting.standings = None
    meeting.updated_at = now
    set_duties(meeting, now)
    await session.flush()
    await refold(session, group, since=meeting.starts_at)
    await tell(session, "meeting.reopened", group, [meeting], now)
    await replan(session, workspace_id, group.id, now)
    return meeting


async def _expected(session: AsyncSession, group: Group, meeting: Meeting) -> list[UUID]:
    """Who is expected, in the planned speaking order."""
    people: Sequence[Row[Any]] = await roster_of(session, group, meeting)
    marks = await attendance.of_meetings(session, group.workspace_id, [meeting.id])
    away = {mark.membership_id for mark in marks if mark.status in AWAY}
    came = {mark.membership_id for mark in marks if mark.status not in AWAY}
    order = {text: index for index, text in enumerate(meeting.speaking_order)}
    expected = [
        person.id
        for person in people
        if person.id not in away and (not person.on_leave or person.id in came)
    ]
    return sorted(expected, key=lambda who: order.get(who.hex, len(order)))


def _slots(meeting: Meeting, layout: Layout) -> list[Slot]:
    return [
        Slot(
            workspace_id=meeting.workspace_id,
            meeting_id=meeting.id,
            segment_id=slot.segment_id,
            position=slot.position,
            kind=slot.kind,
            membership_id=slot.membership_id,
            planned_start=slot.planned_start,
            planned_end=slot.planned_end,
        )
        for slot in layout.slots
    ]
