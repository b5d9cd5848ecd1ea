"""What can be done to a commitment: keep, miss, withdraw, renegotiate, reopen."""

from typing import Annotated

from fastapi import Body, Response

from app.api.commitment_answers import detail
from app.api.deps import CallerDep, ExpectedDep, NowDep, SessionDep
from app.api.responses import tagged
from app.api.route import router
from app.api.schemas.commitments import (
    CommitmentDetail,
    CommitmentKeep,
    CommitmentMiss,
    CommitmentRenegotiate,
    CommitmentReopen,
    CommitmentWithdraw,
)
from app.api.schemas.common import CommitmentId
from app.services import commitment_verbs as service

routes = router("commitments")


@routes.post("/commitments/{commitment_id}/keep")
async def keep_commitment(
    commitment_id: CommitmentId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[CommitmentKeep | None, Body()] = None,
) -> CommitmentDetail:
    """The promise was kept, in time or late: figures go by `kept_on`."""
    commitment = await service.keep_commitment(
        session,
        caller.workspace_id,
        commitment_id,
        body.kept_on if body is not None else None,
        expected,
        now,
        actor_id=caller.actor_id,
    )
    return tagged(response, await detail(session, caller, commitment))


@routes.post("/commitments/{commitment_id}/miss")
async def miss_commitment(
    commitment_id: CommitmentId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[CommitmentMiss | None, Body()] = None,
) -> CommitmentDetail:
    """The promise will not be kept any more."""
    commitment = await service.miss_commitment(
        session,
        caller.workspace_id,
        commitment_id,
        body.reason if body is not None else None,
        expected,
        now,
        actor_id=caller.actor_id,
    )
    return tagged(response, await detail(session, caller, commitment))


@routes.post("/commitments/{commitment_id}/withdraw")
async def withdraw_commitment(
    commitment_id: CommitmentId,
    body: CommitmentWithdraw,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CommitmentDetail:
    """The promise is taken back. Before its due it leaves the figures, after it it stays in."""
    commitment = await service.withdraw_commitment(
        session,
        caller.workspace_id,
        commitment_id,
        body.reason,
        expected,
        now,
        actor_id=caller.actor_id,
    )
    return tagged(response, await detail(session, caller, commitment))


@routes.post("/commitments/{commitment_id}/renegotiate")
async def renegotiate_commitment(
    commitment_id: CommitmentId,
    body: CommitmentRenegotiate,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> CommitmentDetail:
    """Promise another due. Before the old one that replaces it, after it the old one was missed."""
    commitment = await service.renegotiate_commitment(
        session,
        caller.workspace_id,
        commitment_id,
        body.model_dump(),
        expected,
        now,
        actor_id=caller.actor_id,
    )
    return tagged(response, await detail(session, caller, commitment))


@routes.post("/commitments/{commitment_id}/reopen")
async def reopen_commitment(
    commitment_id: CommitmentId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: Annotated[CommitmentReopen | None, Body()] = None,
) -> CommitmentDetail:
    """The ending was recorded by mistake: the commitment is open again, and both stay visible."""
    commitment = await service.reopen_commitment(
        session,
        caller.workspace_id,
        commitment_id,
        body.reason if body is not None else None,
        expected,
        now,
        actor_id=caller.actor_id,
    )
    return tagged(response, await detail(session, caller, commitment))
