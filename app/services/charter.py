"""The charter's terms looked at after each meeting that becomes history, or is corrected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Proposal
from app.db.queries import accountability as history
from app.db.queries import proposals as queries
from app.domain import proposals as rules
from app.domain.charter import (
    CharterTerm,
    ExpectedMeeting,
    Terms,
    asks_anything,
    breaches,
    terms_of,
)
from app.domain.figures import AttendanceMark
from app.domain.group_days import day_of
from app.domain.membership import Leave, Membership, MembershipState, expected_on
from app.domain.proposals import Decision, ProposalStatus
from app.services.events import emit
from app.services.facts import proposal_facts

REACH = timedelta(days=1100)
"""How far back meetings are looked at: the longest trial and a year."""

EVENTS = {
    ProposalStatus.OPEN: "charter.breached",
    ProposalStatus.ESCALATED: "charter.escalated",
    ProposalStatus.WITHDRAWN: "charter.withdrawn",
}


@dataclass(frozen=True, slots=True)
class _Record:
    """A member, and the held meetings at which they were expected; `newcomer`: the group had met
    before they came.
    """

    member: Membership
    meetings: Sequence[ExpectedMeeting]
    newcomer: bool


async def review_charter(session: AsyncSession, group: Group, now: datetime) -> None:
    """Bring the proposals of a locked group in line with its charter and its history.

    The member hears first; see `app.domain.proposals.review`. Doing it again changes nothing.
    """
    terms = terms_of(group.charter)
    rows = await queries.of_group(session, group.workspace_id, group.id)
    if not asks_anything(terms) and not any(row.status in rules.LIVE for row in rows):
        return
    today = day_of(now, group.time_zone)
    happened: list[tuple[str, Proposal]] = []
    for record in await _records(session, group, now):
        own = {row.id: row for row in rows if row.membership_id == record.member.id}
        for decision in _decide(terms, record, own.values(), today):
            happened += _write(session, group, record.member.id, own, decision, now)
    await session.flush()
    await _tell(session, group, happened, now)


def _decide(
    terms: Terms, record: _Record, own: Iterable[Proposal], today: date
) -> Sequence[Decision]:
    member = record.member
    found = breaches(terms, record.meetings, starts_on=member.starts_on, newcomer=record.newcomer)
    has_left = member.state_on(today) is MembershipState.ENDED
    return rules.review(
        {} if has_left else found,
        [_as_rule(row) for row in own],
        [meeting.id for meeting in record.meetings],
        lookback=terms.lookback,
    )


async def _records(session: AsyncSession, group: Group, now: datetime) -> list[_Record]:
    where = (session, group.workspace_id, group.id)
    span = history.Span(None, None, now - REACH, None)
    held = await history.held_meetings(*where, span)
    marks = {(row.meeting_id, row.membership_id): row for row in await history.marks(*where, span)}
    leaves: dict[UUID, list[Leave]] = defaultdict(list)
    for row in await history.leaves(*where):
        leaves[row.membership_id].append(Leave(row.first_on, row.last_on))
    records = []
    for row in await history.members(*where):
        member = Membership(row.id, row.person_id, row.place, row.starts_on, row.ends_on)
        meetings = [
            _meeting(meeting, marks[meeting.id, member.id], group.time_zone)
            for meeting in held
            if (meeting.id, member.id) in marks
        ]
        expected = [each for each in meetings if expected_on(member, leaves[member.id], each.day)]
        newcomer = bool(held) and day_of(held[0].starts_at, group.time_zone) < member.starts_on
        records.append(_Record(member, expected, newcomer))
    return records


def _meeting(meeting: Row[Any], mark: Row[Any], time_zone: str) -> ExpectedMeeting:
    notice = None if mark.announced_at is None else meeting.starts_at - mark.announced_at
    return ExpectedMeeting(
        meeting.id, day_of(meeting.starts_at, time_zone), AttendanceMark(mark.status), notice
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
