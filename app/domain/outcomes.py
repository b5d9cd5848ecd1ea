"""What became of each due date of a promise: the counted facts under the accountability figures."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.domain.commitment_history import (
    Commitment,
    CommitmentEventKind,
    History,
    fold,
)
from app.domain.dues import Closings, Due, arrival_day, has_arrived, last_day
from app.domain.wall_clock import local_time


class DueResult(StrEnum):
    """What became of a due date. All but the last two arrived, and count in `kept_rate`."""

    KEPT = "kept"
    KEPT_LATE = "kept_late"
    OVERDUE = "overdue"
    MISSED = "missed"
    RENEGOTIATED_AFTER = "renegotiated_after"
    WITHDRAWN_AFTER = "withdrawn_after"
    RENEGOTIATED_BEFORE = "renegotiated_before"
    WITHDRAWN_BEFORE = "withdrawn_before"


BEFORE_DUE = frozenset({DueResult.RENEGOTIATED_BEFORE, DueResult.WITHDRAWN_BEFORE})
ARRIVED = frozenset(DueResult) - BEFORE_DUE


@dataclass(frozen=True, slots=True)
class DueOutcome:
    """The result of one due date.

    `day` decides which window it falls into: the due date or its meeting's date where it arrived,
    otherwise the date of the renegotiation or withdrawal. `days_late` is how many
    days after the due date the promise was kept, None where it was in time or is not kept.
    """

    result: DueResult
    day: dt.date
    days_late: int | None = None


def outcomes(
    history: History, *, closings: Closings, now: dt.datetime, time_zone: str
) -> Iterator[DueOutcome]:
    """The outcome of each due date of a promise that is decided at `now`, in order.

    A due that the schedule moved has no outcome, nor has one that lies ahead. `time_zone` gives
    the dates of renegotiations and withdrawals.
    """
    commitment = fold(history)
    ending, due = commitment.ending, None
    for event in history:
        if event is ending and event.kind is CommitmentEventKind.WITHDRAWN and due is not None:
            yield _withdrawn(event.at, due, closings, time_zone)
            return
        if event.kind is CommitmentEventKind.RENEGOTIATED and due is not None:
            if has_arrived(due, closings, event.at):
                yield _late(DueResult.RENEGOTIATED_AFTER, due, commitment, closings)
            else:
                day = local_time(event.at, time_zone).date()
                yield DueOutcome(DueResult.RENEGOTIATED_BEFORE, day)
        due = event.due or due
    if has_arrived(commitment.due, closings, now):
        yield _late(_result(commitment, closings), commitment.due, commitment, closings)


def _withdrawn(at: dt.datetime, due: Due, closings: Closings, time_zone: str) -> DueOutcome:
    """`due` is the one that stood at the withdrawal. What the schedule did to it afterwards, when a
    lapsed meeting was recorded after all, takes nothing back from who withdrew in time.
    """
    if has_arrived(due, closings, at):
        return DueOutcome(DueResult.WITHDRAWN_AFTER, arrival_day(due, closings))
    return DueOutcome(DueResult.WITHDRAWN_BEFORE, local_time(at, time_zone).date())


def _result(commitment: Commitment, closings: Closings) -> DueResult:
    if commitment.ending is None:
        return DueResult.OVERDUE
    kept_on = commitment.ending.kept_on
    if kept_on is None:
        return DueResult.MISSED
    in_time = kept_on <= last_day(commitment.due, closings)
    return DueResult.KEPT if in_time else DueResult.KEPT_LATE


def _late(result: DueResult, due: Due, commitment: Commitment, closings: Closings) -> DueOutcome:
    kept_on = None if commitment.ending is None else commitment.ending.kept_on
    late = (kept_on - last_day(due, closings)).days if kept_on is not None else 0
    return DueOutcome(result, arrival_day(due, closings), late if late > 0 else None)
