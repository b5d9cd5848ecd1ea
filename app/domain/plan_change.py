"""What a write did to the plan: whose hot seat came, went or moved, and what it did to credits.

Two looks at the plan, one before the write and one after it, are all that is compared; so what is
told is what a reader would have seen, whichever rule moved the seats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.evenings import Evening, Member
from app.domain.ledger import Ledger
from app.domain.rotation_reasons import Reason

SeatMove = Literal["given", "taken", "moved", "reordered"]
Key = tuple[UUID, UUID]
"""A meeting and a member: nobody has two hot seats in a meeting."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A hot seat that is still to be had. `reason`: code, params and text, as it is stored."""

    meeting_id: UUID
    membership_id: UUID
    starts_at: datetime
    position: int
    announced: bool
    reason: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanLook:
    """The plan at a moment.

    `credits` are those of today; `ahead` the ledgers after each of `evenings`, which come in order
    of time, if all goes as it is planned now.
    """

    members: Sequence[Member]
    evenings: Sequence[Evening]
    turns: Mapping[Key, Turn]
    credits: Ledger
    ahead: Sequence[Ledger]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hot seat is; `announced`: its holder has been told."""

    meeting_id: UUID
    starts_at: datetime
    position: int
    announced: bool


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One hot seat of a member: `given` (none before), `taken` (none after), `moved` to another
    meeting, or `reordered` within its own.
    """

    membership_id: UUID
    name: str
    change: SeatMove
    before: Place | None
    after: Place | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class CreditChange:
    """A member's credit from the held meetings (`now`), and as it will stand after the meeting up
    to which both plans reach (`planned`; None if they share none).
    """

    membership_id: UUID
    name: str
    now: BeforeAfter
    planned: BeforeAfter | None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """All that a write did; empty lists if it moved nothing."""

    planned_until: datetime | None = None
    seats: tuple[SeatChange, ...] = ()
    credits: tuple[CreditChange, ...] = ()


UNCHANGED = PlanChange()
