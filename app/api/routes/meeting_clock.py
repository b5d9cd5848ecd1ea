"""The clock of a meeting that runs: pauses, time boxes, and what people decide when it is late.

Every answer is the agenda, with what moved and why. `If-Match` takes the meeting's ETag, which
these answers carry.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, SessionDep
from app.api.route import router
from app.api.schemas.agenda_read import AgendaChanged, AgendaRead
from app.api.schemas.common import MeetingId
from app.api.schemas.meetings import OverrunProposalAccept
from app.domain.callers import Caller
from app.domain.versions import etag
from app.services import agenda_view, meeting_clock, meeting_day, meeting_decisions

Position = Annotated[
    int, Path(ge=1, le=1000, description="The slot's place in the agenda, from 1.", examples=[1])
]

routes = router("agendas")


@routes.post("/meetings/{meeting_id}/pause", dependencies=[DRY_RUN])
async def pause_meeting(
    meeting_id: MeetingId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """Let the clock of a meeting that runs stand still: somebody drops out, a break overruns.

    Nothing begins until it is resumed; no guaranteed minimum is eaten up.
    """
    await meeting_day.pause_meeting(session, caller.workspace_id, meeting_id, expected, now)
    return await _agenda(session, caller, meeting_id, now, response)


@routes.post("/meetings/{meeting_id}/resume", dependencies=[DRY_RUN])
async def resume_meeting(
    meeting_id: MeetingId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """Let a paused meeting go on. What it lost is projected onto what follows."""
    await meeting_day.resume_meeting(session, caller.workspace_id, meeting_id, expected, now)
    return await _agenda(session, caller, meeting_id, now, response)


@routes.post("/meetings/{meeting_id}/slots/{position}/start", dependencies=[DRY_RUN])
async def start_slot(
    meeting_id: MeetingId,
    position: Position,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """Begin a speaker's turn, a plenary or a break. Whatever of these runs is over with that; a
    hot seat has verbs of its own.
    """
    await meeting_clock.start_slot(
        session, caller.workspace_id, meeting_id, position, expected, now
    )
    return await _agenda(session, caller, meeting_id, now, response)


@routes.post("/meetings/{meeting_id}/slots/{position}/finish", dependencies=[DRY_RUN])
async def finish_slot(
    meeting_id: MeetingId,
    position: Position,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """End a speaker's turn, a plenary or a break. Its seconds are kept, without pauses."""
    await meeting_clock.finish_slot(
        session, caller.workspace_id, meeting_id, position, expected, now
    )
    return await _agenda(session, caller, meeting_id, now, response)


@routes.post("/meetings/{meeting_id}/slots/{position}/skip", dependencies=[DRY_RUN])
async def skip_slot(
    meeting_id: MeetingId,
    position: Position,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaRead:
    """Leave out a speaker's turn, a plenary or a break that has not begun."""
    await meeting_clock.skip_slot(session, caller.workspace_id, meeting_id, position, expected, now)
    return await _agenda(session, caller, meeting_id, now, response)


@routes.post("/meetings/{meeting_id}/accept_proposal", dependencies=[DRY_RUN])
async def accept_proposal(
    meeting_id: MeetingId,
    body: OverrunProposalAccept,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AgendaChanged:
    """Do what people have decided when the meeting cannot end in time: drop slots, or move hot
    seats to the next meeting, where their holders are first in line and nobody is charged.
    """
    changed = await meeting_decisions.accept_proposal(
        session, caller.workspace_id, meeting_id, body.code, body.positions, expected, now
    )
    read = await _agenda(session, caller, meeting_id, now, response)
    return AgendaChanged.after(read, changed.plan)


async def _agenda(
    session: SessionDep, caller: Caller, meeting_id: UUID, now: datetime, response: Response
) -> AgendaRead:
    view = await agenda_view.load_agenda(session, caller.workspace_id, meeting_id, now)
    response.headers["ETag"] = etag(view.meeting.version)
    return AgendaRead.of(view)
