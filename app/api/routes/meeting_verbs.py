"""The life of a meeting: what POST /meetings/{id}/{verb} does."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, SessionDep, WorkspaceDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.attendance import MeetingRecord
from app.api.schemas.common import MeetingId, patch_of
from app.api.schemas.meetings import MeetingCancel, MeetingRead, MeetingReschedule
from app.db.queries import meetings as queries
from app.services import meeting_day, meetings, records

routes = router("meetings")


@routes.post("/meetings/{meeting_id}/reschedule", dependencies=[DRY_RUN])
async def reschedule_meeting(
    meeting_id: MeetingId,
    body: MeetingReschedule,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Move a scheduled meeting to another time. Whoever was going is asked again."""
    fields = patch_of(body)
    await meetings.reschedule_meeting(session, workspace_id, meeting_id, fields, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


@routes.post("/meetings/{meeting_id}/cancel", dependencies=[DRY_RUN])
async def cancel_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MeetingCancel | None, Body()] = None,
) -> MeetingRead:
    """Call a scheduled meeting off: its hot seats go to later ones, and nobody loses a turn."""
    reason = body.reason if body else None
    await meetings.cancel_meeting(session, workspace_id, meeting_id, reason, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


@routes.post("/meetings/{meeting_id}/start", dependencies=[DRY_RUN])
async def start_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Let a meeting begin, from 30 minutes before its start on. Its agenda stands from then on."""
    await meeting_day.start_meeting(session, workspace_id, meeting_id, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


@routes.post("/meetings/{meeting_id}/close", dependencies=[DRY_RUN])
async def close_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """End a live meeting. Whoever was expected and is unmarked counts as present, presumed; a hot
    seat that has not begun is skipped, and its holder is first in line.
    """
    await meeting_day.close_meeting(session, workspace_id, meeting_id, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


@routes.post("/meetings/{meeting_id}/reopen", dependencies=[DRY_RUN])
async def reopen_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Open a held meeting to correct its attendance or a hot seat; close it again when done.

    All that rests on it is computed anew, both times.
    """
    await meeting_day.reopen_meeting(session, workspace_id, meeting_id, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


@routes.post("/meetings/{meeting_id}/record", dependencies=[DRY_RUN])
async def record_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MeetingRecord | None, Body()] = None,
) -> MeetingRead:
    """Record a meeting that was held without anyone pressing start: scheduled or lapsed, and past.

    What is left out went to plan: expected members were present, and the planned hot seats of
    those present took place.
    """
    record = (body or MeetingRecord()).model_dump()
    await records.record_meeting(session, workspace_id, meeting_id, record, expected, now)
    return await _read(session, workspace_id, meeting_id, response)


async def _read(
    session: SessionDep, workspace_id: UUID, meeting_id: UUID, response: Response
) -> MeetingRead:
    row = await queries.get(session, workspace_id, meeting_id)
    return tagged(response, MeetingRead.model_validate(row))
