"""Meetings."""

from typing import Annotated

from fastapi import Query, Response, status

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import ExternalId, GroupId, Instant, MeetingId, patch_of
from app.api.schemas.meetings import (
    MeetingCreate,
    MeetingFields,
    MeetingRead,
    MeetingStateName,
    MeetingUpdate,
)
from app.db.queries import meetings as queries
from app.services import meetings as service

routes = router("meetings")


@routes.post("/meetings", status_code=status.HTTP_201_CREATED, dependencies=[DRY_RUN])
async def create_meeting(
    body: MeetingCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Add a meeting out of turn, or with `backfill` one of the past, which notifies nobody."""
    meeting = await service.create_meeting(session, workspace_id, patch_of(body), now)
    row = await queries.get(session, workspace_id, meeting.id)
    return created(response, "meetings", "meeting", MeetingRead.model_validate(row))


@routes.get("/meetings")
async def list_meetings(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    group_id: Annotated[GroupId | None, Query()] = None,
    state: Annotated[MeetingStateName | None, Query()] = None,
    starts_from: Annotated[Instant | None, Query(alias="starts_at[gte]")] = None,
    starts_before: Annotated[Instant | None, Query(alias="starts_at[lt]")] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> Page[MeetingRead]:
    """Meetings by their start."""
    rows = await queries.listed(
        reader,
        workspace_id,
        paging.window,
        group_id=group_id,
        state=state,
        starts_from=starts_from,
        starts_before=starts_before,
        external_id=external_id,
    )
    return paging.page(rows, MeetingRead.model_validate, key=lambda row: (row.starts_at, row.id))


@routes.get("/meetings/{meeting_id}")
async def get_meeting(
    meeting_id: MeetingId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> MeetingRead:
    """One meeting."""
    row = await queries.get(reader, workspace_id, meeting_id)
    return tagged(response, MeetingRead.model_validate(row))


@routes.patch("/meetings/{meeting_id}")
async def update_meeting(
    meeting_id: MeetingId,
    body: MeetingUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Change a meeting's details by a merge patch (RFC 7396); its time moves by `reschedule`."""
    await service.update_meeting(session, workspace_id, meeting_id, patch_of(body), expected, now)
    row = await queries.get(session, workspace_id, meeting_id)
    return tagged(response, MeetingRead.model_validate(row))


@routes.put("/meetings/external/{external_id}")
async def put_meeting(
    external_id: ExternalId,
    body: MeetingFields,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MeetingRead:
    """Create (201), or change and move (200), the meeting that you know by this id."""
    meeting, is_new = await service.put_meeting(
        session, workspace_id, external_id, patch_of(body), now
    )
    read = MeetingRead.model_validate(await queries.get(session, workspace_id, meeting.id))
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "meetings", "meeting", read)
    return tagged(response, read)
