"""A group's rotation at a glance: the ledger, the bound that holds now, how fair it has been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checkpoint import Checkpoint
from app.domain.fair_share import shares
from app.domain.ledger import NEWCOMER, Ledger, wait_bound


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A member's line of the ledger; seats are the unit of credits, dues and what was got.

    `waited` and `longest_wait` count meetings attended between two hot seats.
    """

    membership_id: UUID
    credit: float
    due: float
    got: int
    attended: int
    waited: int
    longest_wait: int
    largest_credit: float
    last_seat_at: datetime | None
    first_in_line: bool
    first_in_line_from: datetime | None


@dataclass(frozen=True, slots=True)
class Bound:
    """Nobody waits longer than `meetings` attended, where presence is known ahead.

    `smallest_share` is what the lightest member is due of a meeting with everybody there.
    """

    smallest_share: float | None
    meetings: int | None


@dataclass(frozen=True, slots=True)
class TakenAway:
    """How far one could rely on the plan, over the `meetings` that were planned here and held.

    `seats` are those that were published, up to twelve meetings ahead, and then taken from somebody
    who could still have come; `announced` those of them in the next three meetings.
    """

    meetings: int
    seats: int
    announced: int

    @property
    def seats_per_meeting(self) -> float | None:
        """None before the first meeting."""
        return rounded(self.seats / self.meetings) if self.meetings else None

    @property
    def announced_per_meeting(self) -> float | None:
        """None before the first meeting."""
        return rounded(self.announced / self.meetings) if self.meetings else None


@dataclass(frozen=True, slots=True)
class Fairness:
    """How fair it has been so far: `largest_credit` is the most that any |credit| has been."""

    meetings_held: int
    largest_credit: float
    largest_credit_now: float
    longest_wait: int
    taken_away: TakenAway


@dataclass(frozen=True, slots=True)
class MemberShare:
    """What a held meeting did to one who was there; `credit` is theirs afterwards."""

    membership_id: UUID
    weight: float
    share: float
    seated: bool
    credit_before: float
    credit: float


def ledger_lines(members: Sequence[UUID], checkpoint: Checkpoint) -> list[LedgerLine]:
    """One for each of `members`, in their order."""
    lines = []
    for member in members:
        standing = checkpoint.standings.get(member, NEWCOMER)
        lines.append(
            LedgerLine(
                membership_id=member,
                credit=rounded(standing.credit),
                due=rounded(standing.due),
                got=standing.got,
                attended=standing.attended,
                waited=standing.waited,
                longest_wait=standing.longest_wait,
                largest_credit=rounded(standing.largest_credit),
                last_seat_at=standing.last_seat_at,
                first_in_line=member in checkpoint.first_in_line,
                first_in_line_from=checkpoint.first_in_line_from.get(member),
            )
        )
    return lines


def bound_now(weights: Mapping[UUID, float], seats: int) -> Bound:
    """The bound for these members, with `seats` hot seats a meeting."""
    if not weights:
        return Bound(None, None)
    smallest = min(shares(weights, seats).values())
    return Bound(rounded(smallest), wait_bound(smallest))


def fairness(
    members: Sequence[UUID], standings: Ledger, meetings_held: int, taken_away: TakenAway
) -> Fairness:
    """`members` are those of today; the figures so far count everybody who ever was one."""
    now = [abs(standings[member].credit) for member in members if member in standings]
    return Fairness(
        meetings_held=meetings_held,
        largest_credit=rounded(max((s.largest_credit for s in standings.values()), default=0.0)),
        largest_credit_now=rounded(max(now, default=0.0)),
        longest_wait=max((s.longest_wait for s in standings.values()), default=0),
        taken_away=taken_away,
    )


def meeting_shares(
    before: Ledger, after: Ledger, weights: Mapping[UUID, float]
) -> list[MemberShare]:
    """What a held meeting did, from the ledgers around it: a line for everybody who was there."""
    found = []
    for member, standing in after.items():
        earlier = before.get(member, NEWCOMER)
        if standing.attended > earlier.attended:
            due, got = standing.due - earlier.due, standing.got - earlier.got
            share = MemberShare(
                membership_id=member,
                weight=weights.get(member, 1.0),
                share=rounded(due),
                seated=got > 0,
                credit_before=rounded(standing.credit - due + got),
                credit=rounded(standing.credit),
            )
            found.append(share)
    return sorted(found, key=lambda share: share.membership_id)


def rounded(seats: float) -> float:
    """To a millionth of a seat: sums of shares carry no more than that."""
    return round(seats, 6) + 0.0  # no "-0.0"
