"""Who was due what, and who got it: the ledger of a group, derived from its held meetings alone.

A member's credit is what they were due minus what they got, `credit = opening + S − A`. Nothing
else moves it: an absence earns nothing and costs nothing, and a meeting that was not held, or
hot seats that did not take place, are not here at all. So every meeting's credits sum to zero,
and no drift is possible: fold the history again and the same ledger comes out (`ledger`).
Storing the standings after each held meeting, and taking one step from there (`advance`), gives
exactly the same numbers without reading the history.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.errors import Invalid
from app.domain.fair_share import shares


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """What the ledger needs to know of a meeting that was held.

    `present` are those who earn: there for at least one hot seat, and did not pass.
    `seated` are those who had a hot seat that took place; an interrupted one did not.
    `weights` names those whose weight is not 1.
    """

    id: UUID
    starts_at: datetime
    present: frozenset[UUID]
    seated: tuple[UUID, ...]
    weights: Mapping[UUID, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's line in the ledger; seats are the unit of `credit`, `due` and `got`.

    `waited` counts the meetings attended since the last hot seat, or since joining;
    `longest_wait` is the most it has been, `largest_credit` the most that |credit| has been.
    """

    credit: float = 0.0
    due: float = 0.0
    got: int = 0
    attended: int = 0
    waited: int = 0
    last_seat_at: datetime | None = None
    longest_wait: int = 0
    largest_credit: float = 0.0


Ledger = Mapping[UUID, Standing]

NEWCOMER = Standing()
"""Where everybody starts: not owed the past, and not able to jump."""


def ledger(
    members: Collection[UUID],
    history: Sequence[HeldMeeting],
    opening: Mapping[UUID, float] | None = None,
) -> dict[UUID, Standing]:
    """The standings after `history`, in any order given, of `members` and all who took part.

    `opening` holds the credits of those who did not start at 0: a group that comes with a
    history of its own, or a member who returns (`credit_on_return`).
    Raises Invalid: `seated_twice`, `seated_absent`, and what `shares` raises.
    """
    standings = dict.fromkeys(members, NEWCOMER) | {
        member: Standing(credit=credit, largest_credit=abs(credit))
        for member, credit in (opening or {}).items()
    }
    for meeting in sorted(history, key=lambda meeting: (meeting.starts_at, meeting.id)):
        standings = advance(standings, meeting)
    return standings


def advance(standings: Ledger, meeting: HeldMeeting) -> dict[UUID, Standing]:
    """The standings after one more held meeting.

    Raises Invalid: `seated_twice`, `seated_absent`, and what `shares` raises.
    """
    check_held(meeting)
    weights = {member: meeting.weights.get(member, 1.0) for member in meeting.present}
    due = shares(weights, len(meeting.seated))
    return settle(standings, due, frozenset(meeting.seated), meeting.starts_at)


def settle(
    standings: Ledger, due: Mapping[UUID, float], seated: AbstractSet[UUID], at: datetime
) -> dict[UUID, Standing]:
    """The standings after a meeting for those whose shares of it, `due`, are worked out."""
    after = dict(standings)
    for member, share in due.items():
        after[member] = _attend(standings.get(member, NEWCOMER), share, at, member in seated)
    return after


def _attend(before: Standing, share: float, at: datetime, seated: bool) -> Standing:  # noqa: FBT001 - private, called once
    credit = before.credit + share - seated
    waited = 0 if seated else before.waited + 1
    return Standing(
        credit=credit,
        due=before.due + share,
        got=before.got + seated,
        attended=before.attended + 1,
        waited=waited,
        last_seat_at=at if seated else before.last_seat_at,
        longest_wait=max(before.longest_wait, waited),
        largest_credit=max(before.largest_credit, abs(credit)),
    )


def credit_on_return(credit: float) -> float:
    """The opening credit of somebody who left with `credit` and comes back: a positive one has
    lapsed, a debt has waited, so nobody gains by leaving.
    """
    return min(credit, 0.0)


def wait_bound(smallest_share: float) -> int | None:
    """The most meetings attended that anybody waits between two hot seats, `⌈2/p⌉ − 1`, where
    `p` is their smallest share meanwhile. None if there is no bound (a share of 0).

    It follows from |credit| < 1: after a seat the credit is above −1, and `w` meetings later it
    is above `w·p − 1`, which must still be below 1. It holds where presence is known ahead.
    """
    if smallest_share <= 0:
        return None
    return _meetings_for(2, smallest_share) - 1


def turn(share: float) -> int:
    """In how many meetings whoever is due `share` of each is due one hot seat, `⌈1/p⌉`. With
    equal weights and everybody there, that is `⌈members/seats⌉`.
    """
    return _meetings_for(1, share)


def _meetings_for(seats: int, share: float) -> int:
    rounding = 1e-9  # seats/share is an integer for most groups; keep ⌈⌉ from seeing 6.000000001
    return math.ceil(seats / share - rounding)


def check_held(meeting: HeldMeeting) -> None:
    """Raises Invalid: `seated_twice`, `seated_absent`."""
    facts = {"meeting_id": str(meeting.id)}
    if len(set(meeting.seated)) < len(meeting.seated):
        raise Invalid(
            "A member has at most one hot seat in a meeting; name each only once.",
            code="seated_twice",
            facts=facts,
        )
    absent = sorted(set(meeting.seated) - meeting.present)
    if absent:
        raise Invalid(
            "Whoever had a hot seat was there: mark them present, or take the hot seat back.",
            code="seated_absent",
            facts=facts | {"membership_ids": [str(member) for member in absent]},
        )
