"""The states of a group: the whole table, allowed and refused."""

import pytest

from app.domain.errors import Conflict
from app.domain.group_states import GroupState, GroupVerb, transition

TABLE = {
    "forming": {"activate": "active", "close": "closed"},
    "active": {"pause": "paused", "close": "closed"},
    "paused": {"resume": "active", "close": "closed"},
    "closed": {},
}


@pytest.mark.parametrize("state", GroupState)
@pytest.mark.parametrize("verb", GroupVerb)
def test_transitions(state: GroupState, verb: GroupVerb) -> None:
    allowed = TABLE[state.value]
    if verb.value in allowed:
        assert transition(state, verb) == GroupState(allowed[verb.value])
    else:
        with pytest.raises(Conflict) as refused:
            transition(state, verb)
        assert refused.value.code == "invalid_transition"
        assert refused.value.facts == {"state": state.value, "allowed": list(allowed)}
