"""The charter's terms looked at after each meeting that becomes history or is corrected, and
whenever they, or those of whom they ask, change.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Proposal
from app.db.queries import proposals as queries
from app.domain import proposals as rules
from app.domain.charter import (
    Breach,
    CharterTerm,
    asks_anything,
    breaches,
    terms_of,
)
from app.domain.group_days import day_of
from app.domain.membership import MembershipState
from app.domain.proposals import Decision, ProposalStatus
from app.services.charter_records import Record, records_of
from app.services.events import emit
from app.services.facts import proposal_facts

EVENTS = {
    ProposalStatus.OPEN: "charter.breached",
    ProposalStatus.ESCALATED: "charter.escalated",
    ProposalStatus.WITHDRAWN: "charter.withdrawn",
}


Rule = Callable[
    [Mapping[CharterTerm, Breach], Sequence[rules.Proposal], Sequence[UUID]], list[Decision]
]
"""By a member's breaches, proposals and meetings: how their proposals should stand."""


async def review_charter(session: AsyncSession, group: Group, now: datetime) -> None:
    """Bring the proposals of a locked group in line with its charter and its history.

    The member hears first; see `app.domain.proposals.review`. Doing it again changes nothing.
    """
    terms = terms_of(group.charter)
    rows = await queries.of_group(session, group.workspace_id, group.id)
    if asks_anything(terms) or _any_live(rows):
        await _bring_in_line(
            session, group, rows, partial(rules.review, lookback=terms.lookback), now
        )


async def reconsider_charter(session: AsyncSession, group: Group, now: datetime) -> None:
    """Take back at once what has lost its ground in a locked group: the term was loosened, the
    member left or has a leave, the group is closed. See `app.domain.proposals.reconsider`.
    """
    rows = await queries.of_group(session, group.workspace_id, group.id)
    if _any_live(rows):
        await _bring_in_line(session, group, rows, rules.reconsider, now)


def _any_live(rows: Sequence[Proposal]) -> bool:
    return any(row.status in rules.LIVE for row in rows)


async def _bring_in_line(
    session: AsyncSession, group: Group, rows: Sequence[Proposal], rule: Rule, now: datetime
) -> None:
    happened: list[tuple[str, Proposal]] = []
    for record in await records_of(session, group, now):
        own = {row.id: row for row in rows if row.membership_id == record.member.id}
        found = _breaches(group, record, day_of(now, group.time_zone))
        meetings = [meeting.id for meeting in record.meetings]
        for decision in rule(found, [_as_rule(row) for row in own.values()], meetings):
            happened += _write(session, group, record.member.id, own, decision, now)
    await session.flush()
    await _tell(session, group, happened, now)


def _breaches(group: Group, record: Record, today: date) -> Mapping[CharterTerm, Breach]:
    """Nothing is asked of one who has left, nor by a group that is closed."""
    member = record.member
    if group.state == "closed" or member.state_on(today) is MembershipState.ENDED:
        return {}
    return breaches(
        terms_of(group.charter),
        record.meetings,
        starts_on=member.starts_on,
        newcomer=record.newcomer,
    )


def _as_rule(row: Proposal) -> rules.Proposal:
    return rules.Proposal(
        row.id,
        CharterTerm(row.term),
        ProposalStatus(row.status),
        row.since_meeting_id,
        row.last_meeting_id,
        row.escalated_at is not None,
    )


def _write(
    session: AsyncSession,
    group: Group,
    membership_id: UUID,
    own: Mapping[UUID, Proposal],
    decision: Decision,
    now: datetime,
) -> list[tuple[str, Proposal]]:
    """Let a proposal stand as it was decided; the events of that."""
    if decision.proposal is not None:
        proposal = own[decision.proposal.id]
        happened = [] if decision.status in {proposal.status, "open"} else [decision.status]
        _update(proposal, decision, now)
    else:
        proposal = Proposal(
            workspace_id=group.workspace_id,
            group_id=group.id,
            membership_id=membership_id,
            since_meeting_id=decision.since_meeting_id,
            created_at=now,
        )
        happened = list(dict.fromkeys([ProposalStatus.OPEN, decision.status]))
        _update(proposal, decision, now)
        session.add(proposal)
    return [(EVENTS[status], proposal) for status in happened]


def _update(proposal: Proposal, decision: Decision, now: datetime) -> None:
    """Write what is decided; a row to which nothing happens keeps its version."""
    escalated = decision.status is ProposalStatus.ESCALATED
    values: dict[str, Any] = {"status": decision.status.value}
    if decision.breach is None:
        values["settled_at"] = now
    else:
        values |= {
            "term": decision.breach.term.value,
            "numerator": decision.breach.numerator,
            "denominator": decision.breach.denominator,
            "required": decision.breach.required,
            "last_meeting_id": decision.breach.meeting_id,
            "escalated_at": (proposal.escalated_at or now) if escalated else None,
        }
    if any(getattr(proposal, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(proposal, name, value)
        proposal.updated_at = now


async def _tell(
    session: AsyncSession, group: Group, happened: Sequence[tuple[str, Proposal]], now: datetime
) -> None:
    if not happened:
        return
    ids = {proposal.membership_id for _, proposal in happened}
    members = {row.id: row for row in await queries.members(session, group.workspace_id, ids)}
    changed = [proposal for _, proposal in happened]
    meetings = await queries.meetings(session, group.workspace_id, changed)
    for event_type, proposal in happened:
        facts = proposal_facts(proposal, group, members[proposal.membership_id], meetings)
        emit(session, event_type, group.workspace_id, facts, now, group_id=group.id)
