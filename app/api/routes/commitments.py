"""Commitments: promises, and what becomes of them."""

from typing import Annotated

from fastapi import Query, Response, status

from app.api import external_ids
from app.api.commitment_answers import detail
from app.api.deps import CallerDep, ExpectedDep, ExpectedOrNewDep, NowDep, ReaderDep, SessionDep
from app.api.external_ids import ExternalIdDep
from app.api.including import (
    BUDDY,
    DUE_MEETING,
    GROUP,
    HOT_SEAT,
    MEETING,
    MEMBERSHIP,
    PERSON,
    Including,
    PageWith,
    including,
)
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.commitments import (
    CommitmentCreate,
    CommitmentDetail,
    CommitmentFields,
    CommitmentRead,
    CommitmentStateName,
    CommitmentUpdate,
)
from app.api.schemas.common import (
    CommitmentId,
    Day,
    ExternalId,
    GroupId,
    MembershipId,
    PersonId,
    patch_of,
)
from app.api.schemas.included import CommitmentView
from app.api.sorting import SortedPaging, sorted_by
from app.db.queries import commitments as queries
from app.services import commitment_changes as service
from app.services import commitment_creation as creation

routes = router("commitments")
INCLUDES = {
    "person": PERSON,
    "group": GROUP,
    "membership": MEMBERSHIP,
    "buddy_membership": BUDDY,
    "meeting": MEETING,
    "due_meeting": DUE_MEETING,
    "hot_seat": HOT_SEAT,
}


@routes.post("/commitments", status_code=status.HTTP_201_CREATED)
async def create_commitment(
    body: CommitmentCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> CommitmentDetail:
    """Record a member's promise: made in a hot seat, at a meeting, or between meetings."""
    made = await creation.create_commitment(
        session, caller.workspace_id, body.model_dump(), now, actor_id=caller.actor_id
    )
    return created(response, "commitments", "commitment", await detail(session, caller, made))


@routes.get("/commitments")
async def list_commitments(
    caller: CallerDep,
    reader: ReaderDep,
    paging: Annotated[SortedPaging, sorted_by(queries.SORTS)],
    include: Annotated[Including, including(INCLUDES)],
    group_id: Annotated[GroupId | None, Query()] = None,
    membership_id: Annotated[MembershipId | None, Query()] = None,
    person_id: Annotated[PersonId | None, Query()] = None,
    state: CommitmentStateName | None = None,
    overdue: Annotated[bool | None, Query()] = None,
    due_on_until: Annotated[
        Day | None, Query(alias="due_on[lte]", description="Due on this date or before it.")
    ] = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
) -> PageWith[CommitmentRead]:
    """Commitments without their histories, by their recording unless `sort` says otherwise."""
    rows = await queries.listed(
        reader,
        caller.workspace_id,
        paging.window,
        due_on_until=due_on_until,
        group_id=group_id,
        membership_id=membership_id,
        person_id=person_id,
        state=state,
        overdue=overdue,
        external_id=external_id,
    )
    return await include.page(paging.page(rows, CommitmentRead.model_validate))


@routes.get("/commitments/{commitment_id}")
async def get_commitment(
    commitment_id: CommitmentId,
    caller: CallerDep,
    reader: ReaderDep,
    include: Annotated[Including, including(INCLUDES)],
    response: Response,
) -> CommitmentView:
    """One commitment with its history."""
    row = await queries.get(reader, caller.workspace_id, commitment_id)
    read = await detail(reader, caller, row)
    return await include.one(response, CommitmentView(**dict(read)))


@routes.patch("/commitments/{commitment_id}")
async def update_commitment(
    commitment_id: CommitmentId,
    body: CommitmentUpdate,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CommitmentDetail:
    """Change a commitment by a merge patch (RFC 7396)."""
    changed = await service.update_commitment(
        session, caller.workspace_id, commitment_id, patch_of(body), expected, now
    )
    return tagged(response, await detail(session, caller, changed))


@routes.put(f"/commitments/{external_ids.PATH}")
async def put_commitment_by_external_id(
    external_id: ExternalIdDep,
    body: CommitmentFields,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedOrNewDep,
    now: NowDep,
    response: Response,
) -> CommitmentDetail:
    """Create (201) or update (200) the commitment that you know by this id.

    Whose promise it is stays, and its due moves only by `renegotiate`.
    """
    commitment, is_new = await creation.put_commitment(
        session,
        caller.workspace_id,
        external_id,
        patch_of(body),
        expected,
        now,
        actor_id=caller.actor_id,
    )
    read = await detail(session, caller, commitment)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, "commitments", "commitment", read)
    return tagged(response, read)
