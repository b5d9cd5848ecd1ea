"""What closing a meeting does to the ledger, and what a correction changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.checkpoint import Checkpoint
from app.domain.fair_share import shares
from app.domain.ledger import NEWCOMER, HeldMeeting

TOLD = 6  # decimals of credits, as everywhere in the API

Value = str | float | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What a meeting did to one who earns or owes; hot seats are the unit.

    The credits are those after the group's last held meeting, before and after the close: where
    the meeting is the last one, `credit_after = credit_before + share − seated`.
    """

    membership_id: UUID
    credit_before: float
    share: float
    seated: bool
    credit_after: float
    first_in_line: bool


@dataclass(frozen=True, slots=True)
class CorrectedItem:
    """Something of a member that is different now; None: it was not there, or is not."""

    membership_id: UUID
    before: Value
    after: Value


def ledger_lines(before: Checkpoint, after: Checkpoint, held: HeldMeeting) -> list[LedgerLine]:
    """Those who were there, those whose credit changed, and those who are first in line."""
    weights = {member: held.weights.get(member, 1.0) for member in held.present}
    due = shares(weights, len(held.seated))
    members = dict.fromkeys(
        [*due, *sorted({*before.standings, *after.standings}), *sorted(after.first_in_line)]
    )
    lines = []
    for member in members:
        line = LedgerLine(
            membership_id=member,
            credit_before=_credit(before, member),
            share=round(due.get(member, 0.0), TOLD),
            seated=member in held.seated,
            credit_after=_credit(after, member),
            first_in_line=member in after.first_in_line,
        )
        if member in due or line.credit_before != line.credit_after or line.first_in_line:
            lines.append(line)
    return lines


def corrected(stood: Mapping[str, Value], stands: Mapping[str, Value]) -> list[CorrectedItem]:
    """What differs, by membership id in hexadecimal; credits to six decimals."""
    return [
        CorrectedItem(UUID(who), _told(stood.get(who)), _told(stands.get(who)))
        for who in dict.fromkeys([*stood, *stands])
        if _told(stood.get(who)) != _told(stands.get(who))
    ]


def _told(value: Value) -> Value:
    return round(value, TOLD) + 0.0 if isinstance(value, float) else value


def _credit(checkpoint: Checkpoint, member: UUID) -> float:
    return round(checkpoint.standings.get(member, NEWCOMER).credit, TOLD) + 0.0
