"""The verbs of the evening as a whole: start, pause, resume, close, reopen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting, Slot
from app.db.queries import attendance, planning
from app.domain import meeting_pauses as rules
from app.domain.agenda import agenda_to_dict
from app.domain.agenda_layout import Layout, lay_out
from app.domain.attendance import AWAY
from app.domain.meeting_pauses import pauses_from, pauses_to
from app.domain.meeting_states import MeetingVerb, check_start
from app.domain.quorum import Quorum
from app.domain.versions import Expected
from app.services.closing import Closing, close, snapshot
from app.services.commitment_settling import unsettle_meeting
from app.services.history import refold
from app.services.holding import roster_of
from app.services.meeting_clock import load_running
from app.services.meeting_rows import locked, next_state, set_duties, tell
from app.services.plan_changes import Changed, watch_plan
from app.services.planning import replan
from app.services.planning_outlook import agenda_of


@dataclass(frozen=True, slots=True)
class Started:
    """A meeting that has begun, and whether enough members are expected."""

    meeting: Meeting
    quorum: Quorum


async def start_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Started:
    """Let a meeting begin: its agenda stands from now on, with a slot for everybody expected.

    It may begin without its quorum, and says so. Conflict `invalid_transition`, `too_early`,
    `meeting_over`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    state = next_state(meeting, MeetingVerb.START)
    check_start(meeting.starts_at, meeting.ends_at, now)
    agenda = agenda_of(group, meeting)
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
    quorum = Quorum(group.charter.get("quorum"), len(speakers))
    await tell(session, "meeting.started", group, [meeting], now, more={"quorum_met": quorum.met})
    await replan(session, workspace_id, group.id, now)
    return Started(meeting, quorum)


async def pause_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Meeting:
    """Let the clock of a meeting that runs stand still. Conflict `meeting_paused`."""
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    pauses = rules.pause(pauses_from(meeting.pauses), now)
    return await _write_pauses(session, group, meeting, pauses, "meeting.paused", now)


async def resume_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Meeting:
    """Let a paused meeting go on. Conflict `meeting_not_paused`."""
    group, meeting = await load_running(session, workspace_id, meeting_id, expected)
    pauses = rules.resume(pauses_from(meeting.pauses), now)
    return await _write_pauses(session, group, meeting, pauses, "meeting.resumed", now)


async def close_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Closing:
    """End a live meeting; `hold` says what becomes of what is open."""
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    next_state(meeting, MeetingVerb.CLOSE)
    return await close(session, group, meeting, now)


async def reopen_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, expected: Expected, now: datetime
) -> Changed[Meeting]:
    """Open a held meeting to correct its record. Until it is closed again it counts for nothing,
    and what rests on it is computed without it.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    state = next_state(meeting, MeetingVerb.REOPEN).value
    watch = await watch_plan(session, group, now)
    meeting.before_correction = await snapshot(session, group, meeting)
    meeting.state = state
    meeting.standings = None
    meeting.updated_at = now
    set_duties(meeting, now)
    await session.flush()
    await refold(session, group, since=meeting.starts_at)
    await tell(session, "meeting.reopened", group, [meeting], now)
    await unsettle_meeting(session, workspace_id, meeting, now)
    await replan(session, workspace_id, group.id, now)
    return Changed(meeting, await watch.change())


async def _write_pauses(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    pauses: Sequence[rules.Pause],
    event_type: str,
    now: datetime,
) -> Meeting:
    meeting.pauses = pauses_to(pauses)
    meeting.updated_at = now
    await session.flush()
    await tell(session, event_type, group, [meeting], now)
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
