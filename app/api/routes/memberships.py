"""Memberships: places in groups."""

from typing import Annotated, Any

from fastapi import Body, Query, Response, status

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
from app.api.including import GROUP, PERSON, Including, PageWith, including
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import ExternalId, GroupId, MembershipId, PersonId, patch_of
from app.api.schemas.included import MembershipView
from app.api.schemas.memberships import (
    MembershipChanged,
    MembershipCreate,
    MembershipEnd,
    MembershipPut,
    MembershipRead,
    MembershipStateName,
    MembershipUpdate,
)
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import groups, memberships
from app.services import memberships as service
from app.services.plan_changes import Changed

routes = router("memberships")
INCLUDES = {"person": PERSON, "group": GROUP}


@routes.post(
    "/groups/{group_id}/memberships",
    status_code=status.HTTP_201_CREATED,
    dependencies=[DRY_RUN],
)
async def create_membership(
    group_id: GroupId,
    body: MembershipCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> MembershipChanged:
    """Give a person one of the group's eight places, from today or from a day ahead.

    A successor can be booked for a place once its holder has a last day.
    """
    changed = await service.create_membership(
        session, workspace_id, group_id, body.model_dump(), now
    )
    return created(response, "memberships", "membership", _changed(changed))


@routes.get("/groups/{group_id}/memberships")
async def list_memberships(
    group_id: GroupId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(memberships.SORTS)],
    include: Annotated[Including, including(INCLUDES)],
    state: MembershipStateName | None = None,
    person_id: Annotated[PersonId | None, Query()] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> PageWith[MembershipRead]:
    """The group's memberships, ended ones included, by creation unless `sort` says otherwise."""
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
    return await include.page(paging.page(rows, MembershipRead.model_validate))


@routes.get("/memberships/{membership_id}")
async def get_membership(
    membership_id: MembershipId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    include: Annotated[Including, including(INCLUDES)],
    response: Response,
) -> MembershipView:
    """One membership."""
    row = await memberships.get(reader, workspace_id, membership_id)
    return await include.one(response, MembershipView.model_validate(row))


@routes.patch("/memberships/{membership_id}", dependencies=[DRY_RUN])
async def update_membership(
    membership_id: MembershipId,
    body: MembershipUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> MembershipChanged:
    """Change a membership by a merge patch (RFC 7396).

    Of one that has ended, only `external_id` and `metadata` can change.
    """
    changed = await service.update_membership(
        session, workspace_id, membership_id, patch_of(body), expected, now
    )
    return tagged(response, _changed(changed))


@routes.post("/memberships/{membership_id}/end", dependencies=[DRY_RUN])
async def end_membership(
    membership_id: MembershipId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[MembershipEnd | None, Body()] = None,
) -> MembershipChanged:
    """Set a membership's last day. A group that falls under four says so; it never refuses. A day
    before a meeting that counts the member as present is refused until that record is corrected.
    """
    ends_on = body.ends_on if body is not None else None
    changed = await service.end_membership(
        session, workspace_id, membership_id, ends_on, expected, now
    )
    return tagged(response, _changed(changed))


@routes.put(f"/memberships/{external_ids.PATH}")
async def put_membership_by_external_id(
    external_id: ExternalIdDep,
    body: MembershipPut,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedOrNewDep,
    now: NowDep,
    response: Response,
) -> MembershipChanged:
    """Create (201) or update (200) the membership that you know by this id."""
    changed, is_new = await service.put_membership(
        session, workspace_id, external_id, patch_of(body), expected, now
    )
    read = _changed(changed)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "memberships", "membership", read)
    return tagged(response, read)


def _changed(changed: Changed[Any]) -> MembershipChanged:
    return MembershipChanged.after(MembershipRead.model_validate(changed.row), changed.plan)
