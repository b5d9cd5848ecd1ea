"""What happens to a plan on its way: a holder who does not come, and requests that are urgent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.domain.ledger import NEWCOMER, Ledger
from app.domain.rotation_outlook import Candidate
from app.domain.rotation_reasons import Reason

URGENT_GUARD = -1.25
"""The least credit that an urgent seat may leave behind."""

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UrgentRequest:
    """`first_refusal`: the member asked before, and another request was preferred."""

    membership_id: UUID
    asked_at: datetime
    first_refusal: bool = False


@dataclass(frozen=True, slots=True)
class UrgentDecision:
    granted: bool
    reason: Reason


def substitute(
    present: Collection[Candidate],
    seated: Collection[UUID],
    standings: Ledger,
    next_seats: Mapping[UUID, datetime],
) -> Candidate | None:
    """Who takes the hot seat of a holder who is not there: whoever is present, without a hot
    seat tonight (`seated` has those who had or have one), and has the highest credit; then the
    one whose own next seat is nearest; then the lowest place. None if everybody has one.
    """

    def claim(member: Candidate) -> tuple[float, datetime, int, UUID]:
        credit = standings.get(member.id, NEWCOMER).credit
        return -round(credit, 9), next_seats.get(member.id, NEVER), member.place, member.id

    return min((member for member in present if member.id not in seated), key=claim, default=None)


def urgent_decision(credit_after: float, *, guard: float = URGENT_GUARD) -> UrgentDecision:
    """Whether an urgent seat is granted by rule. `credit_after` is the member's credit as it
    will stand after that meeting if they get the seat (`forecast`, with the seat pinned).
    """
    granted = round(credit_after, 9) >= guard
    params = {"credit_after": round(credit_after, 2), "guard": guard}
    text = (
        f"leaves a credit of {credit_after:.2f}, which is not below {guard:.2f}"
        if granted
        else f"would leave a credit of {credit_after:.2f}, below {guard:.2f}; ask for a swap"
    )
    code = "urgent_granted" if granted else "urgent_beyond_guard"
    return UrgentDecision(granted, Reason(code=code, params=params, text=text))


def urgent_order(
    requests: Collection[UrgentRequest], standings: Ledger
) -> tuple[UrgentRequest, ...]:
    """Requests for the same seat, the preferred one first: whoever has first refusal, then the
    higher credit, then the earlier request.
    """

    def rank(request: UrgentRequest) -> tuple[bool, float, datetime, UUID]:
        credit = standings.get(request.membership_id, NEWCOMER).credit
        return (
            not request.first_refusal,
            -round(credit, 9),
            request.asked_at,
            request.membership_id,
        )

    return tuple(sorted(requests, key=rank))
