"""The caller's own workspace."""

from fastapi import Response

from app.api.deps import ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.responses import tagged
from app.api.route import ADMIN, router
from app.api.schemas.common import patch_of
from app.api.schemas.workspaces import WorkspaceRead, WorkspaceUpdate
from app.db.queries import workspaces as queries
from app.services import workspaces as service

routes = router("workspace")


@routes.get("/workspace")
async def get_workspace(
    workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> WorkspaceRead:
    """The workspace that the key belongs to."""
    row = await queries.get(reader, workspace_id)
    return tagged(response, WorkspaceRead.model_validate(row))


@routes.patch("/workspace", openapi_extra=ADMIN)
async def update_workspace(
    body: WorkspaceUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WorkspaceRead:
    """Change the workspace by a merge patch (RFC 7396). Needs the scope `admin`."""
    workspace = await service.update_workspace(session, workspace_id, patch_of(body), expected, now)
    return tagged(response, WorkspaceRead.model_validate(workspace))
