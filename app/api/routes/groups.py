"""Groups."""

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
from app.api.pagination import Page
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import ExternalId, GroupId, PersonId, patch_of
from app.api.schemas.groups import (
    GroupCreate,
    GroupFields,
    GroupRead,
    GroupStateName,
    GroupUpdate,
    GroupUpdated,
)
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import groups as queries
from app.services import groups as service

routes = router("groups")


@routes.post("/groups", status_code=status.HTTP_201_CREATED)
async def create_group(
    body: GroupCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> GroupRead:
    """Found a group. It is `forming` until it is activated with four members or more."""
    group = await service.create_group(session, workspace_id, body.model_dump(), now)
    row = await queries.get(session, workspace_id, group.id)
    return created(response, "groups", "group", GroupRead.model_validate(row))


@routes.get("/groups")
async def list_groups(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    state: GroupStateName | None = None,
    person_id: Annotated[
        PersonId | None, Query(description="Groups in which this person has a place.")
    ] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> Page[GroupRead]:
    """Groups of the workspace, by creation unless `sort` says otherwise."""
    rows = await queries.listed(
        reader,
        workspace_id,
        paging.window,
        state=state,
        person_id=person_id,
        external_id=external_id,
    )
    return paging.page(rows, GroupRead.model_validate)


@routes.get("/groups/{group_id}")
async def get_group(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> GroupRead:
    """One group."""
    row = await queries.get(reader, workspace_id, group_id)
    return tagged(response, GroupRead.model_validate(row))


@routes.patch("/groups/{group_id}", dependencies=[DRY_RUN])
async def update_group(
    group_id: GroupId,
    body: GroupUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> GroupUpdated:
    """Change a group by a merge patch (RFC 7396). The rotation's settings plan the coming meetings
    anew.
    """
    change = await service.update_group(
        session, workspace_id, group_id, patch_of(body), expected, now
    )
    row = await queries.get(session, workspace_id, group_id)
    return tagged(response, GroupUpdated.after(GroupRead.model_validate(row), change))


@routes.put(f"/groups/{external_ids.PATH}")
async def put_group_by_external_id(
    external_id: ExternalIdDep,
    body: GroupFields,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedOrNewDep,
    now: NowDep,
    response: Response,
) -> GroupRead:
    """Create (201) or update (200) the group that you know by this id."""
    group, is_new = await service.put_group(
        session, workspace_id, external_id, patch_of(body), expected, now
    )
    read = GroupRead.model_validate(await queries.get(session, workspace_id, group.id))
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "groups", "group", read)
    return tagged(response, read)
