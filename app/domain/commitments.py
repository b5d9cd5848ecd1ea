"""What can be done to a promise: each verb takes its history and returns the event to append.

    open -> kept | missed | withdrawn -> (reopen) -> open

A verb that the present state does not allow raises Conflict `invalid_transition`, whose facts name
the state and the verbs it allows.
"""

import datetime as dt
import uuid

from app.domain.commitment_history import (
    CommitmentEvent,
    CommitmentEventKind,
    CommitmentState,
    History,
    fold,
)
from app.domain.dues import Closings, Due, check_promise, has_arrived, pointer_to, same_target
from app.domain.errors import Conflict, Invalid

_VERBS = {
    CommitmentState.OPEN: ("keep", "miss", "withdraw", "renegotiate"),
    CommitmentState.KEPT: ("reopen",),
    CommitmentState.MISSED: ("reopen",),
    CommitmentState.WITHDRAWN: ("reopen",),
}


def make(
    due: Due, *, closings: Closings, at: dt.datetime, actor: uuid.UUID | None
) -> CommitmentEvent:
    """The beginning of a promise. Raises what `dues.check_promise` raises.

    For a promise from before its recording, `at` is the instant at which it was made.
    """
    check_promise(due, closings, at)
    return CommitmentEvent(CommitmentEventKind.MADE, at, due=due, actor=actor)


def keep(
    history: History,
    *,
    kept_on: dt.date,
    today: dt.date,
    at: dt.datetime,
    actor: uuid.UUID | None,
) -> CommitmentEvent:
    """The promise was kept on `kept_on`, before its due or after; figures use that date.

    `today` is the date in the owner's zone. Raises Invalid `kept_on_in_future`, `kept_before_made`.
    """
    _demand(history, "keep")
    if kept_on > today:
        raise Invalid(
            "A promise is marked as kept once it is: kept_on is today at the latest.",
            code="kept_on_in_future",
            pointer="/kept_on",
        )
    # The instant's date in UTC can be a day ahead of the owner's.
    if kept_on < history[0].at.astimezone(dt.UTC).date() - dt.timedelta(days=1):
        raise Invalid(
            "A promise cannot have been kept before it was made: check kept_on.",
            code="kept_before_made",
            pointer="/kept_on",
        )
    return CommitmentEvent(CommitmentEventKind.KEPT, at, kept_on=kept_on, actor=actor)


def miss(
    history: History, *, at: dt.datetime, actor: uuid.UUID | None, reason: str | None = None
) -> CommitmentEvent:
    """The promise will not be kept any more."""
    _demand(history, "miss")
    return CommitmentEvent(CommitmentEventKind.MISSED, at, reason=reason, actor=actor)


def withdraw(
    history: History, *, reason: str, at: dt.datetime, actor: uuid.UUID | None
) -> CommitmentEvent:
    """The promise is taken back. Raises Invalid `reason_required`.

    Before its due it leaves the figures; after it the due date that arrived stays in.
    """
    _demand(history, "withdraw")
    _demand_reason(reason)
    return CommitmentEvent(CommitmentEventKind.WITHDRAWN, at, reason=reason, actor=actor)


def renegotiate(
    history: History,
    *,
    due: Due,
    reason: str,
    closings: Closings,
    at: dt.datetime,
    actor: uuid.UUID | None,
) -> CommitmentEvent:
    """The owner promises another due, before the old one or after it.

    Raises Invalid `reason_required`, `same_due`, and what `dues.check_promise` raises: the new due
    lies ahead.
    """
    _demand(history, "renegotiate")
    _demand_reason(reason)
    if same_target(due, fold(history).due):
        raise Invalid(
            "The promise is due then already: name another date or meeting.",
            code="same_due",
            pointer=pointer_to(due),
        )
    check_promise(due, closings, at)
    return CommitmentEvent(
        CommitmentEventKind.RENEGOTIATED, at, due=due, reason=reason, actor=actor
    )


def reopen(
    history: History, *, at: dt.datetime, actor: uuid.UUID | None, reason: str | None = None
) -> CommitmentEvent:
    """The ending was a mistake: figures take it as not said."""
    _demand(history, "reopen")
    return CommitmentEvent(CommitmentEventKind.REOPENED, at, reason=reason, actor=actor)


def move(
    history: History,
    *,
    due: Due,
    closings: Closings,
    at: dt.datetime,
    reason: str | None = None,
) -> CommitmentEvent:
    """The schedule passes the due on: to the next meeting when the meeting is cancelled or lapses.

    An ended promise moves too, so that one kept early still counts when its due arrives. Raises
    Conflict `due_arrived`: what has arrived counts, and only its owner can promise anew.
    """
    if has_arrived(fold(history).due, closings, at):
        raise Conflict(
            "This due date has arrived and counts: renegotiate the commitment instead.",
            code="due_arrived",
        )
    return CommitmentEvent(CommitmentEventKind.MOVED, at, due=due, reason=reason)


def carry(
    history: History, *, meeting_id: uuid.UUID, closings: Closings, at: dt.datetime
) -> CommitmentEvent:
    """The meeting `meeting_id` closed and left the promise overdue: it is put before the next one.

    Raises Conflict `not_overdue`, or `already_carried` from this meeting (which a meeting that was
    reopened and closed again asks for a second time).
    """
    commitment = fold(history)
    is_open = commitment.state is CommitmentState.OPEN
    if not is_open or not has_arrived(commitment.due, closings, at):
        raise Conflict("The commitment is not overdue: nothing to carry.", code="not_overdue")
    if meeting_id in commitment.carried_from:
        raise Conflict(
            "The commitment was carried over from this meeting already.", code="already_carried"
        )
    return CommitmentEvent(CommitmentEventKind.CARRIED, at, meeting_id=meeting_id)


def _demand(history: History, verb: str) -> None:
    state = fold(history).state
    allowed = _VERBS[state]
    if verb not in allowed:
        raise Conflict(
            f"A commitment that is {state} cannot {verb}.",
            code="invalid_transition",
            facts={"state": state.value, "allowed": list(allowed)},
        )


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why, in a few words.", code="reason_required", pointer="/reason")
