"""Meetings."""

from typing import Annotated

from fastapi import Query, Response, status

from app.api import external_ids
from app.api.deps import (
    DRY_RUN,
    ExpectedDep,
    ExpectedOrNewDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.external_ids import ExternalIdDep
from app.api.including import GROUP, Including, PageWith, including
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.closing import MeetingChanged
from app.api.schemas.common import ExternalId, GroupId, Instant, MeetingId, patch_of
from app.api.schemas.included import MeetingView
from app.api.schemas.meetings import (
    MeetingCreate,
    MeetingFields,
    MeetingRead,
    MeetingStateName,
    MeetingUpdate,
)
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import meetings as queries
from app.services import meetings as service

routes = router("meetings")
INCLUDES = {"group": GROUP}


@routes.post("/meetings", status_code=status.HTTP_201_CREATED, dependencies=[DRY_RUN])
async def create_meeting(
    body: MeetingCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MeetingChanged:
    """Add a meeting out of turn, or with `backfill` one of the past, which notifies nobody."""
    changed = await service.create_meeting(session, workspace_id, patch_of(body), now)
    row = await queries.get(session, workspace_id, changed.row.id)
    read = MeetingChanged.after(MeetingRead.model_validate(row), changed.plan)
    return created(response, "meetings", "meeting", read)


@routes.get("/meetings")
async def list_meetings(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    include: Annotated[Including, including(INCLUDES)],
    group_id: Annotated[GroupId | None, Query()] = None,
    state: Annotated[MeetingStateName | None, Query()] = None,
    starts_from: Annotated[Instant | None, Query(alias="starts_at[gte]")] = None,
    starts_before: Annotated[Instant | None, Query(alias="starts_at[lt]")] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> PageWith[MeetingRead]:
    """Meetings, by their start unless `sort` says otherwise."""
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
    return await include.page(paging.page(rows, MeetingRead.model_validate))


@routes.get("/meetings/{meeting_id}")
async def get_meeting(
    meeting_id: MeetingId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    include: Annotated[Including, including(INCLUDES)],
    response: Response,
) -> MeetingView:
    """One meeting."""
    row = await queries.get(reader, workspace_id, meeting_id)
    return await include.one(response, MeetingView.model_validate(row))


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


@routes.put(f"/meetings/{external_ids.PATH}")
async def put_meeting(
    external_id: ExternalIdDep,
    body: MeetingFields,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedOrNewDep,
    now: NowDep,
    response: Response,
) -> MeetingChanged:
    """Create (201), or change and move (200), the meeting that you know by this id."""
    changed, is_new = await service.put_meeting(
        session, workspace_id, external_id, patch_of(body), expected, now
    )
    row = await queries.get(session, workspace_id, changed.row.id)
    read = MeetingChanged.after(MeetingRead.model_validate(row), changed.plan)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "meetings", "meeting", read)
    return tagged(response, read)
