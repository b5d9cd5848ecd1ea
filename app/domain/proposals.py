"""What follows of a breached term: the member hears first, the organizers later, the group never.

A proposal offers; people accept or dismiss it. Nobody is ever expelled by it.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.charter import Breach, CharterTerm
from app.domain.errors import Conflict, Invalid
from app.domain.rotation_reasons import Reason


class ProposalStatus(StrEnum):
    """`open`: the member knows. `escalated`: the organizers know too. The others are settled;
    `withdrawn` by the service, since the facts fell away.
    """

    OPEN = "open"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


LIVE = frozenset({ProposalStatus.OPEN, ProposalStatus.ESCALATED})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal to one member. `since_meeting_id` is the meeting after which it was made,
    `last_meeting_id` the latest one that has counted against them; `was_escalated` stays.
    """

    id: uuid.UUID
    term: CharterTerm
    status: ProposalStatus
    since_meeting_id: uuid.UUID
    last_meeting_id: uuid.UUID
    was_escalated: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """How a proposal should stand: `proposal` None for a new one, `breach` None for no facts."""

    proposal: Proposal | None
    status: ProposalStatus
    breach: Breach | None
    since_meeting_id: uuid.UUID


def review(
    found: Mapping[CharterTerm, Breach],
    proposals: Iterable[Proposal],
    meetings: Sequence[uuid.UUID],
    *,
    lookback: int,
) -> list[Decision]:
    """What a member's breaches make of their proposals, given with the oldest first.

    `meetings` are the held meetings at which the member was expected, in order of time. The same
    thing is proposed once: again only after another meeting that counts against them. A proposal
    is escalated when, after the member heard, a further meeting counts against them; dismissing
    it does not change that. What has no facts any more is withdrawn.
    """
    order = {meeting_id: number for number, meeting_id in enumerate(meetings)}
    decisions = []
    for term in CharterTerm:
        own = [proposal for proposal in proposals if proposal.term is term]
        live = next((proposal for proposal in own if proposal.status in LIVE), None)
        breach = found.get(term)
        if live is not None:
            decisions.append(_stands(live, breach, order))
        elif breach is not None:
            decisions += _raise(breach, own, order, lookback)
    return decisions


def reconsider(
    found: Mapping[CharterTerm, Breach],
    proposals: Iterable[Proposal],
    meetings: Sequence[uuid.UUID],
) -> list[Decision]:
    """What a change of the charter, or of a membership, leaves of a member's live proposals.

    As `review`, but only what has lost its ground changes: nothing is raised or escalated, since
    that takes a meeting.
    """
    order = {meeting_id: number for number, meeting_id in enumerate(meetings)}
    live = [proposal for proposal in proposals if proposal.status in LIVE]
    stands = [_stands(proposal, found.get(proposal.term), order) for proposal in live]
    return [decision for decision in stands if not _escalates(decision)]


Order = Mapping[uuid.UUID, int]


def _escalates(decision: Decision) -> bool:
    before = decision.proposal.status if decision.proposal else None
    return before is not decision.status is ProposalStatus.ESCALATED


def _stands(live: Proposal, breach: Breach | None, order: Order) -> Decision:
    since = live.since_meeting_id
    if breach is None:
        return Decision(live, ProposalStatus.WITHDRAWN, None, since)
    return Decision(live, _status(breach, since, order), breach, since)


def _raise(breach: Breach, own: Sequence[Proposal], order: Order, lookback: int) -> list[Decision]:
    settled = [each for each in own if each.status is not ProposalStatus.WITHDRAWN]
    since = breach.meeting_id
    if settled:
        last = settled[-1]
        if breach.term is CharterTerm.TRIAL or not _later(since, last.last_meeting_id, order):
            return []
        if last.status is ProposalStatus.DISMISSED and not last.was_escalated:
            heard_at = order.get(last.last_meeting_id, -1)
            since = last.last_meeting_id if heard_at >= len(order) - lookback else since
    return [Decision(None, _status(breach, since, order), breach, since)]


def _status(breach: Breach, since: uuid.UUID, order: Order) -> ProposalStatus:
    again = _later(breach.meeting_id, since, order)
    return ProposalStatus.ESCALATED if again else ProposalStatus.OPEN


def _later(meeting_id: uuid.UUID, other_id: uuid.UUID, order: Order) -> bool:
    return order[meeting_id] > order.get(other_id, -1)


OFFERS: Mapping[CharterTerm, Mapping[str, str]] = {
    CharterTerm.ATTENDANCE: {
        "leave": "take a leave of absence for a while, and keep your place",
        "buddy": "ask a member to be your buddy between meetings",
        "smaller_promise": "promise less until there is more room for the group",
    },
    CharterTerm.NOTICE: {
        "buddy": "ask a member to pass on that you can't come",
        "leave": "take a leave of absence for a while, and keep your place",
        "smaller_promise": "promise less until there is more room for the group",
    },
    CharterTerm.TRIAL: {
        "stay": "stay in the group",
        "buddy": "stay, and ask a member to be your buddy",
        "part": "part as friends: end the membership yourself",
    },
}
"""What can be accepted, by term. Accepting says what somebody will do, and does nothing itself."""


def offers(term: CharterTerm) -> list[Reason]:
    """The offers of a proposal, in words."""
    return [Reason(code, {}, text) for code, text in OFFERS[term].items()]


def reason(term: CharterTerm, numerator: int, denominator: int, required: float) -> Reason:
    """The facts of a proposal, in words that anybody could check."""
    params = {"numerator": numerator, "denominator": denominator, "required": required}
    texts = {
        CharterTerm.ATTENDANCE: f"there at {numerator} of the last {denominator} meetings; the "
        f"charter asks for a share of {required:g}",
        CharterTerm.NOTICE: f"{numerator} of {denominator} absences announced {required:g} hours "
        "ahead, as the charter asks",
        CharterTerm.TRIAL: f"the trial of {required:g} months is over; there at {numerator} of "
        f"its {denominator} meetings",
    }
    return Reason(f"charter_{term.value}", params, texts[term])


def check_live(status: str, version: int) -> None:
    """Raises Conflict `invalid_transition` unless the proposal waits for an answer."""
    if status not in LIVE:
        raise Conflict(
            f"The proposal is {status}: nothing waits for an answer.",
            code="invalid_transition",
            facts={"status": status, "version": version},
        )


def check_offer(term: CharterTerm, offer: str) -> None:
    """Raises Invalid `unknown_offer` unless the proposal has this offer."""
    if offer not in OFFERS[term]:
        raise Invalid(
            f"This proposal offers: {', '.join(OFFERS[term])}.",
            code="unknown_offer",
            pointer="/offer",
            facts={"offers": list(OFFERS[term])},
        )
