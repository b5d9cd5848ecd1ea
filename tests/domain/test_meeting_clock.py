"""The clock of an evening: pauses, time boxes, phases, and what is said of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict, NotFound
from app.domain.hot_seat_formats import CLASSIC, HOT_SEAT_FORMATS
from app.domain.hot_seat_order import order_after_postponing
from app.domain.meeting_pauses import (
    Pause,
    ended_by,
    is_paused,
    pause,
    paused_between,
    pauses_from,
    pauses_to,
    resume,
)
from app.domain.overrun import project
from app.domain.overrun_proposals import Proposal
from app.domain.overrun_reasons import Reason as Move
from app.domain.overrun_words import time_in_words, word_end, word_move, word_proposal
from app.domain.phase_clock import Span, phase_clocks, phase_spans, seconds_of
from app.domain.quorum import Quorum
from app.domain.slot_verbs import (
    check_not_begun,
    check_running,
    running_beside,
    slot_at,
)
from app.domain.timeline import Slot, SlotProgress

START = datetime(2031, 3, 4, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


# Pauses


def test_a_meeting_is_paused_and_goes_on() -> None:
    first = pause((), at(1))
    assert is_paused(first)
    over = resume(first, at(4))
    assert not is_paused(over)
    twice = pause(over, at(10))
    assert twice == (Pause(at(1), at(4)), Pause(at(10)))
    assert ended_by(twice, at(12)) == (Pause(at(1), at(4)), Pause(at(10), at(12)))
    assert ended_by(over, at(12)) == over
    assert pauses_from(pauses_to(twice)) == twice
    with pytest.raises(Conflict, match="paused"):
        pause(first, at(2))
    with pytest.raises(Conflict, match="not paused"):
        resume(over, at(5))


def test_a_clock_that_went_back_makes_no_negative_pause() -> None:
    assert resume(pause((), at(5)), at(3)) == (Pause(at(5), at(5)),)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 5, 0), (0, 12, 2), (11, 13, 2), (10, 15, 5), (12, 40, 13), (30, 40, 10), (15, 30, 0)],
)
def test_what_of_a_span_the_clock_stood_still(start: float, end: float, expected: int) -> None:
    pauses = (Pause(at(10), at(15)), Pause(at(30)))
    assert paused_between(pauses, at(start), at(end)) == expected * MINUTE


SPANS = st.lists(st.integers(0, 200), min_size=2, max_size=8, unique=True).map(sorted)


@given(SPANS, st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=150, deadline=None)
def test_pauses_of_spans_add_up(marks: list[int], one: int, two: int, three: int) -> None:
    pauses = [Pause(at(a), at(b)) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    first, middle, last = sorted((one, two, three))
    whole = paused_between(pauses, at(first), at(last))
    parts = [paused_between(pauses, at(a), at(b)) for a, b in ((first, middle), (middle, last))]
    assert whole == sum(parts, timedelta(0))
    assert timedelta(0) <= whole <= at(last) - at(first)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 25)), min_size=1, max_size=6),
    SPANS,
)
@settings(max_examples=150, deadline=None)
def test_with_pauses_too_the_reasons_add_up(held: list[tuple[int, int]], marks: list[int]) -> None:
    slots, clock = [], 0
    for position, (waited, length) in enumerate(held, start=1):
        planned = at(10 * (position - 1))
        slot = Slot("s", position, "plenary", None, planned, planned + 10 * MINUTE, 10 * MINUTE)
        slots.append(SlotProgress(slot, at(clock + waited), at(clock + waited + length)))
        clock += waited + length
    pauses = [Pause(at(a), at(b)) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    slots = [
        replace(s, paused=paused_between(pauses, s.actual_start or START, s.actual_end or START))
        for s in slots
    ]
    projection = project(slots, now=at(clock), ends_at=at(60), pauses=pauses)
    for each in projection.slots:
        assert sum(r.seconds for r in each.reasons) == each.moved_by.total_seconds()


# Time boxes


@dataclass
class Box:
    position: int
    kind: str = "round"
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    skipped: bool = False


def test_a_slot_is_found_unless_it_is_a_hot_seat() -> None:
    boxes = [Box(1), Box(2, "hot_seat")]
    assert slot_at(boxes, 1) is boxes[0]
    with pytest.raises(NotFound):
        slot_at(boxes, 3)
    with pytest.raises(Conflict) as refused:
        slot_at(boxes, 2)
    assert refused.value.code == "slot_is_hot_seat"


@pytest.mark.parametrize(
    ("box", "begins", "runs"),
    [
        (Box(1), None, "slot_not_running"),
        (Box(1, skipped=True), "slot_skipped", "slot_not_running"),
        (Box(1, actual_start=START), "slot_begun", None),
        (Box(1, actual_start=START, actual_end=START), "slot_begun", "slot_not_running"),
    ],
)
def test_what_a_slot_allows(box: Box, begins: str | None, runs: str | None) -> None:
    for check, code in ((check_not_begun, begins), (check_running, runs)):
        if code is None:
            check(box)
        else:
            with pytest.raises(Conflict) as refused:
                check(box)
            assert refused.value.code == code


def test_what_runs_makes_way_unless_it_is_a_hot_seat() -> None:
    running, waiting = Box(1, actual_start=START), Box(2)
    assert running_beside([running, waiting], 2) is running
    assert running_beside([running, waiting], 1) is None
    assert running_beside([waiting], 1) is None
    seat = Box(3, "hot_seat", actual_start=START)
    with pytest.raises(Conflict) as refused:
        running_beside([waiting, seat], 2)
    assert refused.value.code == "hot_seat_running"


# The order of hot seats


@dataclass
class Turn:
    membership_id: UUID
    position: int
    state: str = "announced"


@pytest.mark.parametrize(
    ("states", "late", "expected"),
    [
        (["announced"] * 3, 0, [1, 2, 0]),
        (["announced"] * 3, 1, [2, 1]),
        (["announced", "done", "planned"], 0, [2, 0]),
        (["announced", "done", "skipped"], 0, None),
        (["done", "announced"], 1, None),
    ],
)
def test_who_is_late_comes_last(states: list[str], late: int, expected: list[int] | None) -> None:
    turns = [Turn(UUID(int=n), n, state) for n, state in enumerate(states)]
    if expected is None:
        with pytest.raises(Conflict) as refused:
            order_after_postponing(turns, turns[late])
        assert refused.value.code == "last_hot_seat"
    else:
        assert order_after_postponing(turns, turns[late]) == [turns[n] for n in expected]


# Phases


def test_phases_that_are_ahead_lie_where_the_hot_seat_is_projected() -> None:
    clocks = phase_clocks(CLASSIC, Span(at(0), at(18)), Span(at(7), at(25)), {}, (), at(0))
    assert [c.name for c in clocks] == ["present", "clarify", "advise", "commit"]
    assert [c.projected_start for c in clocks] == [at(7), at(11), at(15), at(23)]
    assert [c.warn_at for c in clocks] == [at(10), at(14), at(22), at(24)]
    assert {c.actual_start for c in clocks} == {None}


def test_a_phase_that_runs_over_takes_from_those_to_come() -> None:
    entered = phase_spans([("present", at(0)), ("clarify", at(7))], None)
    clocks = phase_clocks(CLASSIC, Span(at(0), at(18)), Span(at(0), at(18)), entered, (), at(8))
    assert [c.actual_seconds for c in clocks] == [420, 60, None, None]
    # Eleven minutes are left for 4, 8 and 2.
    assert clocks[1].projected_end == at(7) + timedelta(seconds=11 * 60 * 4 // 14)
    assert clocks[3].projected_end == at(18)
    assert clocks[0].warn_at is None


def test_a_pause_within_a_phase_makes_it_longer_not_shorter() -> None:
    entered = phase_spans([("present", at(0))], None)
    pauses = (Pause(at(2), at(7)),)
    clocks = phase_clocks(CLASSIC, Span(at(0), at(18)), Span(at(0), at(23)), entered, pauses, at(8))
    assert clocks[0].actual_seconds == 180
    assert clocks[0].projected_end == at(9)
    assert clocks[0].warn_at == at(8)
    assert clocks[-1].projected_end == at(23)


def test_a_hot_seat_that_is_over_has_no_phases_to_come() -> None:
    entered = phase_spans([("present", at(0)), ("advise", at(5))], at(11))
    clocks = phase_clocks(CLASSIC, Span(at(0), at(18)), Span(at(0), at(11)), entered, (), at(50))
    assert [c.actual_seconds for c in clocks] == [300, None, 360, None]
    assert [c.projected_end for c in clocks] == [at(5), None, at(11), None]
    assert {c.warn_at for c in clocks} == {None}


def test_a_warning_fits_into_its_phase() -> None:
    short = replace(CLASSIC, warning_seconds=150)
    clocks = phase_clocks(short, Span(at(0), at(18)), Span(at(0), at(18)), {}, (), at(0))
    assert [c.warn_at is None for c in clocks] == [False, False, False, True]
    silent = replace(CLASSIC, warning_seconds=0)
    clocks = phase_clocks(silent, Span(at(0), at(18)), Span(at(0), at(18)), {}, (), at(0))
    assert {c.warn_at for c in clocks} == {None}
    off = phase_clocks(CLASSIC, Span(at(0), at(18)), None, {}, (), at(0))
    assert {c.projected_start for c in off} == {None}


@given(
    st.sampled_from(sorted(HOT_SEAT_FORMATS)),
    st.integers(1, 60),
    st.lists(st.integers(0, 20), max_size=4),
    st.integers(0, 30),
)
@settings(max_examples=150, deadline=None)
def test_phases_follow_one_another_up_to_the_projected_end(
    name: str, length: int, lengths: list[int], more: int
) -> None:
    format_ = HOT_SEAT_FORMATS[name]
    log, clock = [], 0
    for phase, minutes in zip(format_.phases, lengths, strict=False):
        log.append((phase.name, at(clock)))
        clock += minutes
    entered = phase_spans(log, None)
    end = max(length, clock + more)
    clocks = phase_clocks(
        format_, Span(at(0), at(length)), Span(at(0), at(end)), entered, (), at(clock)
    )
    assert clocks[-1].projected_end == at(end)
    for before, after in pairwise(clocks):
        assert before.projected_end == after.projected_start
        assert before.planned_end == after.planned_start
    assert seconds_of(None, (), at(0)) is None


# Words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (60, "1 min"), (450, "7 min 30 s"), (-120, "2 min")],
)
def test_time_in_words(seconds: int, words: str) -> None:
    assert time_in_words(seconds) == words


@pytest.mark.parametrize(
    ("move", "text"),
    [
        (Move("waited", 3, 420), "7 min went by before Tea without anything running"),
        (Move("free_time_used", 3, -60), "1 min of free time before Tea made up for it"),
        (Move("paused", 3, 90), "the meeting was paused for 1 min 30 s"),
        (Move("overran", 3, 420), "Tea takes 7 min longer than planned"),
        (Move("shortened", 3, -120), "Tea is to take 2 min less than planned"),
        (Move("finished_early", 3, -30), "Tea was over 30 s early"),
        (Move("skipped", 3, -600), "Tea was left out, which frees 10 min"),
    ],
)
def test_why_something_moved(move: Move, text: str) -> None:
    reason = word_move(move, "Tea")
    assert (reason.code, reason.text) == (move.code, text)
    assert reason.params == {"position": 3, "seconds": move.seconds, "what": "Tea"}


@pytest.mark.parametrize(
    ("code", "named", "enough", "text"),
    [
        (
            "drop_segment",
            ["Tea"],
            True,
            "drop Tea: the meeting ends 5 min earlier, which is enough",
        ),
        (
            "move_to_next_meeting",
            ["Ada"],
            False,
            (
                "move the hot seat of Ada to the next meeting, first in line: the meeting ends "
                "5 min earlier, which alone is not enough"
            ),
        ),
        (
            "move_to_next_meeting",
            ["Ada", "Ben", "Cleo"],
            True,
            (
                "move the hot seats of Ada, Ben and Cleo to the next meeting, first in line: the "
                "meeting ends 5 min earlier, which is enough"
            ),
        ),
    ],
)
def test_what_can_be_decided(code: str, named: list[str], text: str, *, enough: bool) -> None:
    proposal = Proposal(code, (), (), (), MINUTE, 5 * MINUTE, enough=enough)  # type: ignore[arg-type]
    assert word_proposal(proposal, named).text == text


def test_whether_the_end_holds() -> None:
    slot = Slot("s", 1, "plenary", None, at(0), at(20), 20 * MINUTE)
    held = [SlotProgress(slot, at(0))]
    assert word_end(project(held, now=at(25), ends_at=at(30))).code == "end_holds"
    danger = word_end(project(held, now=at(37), ends_at=at(30)))
    assert (danger.code, danger.params["seconds"]) == ("end_in_danger", 420)
    assert "7 min past its end" in danger.text


@pytest.mark.parametrize(
    ("needed", "there", "met"), [(None, 0, None), (4, 3, False), (4, 4, True), (1, 0, False)]
)
def test_a_quorum_is_said_not_enforced(needed: int | None, there: int, *, met: bool | None) -> None:
    quorum = Quorum(needed, there)
    assert quorum.met is met
    assert (quorum.note is None) is (met is not False)
