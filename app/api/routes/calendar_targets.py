"""Calendar targets: calendars on other servers that meetings are written to."""

from typing import Annotated

from fastapi import Query, Response, status

from app.api.deps import (
    AllowedNetworksDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    RuntimeDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.pagination import Page, PagingDep
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.calendar_targets import (
    CalendarTargetCreate,
    CalendarTargetRead,
    CalendarTargetUpdate,
)
from app.api.schemas.common import CalendarTargetId, PersonId, patch_of
from app.db.queries import calendar_targets as queries
from app.services import calendar_targets as service

routes = router("calendar_targets")


@routes.post("/calendar_targets", status_code=status.HTTP_201_CREATED)
async def create_calendar_target(
    body: CalendarTargetCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    runtime: RuntimeDep,
    allowed: AllowedNetworksDep,
    now: NowDep,
    response: Response,
) -> CalendarTargetRead:
    """Have a person's meetings written into a calendar of theirs, those ahead to begin with."""
    target = await service.create_target(
        session,
        workspace_id,
        body.model_dump(),
        now,
        keyring=runtime.keyring,
        allowed=allowed,
    )
    read = CalendarTargetRead.model_validate(target)
    return created(response, "calendar_targets", "calendar_target", read)


@routes.get("/calendar_targets")
async def list_calendar_targets(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    person_id: Annotated[PersonId | None, Query()] = None,
) -> Page[CalendarTargetRead]:
    """Targets of the workspace, by creation."""
    rows = await queries.listed(reader, workspace_id, paging.window, person_id=person_id)
    return paging.page(rows, CalendarTargetRead.model_validate)


@routes.get("/calendar_targets/{calendar_target_id}")
async def get_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> CalendarTargetRead:
    """One target, with how its pushes and its latest test have gone."""
    row = await queries.get(reader, workspace_id, calendar_target_id)
    return tagged(response, CalendarTargetRead.model_validate(row))


@routes.patch("/calendar_targets/{calendar_target_id}")
async def update_calendar_target(
    calendar_target_id: CalendarTargetId,
    body: CalendarTargetUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    runtime: RuntimeDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CalendarTargetRead:
    """Change the account, or turn the target off and on; it catches up when it is on again."""
    target = await service.update_target(
        session,
        workspace_id,
        calendar_target_id,
        patch_of(body),
        expected,
        now,
        keyring=runtime.keyring,
    )
    return tagged(response, CalendarTargetRead.model_validate(target))


@routes.delete("/calendar_targets/{calendar_target_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Stop writing. What was written is taken out first; until then the target is `removing`."""
    await service.delete_target(session, workspace_id, calendar_target_id, expected, now)


@routes.post("/calendar_targets/{calendar_target_id}/test", status_code=status.HTTP_202_ACCEPTED)
async def check_calendar_target(
    calendar_target_id: CalendarTargetId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> CalendarTargetRead:
    """Have a test object written and taken out again; poll the target for its `last_test`."""
    target = await service.check_target(session, workspace_id, calendar_target_id, now)
    return tagged(response, CalendarTargetRead.model_validate(target))
