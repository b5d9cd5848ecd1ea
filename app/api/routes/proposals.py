"""Proposals: what follows when a term of the charter is not met."""

from typing import Annotated

from fastapi import Query, Response

from app.api.deps import CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep
from app.api.pagination import Page, PagingDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.common import GroupId, MembershipId, ProposalId
from app.api.schemas.proposals import ProposalAccept, ProposalRead, ProposalStatusName
from app.db.queries import proposals as queries
from app.services import proposals as service

routes = router("proposals")


@routes.get("/proposals")
async def list_proposals(
    caller: CallerDep,
    reader: ReaderDep,
    paging: PagingDep,
    group_id: Annotated[GroupId | None, Query()] = None,
    membership_id: Annotated[MembershipId | None, Query()] = None,
    status: ProposalStatusName | None = None,
) -> Page[ProposalRead]:
    """Proposals in the order in which they were made.

    With `Hotseat-Actor` these are the person's own, and those that were escalated in groups that
    the person organizes.
    """
    rows = await queries.listed(
        reader,
        caller.workspace_id,
        paging.window,
        caller.actor_id,
        group_id=group_id,
        membership_id=membership_id,
        status=status,
    )
    return paging.page(rows, ProposalRead.of)


@routes.get("/proposals/{proposal_id}")
async def get_proposal(
    proposal_id: ProposalId, caller: CallerDep, reader: ReaderDep, response: Response
) -> ProposalRead:
    """One proposal. 404 for an acting person whom it does not concern."""
    row = await queries.get(reader, caller.workspace_id, proposal_id, caller.actor_id)
    return tagged(response, ProposalRead.of(row))


@routes.post("/proposals/{proposal_id}/accept")
async def accept_charter_proposal(
    proposal_id: ProposalId,
    body: ProposalAccept,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> ProposalRead:
    """Take one of the offers. It says what somebody will do, and does nothing itself: a leave, a
    buddy or a new due is a call of its own.
    """
    await service.accept_proposal(session, caller, proposal_id, body.offer, expected, now)
    row = await queries.get(session, caller.workspace_id, proposal_id, caller.actor_id)
    return tagged(response, ProposalRead.of(row))


@routes.post("/proposals/{proposal_id}/dismiss")
async def dismiss_charter_proposal(
    proposal_id: ProposalId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> ProposalRead:
    """Take none of the offers. If it goes on, the organizers hear."""
    await service.dismiss_proposal(session, caller, proposal_id, expected, now)
    row = await queries.get(session, caller.workspace_id, proposal_id, caller.actor_id)
    return tagged(response, ProposalRead.of(row))
