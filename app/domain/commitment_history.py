"""The history of a promise: an append-only list of events, from which its present state follows.

A history begins with `made` and stands in the order in which it was recorded. Nothing in it is
ever overwritten: a mistake is reopened, and both stay.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.dues import Due, DueAtMeeting


class CommitmentState(StrEnum):
    """Where a promise stands."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class CommitmentEventKind(StrEnum):
    """What can happen to a promise.

    `renegotiated` is the owner's new due. `moved` is the schedule's: the meeting was cancelled or
    lapsed, or a pause covers the date; it counts as nobody's slip. `carried` puts a promise that
    a meeting left overdue before the next one; its due stays what it was.
    """

    MADE = "made"
    RENEGOTIATED = "renegotiated"
    MOVED = "moved"
    CARRIED = "carried"
    KEPT = "kept"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class CommitmentEvent:
    """One thing that happened to a promise, at the instant `at`.

    `due` is the new due of `made`, `renegotiated` and `moved`; `kept_on` the owner's date of
    `kept`; `meeting_id` the meeting that left a `carried` promise overdue; `actor` the person who
    acted, None for the app or the schedule.
    """

    kind: CommitmentEventKind
    at: dt.datetime
    due: Due | None = None
    kept_on: dt.date | None = None
    meeting_id: uuid.UUID | None = None
    reason: str | None = None
    actor: uuid.UUID | None = None


History = Sequence[CommitmentEvent]


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a history amounts to.

    `ending` is the event that ended the promise, None while it is open. `carried_from` are the
    meetings that left it overdue, in order; their number is its carry count.
    """

    state: CommitmentState
    due: Due
    renegotiations: int = 0
    carried_from: tuple[uuid.UUID, ...] = ()
    ending: CommitmentEvent | None = None

    @property
    def carry_count(self) -> int:
        """How many meetings have left the promise overdue."""
        return len(self.carried_from)


def fold(history: History) -> Commitment:
    """The present state of a promise. Raises ValueError for a history without its beginning."""
    if not history or history[0].kind is not CommitmentEventKind.MADE or history[0].due is None:
        raise ValueError("a history begins with made, and a due")
    commitment = Commitment(CommitmentState.OPEN, history[0].due)
    for event in history[1:]:
        commitment = _apply(commitment, event)
    return commitment


def passed_over(history: History) -> frozenset[uuid.UUID]:
    """The meetings at which the owner's latest promise was due until the schedule moved it on.

    When one that had lapsed is recorded as held after all, the due goes back to it.
    """
    over: set[uuid.UUID] = set()
    due: Due | None = None
    for event in history:
        if event.kind in {CommitmentEventKind.MADE, CommitmentEventKind.RENEGOTIATED}:
            over.clear()
        elif event.kind is CommitmentEventKind.MOVED and isinstance(due, DueAtMeeting):
            over.add(due.meeting_id)
        due = event.due or due
    return frozenset(over)


def _apply(commitment: Commitment, event: CommitmentEvent) -> Commitment:
    due = event.due or commitment.due
    match event.kind:
        case CommitmentEventKind.RENEGOTIATED:
            return replace(commitment, due=due, renegotiations=commitment.renegotiations + 1)
        case CommitmentEventKind.MOVED:
            return replace(commitment, due=due)
        case CommitmentEventKind.CARRIED if event.meeting_id is not None:
            return replace(commitment, carried_from=(*commitment.carried_from, event.meeting_id))
        case CommitmentEventKind.KEPT | CommitmentEventKind.MISSED | CommitmentEventKind.WITHDRAWN:
            return replace(commitment, state=CommitmentState(event.kind.value), ending=event)
        case CommitmentEventKind.REOPENED:
            return replace(commitment, state=CommitmentState.OPEN, ending=None)
        case _:
            raise ValueError(f"{event.kind} does not belong here")
