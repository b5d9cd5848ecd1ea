"""Answers to proposals. Accepting one says what somebody will do; it changes nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Proposal
from app.db.queries import groups
from app.db.queries import proposals as queries
from app.domain.callers import Caller
from app.domain.charter import CharterTerm
from app.domain.proposals import ProposalStatus, check_live, check_offer
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import proposal_facts


async def accept_proposal(
    session: AsyncSession,
    caller: Caller,
    proposal_id: UUID,
    offer: str,
    expected: Expected,
    now: datetime,
) -> None:
    """Take one of the offers. Conflict `invalid_transition`; Invalid `unknown_offer`.

    NotFound, as for `dismiss_proposal`, for an acting person whom it does not concern.
    """
    proposal = await _open(session, caller, proposal_id, expected)
    check_offer(CharterTerm(proposal.term), offer)
    proposal.offer = offer
    await _settle(session, proposal, ProposalStatus.ACCEPTED, now)


async def dismiss_proposal(
    session: AsyncSession, caller: Caller, proposal_id: UUID, expected: Expected, now: datetime
) -> None:
    """Take none of the offers. Conflict `invalid_transition`."""
    proposal = await _open(session, caller, proposal_id, expected)
    await _settle(session, proposal, ProposalStatus.DISMISSED, now)


async def _open(
    session: AsyncSession, caller: Caller, proposal_id: UUID, expected: Expected
) -> Proposal:
    workspace_id = caller.workspace_id
    group_id = await queries.group_of(session, workspace_id, proposal_id)
    await groups.lock(session, workspace_id, group_id)
    await queries.get(session, workspace_id, proposal_id, caller.actor_id)
    proposal = await queries.load(session, workspace_id, proposal_id)
    expected.check(proposal.version)
    check_live(proposal.status, proposal.version)
    return proposal


async def _settle(
    session: AsyncSession, proposal: Proposal, status: ProposalStatus, now: datetime
) -> None:
    proposal.status, proposal.settled_at, proposal.updated_at = status.value, now, now
    await session.flush()
    workspace_id = proposal.workspace_id
    group = await groups.load(session, workspace_id, proposal.group_id)
    (member,) = await queries.members(session, workspace_id, [proposal.membership_id])
    meetings = await queries.meetings(session, workspace_id, [proposal])
    facts = proposal_facts(proposal, group, member, meetings)
    event_type = f"charter.{status.value}"
    emit(session, event_type, workspace_id, facts, now, group_id=proposal.group_id)
