"""Memberships: places in groups."""

from typing import Annotated

from fastapi import Body, Path, Query, Response, status

from app.api.deps import DRY_RUN, ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import ExternalId, GroupId, MembershipId, PersonId, patch_of
from app.api.schemas.memberships import (
    MembershipCreate,
    MembershipEnd,
    MembershipPut,
    MembershipRead,
    MembershipStateName,
    MembershipUpdate,
)
from app.db.queries import groups, memberships
from app.services import memberships as service

routes = router("memberships")


@routes.post("/groups/{group_id}/memberships", status_code=status.HTTP_201_CREATED)
async def create_membership(
    group_id: GroupId,
    body: MembershipCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MembershipRead:
    """Give a person one of the group's eight places, from today or from a day ahead.

    A successor can be booked for a place once its holder has a last day.
    """
    membership = await service.create_membership(
        session, workspace_id, group_id, body.model_dump(), now
    )
    return created(response, "memberships", "membership", MembershipRead.model_validate(membership))


@routes.get("/groups/{group_id}/memberships")
async def list_memberships(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    state: MembershipStateName | None = None,
    person_id: Annotated[PersonId | None, Query()] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> Page[MembershipRead]:
    """The group's memberships by creation, ended ones included."""
    await groups.check_exists(reader, workspace_id, group_id)
    rows = await memberships.listed(
        reader,
        workspace_id,
        group_id,
        paging.window,
        state=state,
        person_id=person_id,
        external_id=external_id,
    )
    return paging.page(rows, MembershipRead.model_validate)


@routes.get("/memberships/{membership_id}")
async def get_membership(
    membership_id: MembershipId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> MembershipRead:
    """One membership."""
    row = await memberships.get(reader, workspace_id, membership_id)
    return tagged(response, MembershipRead.model_validate(row))


@routes.patch("/memberships/{membership_id}")
async def update_membership(
    membership_id: MembershipId,
    body: MembershipUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MembershipRead:
    """Change a membership by a merge patch (RFC 7396).

    Of one that has ended, only `external_id` and `metadata` can change.
    """
    membership = await service.update_membership(
        session, workspace_id, membership_id, patch_of(body), expected, now
    )
    return tagged(response, MembershipRead.model_validate(membership))


@routes.post("/memberships/{membership_id}/end", dependencies=[DRY_RUN])
async def end_membership(
    membership_id: MembershipId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MembershipEnd | None, Body()] = None,
) -> MembershipRead:
    """Set a membership's last day. A group that falls under four says so; it never refuses."""
    ends_on = body.ends_on if body is not None else None
    membership = await service.end_membership(
        session, workspace_id, membership_id, ends_on, expected, now
    )
    return tagged(response, MembershipRead.model_validate(membership))


@routes.put("/memberships/external/{external_id}")
async def put_membership_by_external_id(
    external_id: Annotated[ExternalId, Path()],
    body: MembershipPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MembershipRead:
    """Create (201) or update (200) the membership that you know by this id."""
    membership, is_new = await service.put_membership(
        session, workspace_id, external_id, patch_of(body), now
    )
    read = MembershipRead.model_validate(membership)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "memberships", "membership", read)
    return tagged(response, read)
