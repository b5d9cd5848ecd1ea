"""A member's wish for a hot seat before their turn: what it may take, and what it comes to.

It takes one of the meeting's hot seats: one that is not announced yet, or an announced one whose
holder yields. The guard, `urgent_decision`, keeps it from leaving the member too far ahead.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.evenings import Evening, Member, seatable
from app.domain.rotation import Reason


class UrgentState(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Taken:
    """An open hot seat of the meeting that the request is for."""

    id: UUID
    membership_id: UUID
    announced: bool
    pinned: bool


def check_undecided(state: str, version: int) -> None:
    """Raises Conflict `already_decided`."""
    if state != UrgentState.REQUESTED:
        raise Conflict(
            f"This request is {state} already.",
            code="already_decided",
            facts={"state": state, "version": version},
        )


def check_can_ask(
    membership_id: UUID, evening: Evening | None, members: Sequence[Member], had: Collection[UUID]
) -> Evening:
    """Whoever asks is expected, and has no hot seat there. `had`: those who have or passed one.

    Raises Conflict `beyond_plan`, `already_seated`, `member_not_expected`.
    """
    if evening is None:
        raise Conflict(
            "Hot seats are given for the next twelve meetings only: ask again later.",
            code="beyond_plan",
        )
    if membership_id in had:
        raise Conflict(
            "The member has, or has let go by, a hot seat in this meeting already.",
            code="already_seated",
        )
    if membership_id not in seatable(evening, members):
        raise Conflict(
            "The member is not expected at this meeting: ask for another one.",
            code="member_not_expected",
        )
    return evening


def needs_yield(seats: Sequence[Taken]) -> bool:
    """Whether none of the meeting's hot seats can be taken unless its holder yields."""
    return all(seat.announced or seat.pinned for seat in seats)


def pins_for(
    membership_id: UUID,
    seats: Sequence[Taken],
    places: int,
    yielded: UUID | None,
    *,
    overrule: bool,
) -> frozenset[UUID]:
    """Who has a fixed hot seat in the meeting once the request is granted.

    Where a holder yields, the others, who did not, keep theirs. `places`: seats of the meeting.
    Raises Conflict `seat_announced` (nobody yields) and `no_seat_left` (all are fixed).
    """
    holders = frozenset(seat.membership_id for seat in seats)
    pinned = frozenset(seat.membership_id for seat in seats if seat.pinned)
    facts = {"holders": len(holders), "places": places}
    if yielded is not None:
        fixed = holders - {yielded}
    elif overrule or not needs_yield(seats):
        fixed = pinned
    else:
        raise Conflict(
            "This meeting's hot seats are announced: name one whose holder yields.",
            code="seat_announced",
            facts=facts,
        )
    if len(fixed) >= places:
        raise Conflict(
            "All hot seats of this meeting are fixed: name one whose holder yields.",
            code="no_seat_left",
            facts=facts,
        )
    return fixed | {membership_id}


def with_pins(evening: Evening, pins: Collection[UUID]) -> Evening:
    """The evening with these hot seats fixed."""
    return replace(evening, pinned=tuple(sorted(pins)))


def decision(
    reason: Reason, *, overruled: str | None = None, first_refusal: bool = False
) -> Mapping[str, Any]:
    """What is kept of a decision. `first_refusal`: next time this member is asked first."""
    kept = {**asdict(reason), "params": dict(reason.params)}
    return {"reason": kept, "overruled_because": overruled, "first_refusal": first_refusal}


DECLINED = Reason(code="declined", params={}, text="declined by the group")
ANOTHER_PREFERRED = Reason(
    code="another_preferred",
    params={},
    text="another request had the better claim; this member has first refusal next time",
)
