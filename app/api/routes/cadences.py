"""When groups meet."""

from fastapi import Response

from app.api.deps import (
    DRY_RUN,
    ExpectedDep,
    HorizonDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.route import router
from app.api.schemas.cadences import (
    CadenceChanged,
    CadenceChangesRead,
    CadencePut,
    CadenceRead,
)
from app.api.schemas.common import GroupId
from app.db.queries import cadences as queries
from app.domain.versions import etag
from app.services import cadences as service

routes = router("groups")


@routes.get("/groups/{group_id}/cadence")
async def get_cadence(
    group_id: GroupId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> CadenceRead:
    """When a group meets; 404 until it has been set."""
    read = CadenceRead.model_validate(await queries.get(reader, workspace_id, group_id))
    response.headers["ETag"] = etag(read.version)
    return read


@routes.put("/groups/{group_id}/cadence", dependencies=[DRY_RUN])
async def put_cadence(
    group_id: GroupId,
    body: CadencePut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    horizon: HorizonDep,
    response: Response,
) -> CadenceChanged:
    """Set when a group meets, by any RFC 5545 rule in its own wall-clock time.

    A local start that falls into a gap of the clocks moves forward by it; one that comes twice is
    the earlier. Only meetings ahead that nobody has touched follow a change, keeping their UIDs;
    the others stay and are listed as `conflicts`.
    """
    cadence, changes = await service.put_cadence(
        session, workspace_id, group_id, body.model_dump(), expected, now, horizon
    )
    read = CadenceRead.model_validate(cadence)
    response.headers["ETag"] = etag(read.version)
    return CadenceChanged(**dict(read), changes=CadenceChangesRead.model_validate(changes))
