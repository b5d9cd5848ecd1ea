"""Leaves of absence."""

from fastapi import Response, status

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import viewed
from app.api.route import router
from app.api.schemas.common import LeaveId, MembershipId
from app.api.schemas.memberships import LeaveChanged, LeaveCreate, LeaveRead
from app.db.queries import leaves, memberships
from app.domain import ids
from app.services import leaves as service

routes = router("leaves")


@routes.post(
    "/memberships/{membership_id}/leaves",
    status_code=status.HTTP_201_CREATED,
    dependencies=[DRY_RUN],
)
async def create_leave(
    membership_id: MembershipId,
    body: LeaveCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> LeaveChanged:
    """Let a member be away: they keep the place and are not expected."""
    leave = await service.create_leave(session, workspace_id, membership_id, body.model_dump(), now)
    response.headers["Location"] = f"/v1/leaves/{ids.encode('leave', leave.row.id)}"
    return LeaveChanged.after(LeaveRead.model_validate(leave.row), leave.plan)


@routes.get("/memberships/{membership_id}/leaves")
async def list_leaves(
    membership_id: MembershipId, workspace_id: WorkspaceDep, reader: ReaderDep, paging: PagingDep
) -> Page[LeaveRead]:
    """The membership's leaves, the earliest first."""
    await memberships.check_exists(reader, workspace_id, membership_id)
    rows = await leaves.listed(reader, workspace_id, membership_id, paging.window)
    return paging.page(rows, LeaveRead.model_validate, lambda row: (row.first_on, row.id))


@routes.get("/leaves/{leave_id}")
async def get_leave(
    leave_id: LeaveId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> LeaveRead:
    """One leave."""
    row = await leaves.get(reader, workspace_id, leave_id)
    return viewed(response, LeaveRead.model_validate(row), row.membership_version)


@routes.delete("/leaves/{leave_id}", dependencies=[DRY_RUN])
async def delete_leave(
    leave_id: LeaveId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> LeaveChanged:
    """Take a leave back. The answer shows it once more, and what that does to the plan.

    `If-Match`: its ETag, or the membership's.
    """
    leave = await service.delete_leave(session, workspace_id, leave_id, expected, now)
    return LeaveChanged.after(LeaveRead.model_validate(leave.row), leave.plan)
