"""The life of a meeting: scheduled, live, held; or cancelled, or lapsed."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import Conflict

EARLY_START = timedelta(minutes=30)


class MeetingState(StrEnum):
    """Where a meeting stands."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    HELD = "held"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class MeetingVerb(StrEnum):
    """What can be asked of a meeting."""

    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    START = "start"
    CLOSE = "close"
    RECORD = "record"
    REOPEN = "reopen"
    CORRECT = "correct"


_S, _V = MeetingState, MeetingVerb
_TRANSITIONS: dict[MeetingState, dict[MeetingVerb, MeetingState]] = {
    _S.SCHEDULED: {
        _V.RESCHEDULE: _S.SCHEDULED,
        _V.CANCEL: _S.CANCELLED,
        _V.START: _S.LIVE,
        _V.RECORD: _S.HELD,
    },
    _S.LIVE: {_V.CLOSE: _S.HELD},
    _S.HELD: {_V.REOPEN: _S.LIVE, _V.CORRECT: _S.HELD},
    _S.CANCELLED: {},
    _S.LAPSED: {_V.RECORD: _S.HELD},
}


_OF_REOPENED = {_V.CLOSE: _S.HELD, _V.CORRECT: _S.LIVE}
"""Live once more, but only to be corrected."""


def transition(state: str, verb: MeetingVerb, *, held_before: bool = False) -> MeetingState:
    """The state that `verb` leads to; `held_before`: a live meeting was reopened.

    Raises Conflict `invalid_transition`, whose facts name the state and the verbs it allows.
    """
    reopened = held_before and state == MeetingState.LIVE
    allowed = _OF_REOPENED if reopened else _TRANSITIONS[MeetingState(state)]
    if verb not in allowed:
        raise Conflict(
            f"A meeting that is {state} cannot {verb}.",
            code="invalid_transition",
            facts={"state": str(state), "allowed": [each.value for each in allowed]},
        )
    return allowed[verb]


def check_start(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """A meeting runs from half an hour before its start until its end.

    Raises Conflict `too_early` and `meeting_over`.
    """
    if now < starts_at - EARLY_START:
        raise Conflict(
            "A meeting can be started from 30 minutes before its start on.",
            code="too_early",
            facts={"from": (starts_at - EARLY_START).isoformat()},
        )
    if now >= ends_at:
        raise Conflict(
            "The meeting's time is over: record what happened instead.", code="meeting_over"
        )


def check_record(starts_at: datetime, now: datetime) -> None:
    """Only what has begun can be recorded. Raises Conflict `too_early`."""
    if now < starts_at:
        raise Conflict(
            "The meeting lies ahead: record it once it has taken place.",
            code="too_early",
            facts={"from": starts_at.isoformat()},
        )
