"""The life of a group: forming, active and paused by turns, closed for good."""

from enum import StrEnum

from app.domain.errors import Conflict


class GroupState(StrEnum):
    """Where a group stands."""

    FORMING = "forming"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class GroupVerb(StrEnum):
    """What can be asked of a group."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


_TRANSITIONS: dict[GroupState, dict[GroupVerb, GroupState]] = {
    GroupState.FORMING: {
        GroupVerb.ACTIVATE: GroupState.ACTIVE,
        GroupVerb.CLOSE: GroupState.CLOSED,
    },
    GroupState.ACTIVE: {GroupVerb.PAUSE: GroupState.PAUSED, GroupVerb.CLOSE: GroupState.CLOSED},
    GroupState.PAUSED: {GroupVerb.RESUME: GroupState.ACTIVE, GroupVerb.CLOSE: GroupState.CLOSED},
    GroupState.CLOSED: {},
}


def transition(state: GroupState, verb: GroupVerb) -> GroupState:
    """The state that `verb` leads to.

    Raises Conflict `invalid_transition`, whose facts name the state and the verbs it allows.
    Activating has a condition of its own, `membership.check_activation`.
    """
    allowed = _TRANSITIONS[state]
    if verb not in allowed:
        raise Conflict(
            f"A group that is {state} cannot {verb}.",
            code="invalid_transition",
            facts={"state": state.value, "allowed": [each.value for each in allowed]},
        )
    return allowed[verb]
