"""The roles and the guests of an evening."""

from fastapi import Response, status

from app.api.deps import (
    DRY_RUN,
    CallerDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.pagination import Page, PagingDep
from app.api.responses import versioned, viewed
from app.api.route import router
from app.api.schemas.attendance import (
    GuestCreate,
    GuestRead,
    RolesPut,
    RolesRead,
    RolesSwap,
    RoleTakeOver,
)
from app.api.schemas.common import GuestId, MeetingId, patch_of
from app.db.queries import evening as queries
from app.db.queries import meetings
from app.domain import ids
from app.services import evening as service
from app.services import evening_roles, evening_view

routes = router("meetings")


@routes.get("/meetings/{meeting_id}/roles")
async def get_roles(
    meeting_id: MeetingId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> RolesRead:
    """Who is facilitator, timekeeper and scribe of an evening."""
    evening = await evening_view.load_roles(reader, workspace_id, meeting_id)
    return viewed(response, RolesRead.of(meeting_id, evening.shown), evening.meeting_version)


@routes.put("/meetings/{meeting_id}/roles", dependencies=[DRY_RUN])
async def put_roles(
    meeting_id: MeetingId,
    body: RolesPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> RolesRead:
    """Give roles of an evening to members, who keep them; null leaves one to the rotation, until
    the meeting begins.
    """
    await evening_roles.put_roles(session, workspace_id, meeting_id, patch_of(body), expected, now)
    evening = await evening_view.load_roles(session, workspace_id, meeting_id)
    return versioned(response, RolesRead.of(meeting_id, evening.shown), evening.meeting_version)


@routes.post("/meetings/{meeting_id}/roles/take_over", dependencies=[DRY_RUN])
async def take_over_role(
    meeting_id: MeetingId,
    body: RoleTakeOver,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> RolesRead:
    """Let a member who is there have a role instead of whoever has it: at any time until the end.

    The role is charged to who has it at the close.
    """
    await evening_roles.take_over_role(
        session, workspace_id, meeting_id, body.role, body.membership_id, expected, now
    )
    evening = await evening_view.load_roles(session, workspace_id, meeting_id)
    return versioned(response, RolesRead.of(meeting_id, evening.shown), evening.meeting_version)


@routes.post("/meetings/{meeting_id}/roles/swap", dependencies=[DRY_RUN])
async def swap_roles(
    meeting_id: MeetingId,
    body: RolesSwap,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> RolesRead:
    """Exchange the holders of two roles of an evening, or of a role of two evenings."""
    await evening_roles.swap_roles(
        session,
        workspace_id,
        meeting_id,
        body.role,
        body.with_role or body.role,
        body.with_meeting_id,
        expected,
        now,
    )
    evening = await evening_view.load_roles(session, workspace_id, meeting_id)
    return versioned(response, RolesRead.of(meeting_id, evening.shown), evening.meeting_version)


@routes.post("/meetings/{meeting_id}/guests", status_code=status.HTTP_201_CREATED)
async def add_guest(
    meeting_id: MeetingId,
    body: GuestCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> GuestRead:
    """Invite somebody for one evening; a guest holds no hot seat."""
    guest = await service.add_guest(
        session, caller.workspace_id, meeting_id, body.model_dump(), now
    )
    where = f"/v1/meetings/{ids.encode('meeting', meeting_id)}/guests"
    response.headers["Location"] = f"{where}/{ids.encode('guest', guest.id)}"
    return GuestRead.model_validate(guest)


@routes.get("/meetings/{meeting_id}/guests")
async def list_guests(
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep, paging: PagingDep
) -> Page[GuestRead]:
    """The guests of an evening, as they were invited."""
    await meetings.check_exists(reader, caller.workspace_id, meeting_id)
    rows = await queries.guests(reader, caller.workspace_id, meeting_id, paging.window)
    return paging.page(rows, GuestRead.model_validate)


@routes.delete("/meetings/{meeting_id}/guests/{guest_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_guest(
    meeting_id: MeetingId,
    guest_id: GuestId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
) -> None:
    """Take a guest's invitation back. `If-Match`: the meeting's ETag."""
    await service.remove_guest(session, workspace_id, meeting_id, guest_id, expected, now)
