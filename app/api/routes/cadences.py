"""When groups meet."""

from fastapi import Response

from app.api.deps import (
    DRY_RUN,
    ExpectedOrNewDep,
    HorizonDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.route import SCOPE_KEY, router
from app.api.schemas.cadence_previews import (
    CadencePreviewRead,
    CadencePreviewWish,
    at_night_read,
    previewed_read,
)
from app.api.schemas.cadences import (
    CadenceChanged,
    CadenceChangesRead,
    CadencePut,
    CadenceRead,
)
from app.api.schemas.common import GroupId
from app.api.schemas.plan_changes import PlanChangeRead
from app.db.queries import cadences as queries
from app.domain.versions import etag
from app.services import cadence_previews
from app.services import cadences as service
from app.services.plan_changes import watch_group

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
    expected: ExpectedOrNewDep,
    now: NowDep,
    horizon: HorizonDep,
    response: Response,
) -> CadenceChanged:
    """Set when a group meets, by any RFC 5545 rule in its own wall-clock time.

    A local start that falls into a gap of the clocks moves forward by it; one that comes twice is
    the earlier. Only meetings ahead that nobody has touched follow a change, keeping their UIDs;
    the others stay and are listed as `conflicts`.
    """
    watch = await watch_group(session, workspace_id, group_id, now)
    cadence, changes = await service.put_cadence(
        session, workspace_id, group_id, body.model_dump(), expected, now, horizon
    )
    read = CadenceRead.model_validate(cadence)
    response.headers["ETag"] = etag(read.version)
    return CadenceChanged(
        **dict(read),
        changes=CadenceChangesRead.model_validate(changes),
        plan_change=PlanChangeRead.model_validate(await watch.change()),
    )


@routes.post("/groups/{group_id}/cadence/preview", openapi_extra={SCOPE_KEY: "read"})
async def preview_cadence(
    group_id: GroupId,
    body: CadencePreviewWish,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
) -> CadencePreviewRead:
    """The next meetings of a cadence before it is set, on every member's own clocks.

    Each is marked where a rule of the clocks applied: a start that is skipped or comes twice, an
    offset that has changed, a member's hour that has moved. Members for whom a meeting falls at
    night are pointed out. Nothing is saved.
    """
    wish = body.model_dump()
    shown = await cadence_previews.preview(session, workspace_id, group_id, wish, now)
    return CadencePreviewRead(
        group_id=group_id,
        rrule=shown.cadence.rrule,
        local_start=shown.cadence.local_start,
        time_zone=shown.cadence.time_zone,
        duration_minutes=shown.cadence.duration_minutes,
        meetings=[previewed_read(meeting) for meeting in shown.meetings],
        at_night=at_night_read(shown.meetings),
    )
