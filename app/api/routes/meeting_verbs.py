"""The life of a meeting: what POST /meetings/{id}/{verb} does."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, SessionDep, WorkspaceDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.agenda_read import QuorumRead
from app.api.schemas.attendance import MeetingCorrection, MeetingRecord
from app.api.schemas.closing import (
    MeetingChanged,
    MeetingClosed,
    MeetingCorrected,
    MeetingStarted,
)
from app.api.schemas.common import MeetingId, patch_of
from app.api.schemas.hearing import HearingRead, MeetingRescheduled
from app.api.schemas.meetings import MeetingCancel, MeetingRead, MeetingReschedule
from app.db.queries import meetings as queries
from app.services import corrections, meeting_day, meetings, records
from app.services.attendance_rights import check_may_tell
from app.services.hearing import hearing_of
from app.services.plan_changes import PlanWatch, watch_meeting

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
) -> MeetingRescheduled:
    """Move a scheduled meeting to another time. Whoever was going is asked again.

    The answer says by which channels each member hears of it, how late, and who by none.
    """
    fields = patch_of(body)
    watch = await watch_meeting(session, workspace_id, meeting_id, now)
    await meetings.reschedule_meeting(session, workspace_id, meeting_id, fields, expected, now)
    changed = await _changed(session, meeting_id, watch, response)
    hearing = HearingRead.of(await hearing_of(session, workspace_id, meeting_id, now))
    return MeetingRescheduled(**dict(changed), hearing=hearing)


@routes.post("/meetings/{meeting_id}/cancel", dependencies=[DRY_RUN])
async def cancel_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MeetingCancel | None, Body()] = None,
) -> MeetingChanged:
    """Call a scheduled meeting off: its hot seats go to later ones, and nobody loses a turn."""
    reason = body.reason if body else None
    watch = await watch_meeting(session, workspace_id, meeting_id, now)
    await meetings.cancel_meeting(session, workspace_id, meeting_id, reason, expected, now)
    return await _changed(session, meeting_id, watch, response)


@routes.post("/meetings/{meeting_id}/start", dependencies=[DRY_RUN])
async def start_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingStarted:
    """Let a meeting begin, from 30 minutes before its start on. Its agenda stands from then on.

    It may begin without the quorum of its charter; then `quorum.note` says so.
    """
    started = await meeting_day.start_meeting(session, workspace_id, meeting_id, expected, now)
    read = MeetingRead.model_validate(await queries.get(session, workspace_id, meeting_id))
    quorum = QuorumRead.model_validate(started.quorum)
    return tagged(response, MeetingStarted(**dict(read), quorum=quorum))


@routes.post("/meetings/{meeting_id}/close", dependencies=[DRY_RUN])
async def close_meeting(
    meeting_id: MeetingId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingClosed:
    """End a live meeting. Whoever was expected and is unmarked counts as present, presumed; a hot
    seat that runs is done if it had its guaranteed minimum, else interrupted; one that has not
    begun is skipped. Whose hot seat did not take place is first in line.

    The answer says what becomes of everything; with `dry_run` ahead, the same.
    """
    workspace_id = caller.workspace_id
    closing = await meeting_day.close_meeting(session, workspace_id, meeting_id, expected, now)
    read = MeetingRead.model_validate(await queries.get(session, workspace_id, meeting_id))
    return tagged(response, MeetingClosed.of(read, closing))


@routes.post("/meetings/{meeting_id}/reopen", dependencies=[DRY_RUN])
async def reopen_meeting(
    meeting_id: MeetingId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingChanged:
    """Open a held meeting to correct its attendance, or by `correct` a hot seat; close it again
    when done.

    All that rests on it is computed anew, both times; the close says what the correction changed.

    An acting person (`Hotseat-Actor`) must be the evening's facilitator or an organizer.
    """
    workspace_id = caller.workspace_id
    await check_may_tell(session, workspace_id, caller.actor_id, meeting_id)
    changed = await meeting_day.reopen_meeting(session, workspace_id, meeting_id, expected, now)
    read = MeetingRead.model_validate(await queries.get(session, workspace_id, meeting_id))
    return tagged(response, MeetingChanged.after(read, changed.plan))


@routes.post("/meetings/{meeting_id}/record", dependencies=[DRY_RUN])
async def record_meeting(
    meeting_id: MeetingId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MeetingRecord | None, Body()] = None,
) -> MeetingChanged:
    """Record a meeting that was held without anyone pressing start: scheduled or lapsed, and past.

    What is left out went to plan: expected members were present, and the planned hot seats of
    those present took place.

    An acting person (`Hotseat-Actor`) must be the evening's facilitator or an organizer.
    """
    workspace_id = caller.workspace_id
    await check_may_tell(session, workspace_id, caller.actor_id, meeting_id)
    record = (body or MeetingRecord()).model_dump()
    watch = await watch_meeting(session, workspace_id, meeting_id, now)
    await records.record_meeting(session, workspace_id, meeting_id, record, expected, now)
    return await _changed(session, meeting_id, watch, response)


@routes.post("/meetings/{meeting_id}/correct", dependencies=[DRY_RUN])
async def correct_meeting(
    meeting_id: MeetingId,
    body: MeetingCorrection,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingCorrected:
    """Correct the record of a held or reopened meeting: who was there, and a hot seat that did
    happen, or didn't.

    `correction` says what is different now. All that follows is computed anew, later meetings
    included (of a reopened one, when it is closed again); `plan_change` says what that changes.

    An acting person (`Hotseat-Actor`) must be the evening's facilitator or an organizer.
    """
    workspace_id = caller.workspace_id
    await check_may_tell(session, workspace_id, caller.actor_id, meeting_id)
    watch = await watch_meeting(session, workspace_id, meeting_id, now)
    done = await corrections.correct_meeting(
        session, workspace_id, meeting_id, body.model_dump(), expected, now
    )
    return MeetingCorrected.of(await _changed(session, meeting_id, watch, response), done)


async def _changed(
    session: SessionDep, meeting_id: UUID, watch: PlanWatch, response: Response
) -> MeetingChanged:
    row = await queries.get(session, watch.outlook.group.workspace_id, meeting_id)
    read = MeetingRead.model_validate(row)
    return tagged(response, MeetingChanged.after(read, await watch.change()))
