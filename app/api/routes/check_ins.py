"""Check-ins: how a commitment is coming along."""

from fastapi import Response, status

from app.api.deps import CallerDep, NowDep, ReaderDep, SessionDep
from app.api.pagination import Page, PagingDep
from app.api.route import router
from app.api.schemas.commitments import CheckInCreate, CheckInRead
from app.api.schemas.common import CheckInId, CommitmentId
from app.db.queries import commitments as queries
from app.domain import ids
from app.services import commitment_changes as service

routes = router("check_ins")


@routes.post("/commitments/{commitment_id}/check_ins", status_code=status.HTTP_201_CREATED)
async def create_check_in(
    commitment_id: CommitmentId,
    body: CheckInCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> CheckInRead:
    """Note how a commitment is coming along, open or ended."""
    row = await service.check_in(
        session, caller.workspace_id, commitment_id, body.model_dump(), now
    )
    response.headers["Location"] = f"/v1/check_ins/{ids.encode('check_in', row.id)}"
    return CheckInRead.model_validate(row)


@routes.get("/commitments/{commitment_id}/check_ins")
async def list_check_ins(
    commitment_id: CommitmentId, caller: CallerDep, reader: ReaderDep, paging: PagingDep
) -> Page[CheckInRead]:
    """The commitment's check-ins by their recording."""
    await queries.check_exists(reader, caller.workspace_id, commitment_id)
    rows = await queries.check_ins(reader, caller.workspace_id, commitment_id, paging.window)
    return paging.page(rows, CheckInRead.model_validate)


@routes.get("/check_ins/{check_in_id}")
async def get_check_in(check_in_id: CheckInId, caller: CallerDep, reader: ReaderDep) -> CheckInRead:
    """One check-in."""
    row = await queries.get_check_in(reader, caller.workspace_id, check_in_id)
    return CheckInRead.model_validate(row)
