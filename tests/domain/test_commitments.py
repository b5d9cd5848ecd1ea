"""The life of a promise: every verb in every state, what it demands, and what history keeps."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from app.domain import commitments
from app.domain.commitment_history import (
    CommitmentEvent,
    CommitmentEventKind,
    CommitmentState,
    History,
    fold,
)
from app.domain.dues import Closing, DueAtMeeting, DueOn, same_target
from app.domain.errors import Conflict, Invalid
from tests.support.promise_worlds import World, worlds

OWNER, MEETING, NEXT = (uuid.UUID(int=number) for number in (7, 1, 2))
NOW = dt.datetime(2030, 6, 5, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
FIRST = DueOn(dt.date(2030, 6, 10), "Europe/Berlin")
SECOND = DueOn(dt.date(2030, 6, 20), "Europe/Berlin")
AT_MEETING, AT_NEXT = DueAtMeeting(MEETING, "Europe/Berlin"), DueAtMeeting(NEXT, "Europe/Berlin")
CLOSED = {MEETING: Closing(dt.date(2030, 6, 4), NOW - dt.timedelta(days=1))}
MADE = CommitmentEvent(CommitmentEventKind.MADE, NOW - dt.timedelta(days=3), due=FIRST)

VERBS: dict[str, Callable[[History], CommitmentEvent]] = {
    "keep": lambda h: commitments.keep(h, kept_on=TODAY, today=TODAY, at=NOW, actor=OWNER),
    "miss": lambda h: commitments.miss(h, at=NOW, actor=OWNER, reason="ill"),
    "withdraw": lambda h: commitments.withdraw(h, reason="moot", at=NOW, actor=OWNER),
    "renegotiate": lambda h: commitments.renegotiate(
        h, due=SECOND, reason="ill", closings={}, at=NOW, actor=OWNER
    ),
    "reopen": lambda h: commitments.reopen(h, at=NOW, actor=OWNER, reason="typing error"),
}
LEADS_TO = {
    "keep": "kept",
    "miss": "missed",
    "withdraw": "withdrawn",
    "renegotiate": "open",
    "reopen": "open",
}
HISTORIES = {
    "open": [MADE],
    "kept": [MADE, VERBS["keep"]([MADE])],
    "missed": [MADE, VERBS["miss"]([MADE])],
    "withdrawn": [MADE, VERBS["withdraw"]([MADE])],
}


def event(kind: str, **more: object) -> CommitmentEvent:
    return CommitmentEvent(CommitmentEventKind(kind), NOW, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", HISTORIES)
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_in_every_state(state: str, verb: str) -> None:
    history = HISTORIES[state]
    assert fold(history).state == state
    allowed = ["reopen"] if state != "open" else [each for each in VERBS if each != "reopen"]
    if verb in allowed:
        assert fold([*history, VERBS[verb](history)]).state == LEADS_TO[verb]
    else:
        with pytest.raises(Conflict) as refused:
            VERBS[verb](history)
        assert refused.value.code == "invalid_transition"
        assert refused.value.facts == {"state": state, "allowed": allowed}


def test_events_say_who_when_and_why() -> None:
    assert VERBS["keep"]([MADE]) == event("kept", kept_on=TODAY, actor=OWNER)
    assert VERBS["miss"]([MADE]) == event("missed", reason="ill", actor=OWNER)
    assert VERBS["withdraw"]([MADE]) == event("withdrawn", reason="moot", actor=OWNER)
    assert VERBS["reopen"](HISTORIES["kept"]) == event(
        "reopened", reason="typing error", actor=OWNER
    )
    assert VERBS["renegotiate"]([MADE]) == event(
        "renegotiated", due=SECOND, reason="ill", actor=OWNER
    )
    assert commitments.make(FIRST, closings={}, at=NOW, actor=OWNER) == event(
        "made", due=FIRST, actor=OWNER
    )


def test_making_checks_the_due() -> None:
    with pytest.raises(Invalid) as refused:
        commitments.make(AT_MEETING, closings=CLOSED, at=NOW, actor=None)
    assert refused.value.code == "due_in_past"
    before = NOW - dt.timedelta(days=2)  # recorded afterwards, promised while it lay ahead
    assert commitments.make(AT_MEETING, closings=CLOSED, at=before, actor=None).at == before


@pytest.mark.parametrize(
    ("kept_on", "code"),
    [
        (dt.date(2030, 6, 5), None),
        (dt.date(2030, 6, 6), "kept_on_in_future"),
        (dt.date(2030, 6, 2), None),
        (dt.date(2030, 6, 1), None),  # still the owner's date, west of Greenwich
        (dt.date(2030, 5, 31), "kept_before_made"),
    ],
)
def test_kept_on_lies_between_the_promise_and_today(kept_on: dt.date, code: str | None) -> None:
    def keep() -> CommitmentEvent:
        return commitments.keep([MADE], kept_on=kept_on, today=TODAY, at=NOW, actor=None)

    if code is None:
        assert keep().kept_on == kept_on
    else:
        with pytest.raises(Invalid) as refused:
            keep()
        assert (refused.value.code, refused.value.pointer) == (code, "/kept_on")


@pytest.mark.parametrize(
    ("due", "reason", "code"),
    [
        (SECOND, "ill", None),
        (AT_NEXT, "ill", None),
        (SECOND, " \n", "reason_required"),
        (FIRST, "ill", "same_due"),
        (DueOn(FIRST.day, "Asia/Tokyo"), "ill", "same_due"),
        (DueOn(dt.date(2030, 6, 4), "Europe/Berlin"), "ill", "due_in_past"),
        (AT_MEETING, "ill", "due_in_past"),
        (DueOn(SECOND.day, "Mars/Olympus"), "ill", "unknown_time_zone"),
    ],
)
def test_renegotiating(due: DueOn | DueAtMeeting, reason: str, code: str | None) -> None:
    def renegotiate() -> CommitmentEvent:
        return commitments.renegotiate(
            [MADE], due=due, reason=reason, closings=CLOSED, at=NOW, actor=OWNER
        )

    if code is None:
        after = fold([MADE, renegotiate()])
        assert (after.due, after.renegotiations) == (due, 1)
    else:
        with pytest.raises(Invalid) as refused:
            renegotiate()
        assert refused.value.code == code


def test_withdrawing_takes_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        commitments.withdraw([MADE], reason="", at=NOW, actor=None)
    assert (refused.value.code, refused.value.pointer) == ("reason_required", "/reason")


def test_a_promise_is_kept_after_its_due_too() -> None:
    late = FIRST.day + dt.timedelta(days=3)
    after = NOW + dt.timedelta(days=9)
    kept = commitments.keep([MADE], kept_on=late, today=after.date(), at=after, actor=None)
    assert fold([MADE, kept]).ending == kept


@pytest.mark.parametrize("state", HISTORIES)
def test_the_schedule_moves_what_has_not_arrived_in_any_state(state: str) -> None:
    history = HISTORIES[state]
    moved = commitments.move(history, due=AT_NEXT, closings={}, at=NOW, reason="cancelled")
    assert moved == event("moved", due=AT_NEXT, reason="cancelled")
    after = fold([*history, moved])
    assert (after.due, after.state, after.renegotiations) == (AT_NEXT, state, 0)


def test_the_schedule_cannot_move_what_has_arrived() -> None:
    history = [event("made", due=AT_MEETING)]
    commitments.move(history, due=AT_NEXT, closings={}, at=NOW)
    with pytest.raises(Conflict) as refused:
        commitments.move(history, due=AT_NEXT, closings=CLOSED, at=NOW)
    assert refused.value.code == "due_arrived"


def test_carrying_counts_meetings_and_leaves_the_due() -> None:
    history = [event("made", due=AT_MEETING)]
    with pytest.raises(Conflict) as early:
        commitments.carry(history, meeting_id=MEETING, closings={}, at=NOW)
    assert early.value.code == "not_overdue"
    for meeting in (MEETING, NEXT):
        history.append(commitments.carry(history, meeting_id=meeting, closings=CLOSED, at=NOW))
    after = fold(history)
    assert (after.carried_from, after.carry_count) == ((MEETING, NEXT), 2)
    assert (after.due, after.renegotiations) == (AT_MEETING, 0)
    with pytest.raises(Conflict) as again:
        commitments.carry(history, meeting_id=MEETING, closings=CLOSED, at=NOW)
    assert again.value.code == "already_carried"


def test_a_kept_promise_is_not_carried() -> None:
    history = [event("made", due=AT_MEETING), VERBS["keep"]([MADE])]
    with pytest.raises(Conflict) as refused:
        commitments.carry(history, meeting_id=MEETING, closings=CLOSED, at=NOW)
    assert refused.value.code == "not_overdue"


@pytest.mark.parametrize(
    "history",
    [[], [event("kept")], [event("made")], [MADE, MADE], [MADE, event("carried")]],
)
def test_a_broken_history_has_no_state(history: History) -> None:
    with pytest.raises(ValueError, match=r"begins with made|does not belong"):
        fold(history)


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_the_fold_agrees_with_a_plain_reading(world: World) -> None:
    for history in world.histories:
        kinds = [each.kind.value for each in history]
        folded = fold(history)
        assert folded == fold(tuple(history))
        deciding = [kind for kind in kinds if kind in {"kept", "missed", "withdrawn", "reopened"}]
        last = deciding[-1] if deciding else "reopened"
        assert folded.state == ("open" if last == "reopened" else last)
        assert (folded.ending is None) == (folded.state is CommitmentState.OPEN)
        assert folded.due == [each.due for each in history if each.due][-1]
        assert folded.renegotiations == kinds.count("renegotiated")
        assert folded.carry_count == kinds.count("carried")
        assert len(set(folded.carried_from)) == folded.carry_count


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_every_step_of_a_life_was_allowed(world: World) -> None:
    for history in world.histories:
        for number, step in enumerate(history[1:], start=1):
            before, kind = fold(history[:number]), step.kind.value
            assert step.at >= history[number - 1].at
            assert (before.state == "open") == (kind != "reopened") or kind == "moved"
            assert step.reason or kind not in {"withdrawn", "renegotiated"}
            assert (step.due is not None) == (kind in {"renegotiated", "moved"})
            assert step.due is None or not same_target(step.due, before.due)


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_any_life_can_go_on_only_as_its_state_allows(world: World) -> None:
    for history in world.histories:
        state, stood = fold(history).state, tuple(history)
        for verb, attempt in VERBS.items():
            if (verb == "reopen") == (state == "open"):
                with pytest.raises(Conflict) as refused:
                    attempt(history)
                assert refused.value.code == "invalid_transition"
            else:
                assert fold([*history, attempt(history)]).state == LEADS_TO[verb]
        assert tuple(history) == stood, "what was recorded stays"
