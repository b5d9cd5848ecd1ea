"""The life of a group: what POST /groups/{id}/{verb} does."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from app.api.deps import DRY_RUN, ExpectedDep, HorizonDep, NowDep, SessionDep, WorkspaceDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.common import GroupId
from app.api.schemas.group_changes import GroupChanged, GroupMeetingsRead
from app.api.schemas.groups import GroupPause, GroupRead
from app.api.schemas.plan_changes import PlanChangeRead
from app.db.queries import groups as queries
from app.services import group_verbs as service
from app.services.group_meetings import GroupChanges
from app.services.plan_changes import PlanWatch, watch_group

routes = router("groups")


@routes.post("/groups/{group_id}/activate", dependencies=[DRY_RUN])
async def activate_group(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    horizon: HorizonDep,
    response: Response,
) -> GroupChanged:
    """Let a forming group begin to meet: it needs four current members (409)."""
    watch = await watch_group(session, workspace_id, group_id, now)
    changes = await service.activate_group(session, workspace_id, group_id, expected, now, horizon)
    return await _changed(session, group_id, changes, watch, response)


@routes.post("/groups/{group_id}/pause", dependencies=[DRY_RUN])
async def pause_group(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[GroupPause | None, Body()] = None,
) -> GroupChanged:
    """Let a group rest: from today or a day ahead, until a day or until it is resumed.

    A pause that lies ahead leaves the group active until its first day.
    """
    pause = body or GroupPause()
    watch = await watch_group(session, workspace_id, group_id, now)
    changes = await service.pause_group(
        session, workspace_id, group_id, pause.first_on, pause.last_on, expected, now
    )
    return await _changed(session, group_id, changes, watch, response)


@routes.post("/groups/{group_id}/resume", dependencies=[DRY_RUN])
async def resume_group(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    horizon: HorizonDep,
    response: Response,
) -> GroupChanged:
    """End a group's pause, or call off the one that lies ahead."""
    watch = await watch_group(session, workspace_id, group_id, now)
    changes = await service.resume_group(session, workspace_id, group_id, expected, now, horizon)
    return await _changed(session, group_id, changes, watch, response)


@routes.post("/groups/{group_id}/close", dependencies=[DRY_RUN])
async def close_group(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> GroupChanged:
    """End a group for good. Its history stays."""
    watch = await watch_group(session, workspace_id, group_id, now)
    changes = await service.close_group(session, workspace_id, group_id, expected, now)
    return await _changed(session, group_id, changes, watch, response)


async def _changed(
    session: SessionDep,
    group_id: UUID,
    changes: GroupChanges,
    watch: PlanWatch,
    response: Response,
) -> GroupChanged:
    row = await queries.get(session, watch.outlook.group.workspace_id, group_id)
    read = GroupChanged(
        **dict(GroupRead.model_validate(row)),
        meetings=GroupMeetingsRead.model_validate(changes),
        plan_change=PlanChangeRead.model_validate(await watch.change()),
    )
    return tagged(response, read)
