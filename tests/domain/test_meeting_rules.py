"""The life of a meeting, its duties in time, and what may be said of its members."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.agenda import Segment
from app.domain.attendance import (
    AWAY,
    GONE,
    MARKED_AFTER,
    SAID_BEFORE,
    AttendanceStatus,
    Seat,
    arrival,
    check_mark,
    check_seat_of_away,
    not_there,
    owed,
    seat_at_close,
)
from app.domain.errors import Conflict, Invalid
from app.domain.hot_seats import check_interrupted, end_of_unfinished, had_minimum
from app.domain.meeting_states import (
    MeetingState,
    MeetingVerb,
    check_record,
    check_start,
    transition,
)
from app.domain.meeting_times import DutyTimes, at_instant, at_local, duty_times

START = datetime(2099, 6, 4, 18, 30, tzinfo=UTC)
END = START + timedelta(minutes=90)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

ALLOWED = {
    ("scheduled", "reschedule"): "scheduled",
    ("scheduled", "cancel"): "cancelled",
    ("scheduled", "start"): "live",
    ("scheduled", "record"): "held",
    ("live", "close"): "held",
    ("held", "reopen"): "live",
    ("held", "correct"): "held",
    ("lapsed", "record"): "held",
}


@pytest.mark.parametrize("state", list(MeetingState))
@pytest.mark.parametrize("verb", list(MeetingVerb))
def test_the_life_of_a_meeting(state: MeetingState, verb: MeetingVerb) -> None:
    wanted = ALLOWED.get((state.value, verb.value))
    if wanted is not None:
        assert transition(state.value, verb) == wanted
        return
    with pytest.raises(Conflict) as refused:
        transition(state.value, verb)
    assert refused.value.code == "invalid_transition"
    assert set(refused.value.facts["allowed"]) == {v for s, v in ALLOWED if s == state}


@pytest.mark.parametrize("verb", list(MeetingVerb))
def test_a_reopened_meeting_is_corrected_and_closed(verb: MeetingVerb) -> None:
    allowed = {"close": "held", "correct": "live"}
    if verb.value in allowed:
        assert transition("live", verb, held_before=True) == allowed[verb.value]
        return
    with pytest.raises(Conflict) as refused:
        transition("live", verb, held_before=True)
    assert refused.value.facts["allowed"] == [*allowed]


@pytest.mark.parametrize("state", ["scheduled", "held", "cancelled", "lapsed"])
def test_only_what_is_live_is_reopened(state: str) -> None:
    verb = {"lapsed": MeetingVerb.RECORD, "held": MeetingVerb.REOPEN}.get(state, MeetingVerb.START)
    if state != "cancelled":
        assert transition(state, verb, held_before=True) == transition(state, verb)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (START - 31 * HOUR / 60, "too_early"),
        (START - HOUR / 2, None),
        (END - HOUR / 60, None),
        (END, "meeting_over"),
    ],
)
def test_when_a_meeting_starts(now: datetime, code: str | None) -> None:
    if code is None:
        check_start(START, END, now)
        return
    with pytest.raises(Conflict) as refused:
        check_start(START, END, now)
    assert refused.value.code == code


def test_only_what_has_begun_is_recorded() -> None:
    check_record(START, START)
    with pytest.raises(Conflict):
        check_record(START, START - HOUR)


@pytest.mark.parametrize(
    ("state", "now", "duties"),
    [
        ("scheduled", START - 30 * DAY, DutyTimes(START - DAY, END, END + 7 * DAY)),
        ("scheduled", START - HOUR, DutyTimes(None, END, END + 7 * DAY)),
        ("scheduled", END, DutyTimes()),
        ("live", START, DutyTimes(lapse=END + 12 * HOUR)),
        ("live", END + 30 * DAY, DutyTimes(lapse=END + 30 * DAY + 12 * HOUR)),
        ("held", START, DutyTimes()),
        ("cancelled", START - 30 * DAY, DutyTimes()),
        ("lapsed", START - 30 * DAY, DutyTimes()),
    ],
)
def test_duties(state: str, now: datetime, duties: DutyTimes) -> None:
    assert duty_times(state, START, END, now) == duties


def test_times_by_the_clocks_of_a_zone() -> None:
    summer = at_local(datetime(2026, 6, 4, 19, 30), "Europe/London", 90)
    assert summer.starts_at == datetime(2026, 6, 4, 18, 30, tzinfo=UTC)
    assert (summer.ends_at - summer.starts_at, summer.minutes) == (timedelta(minutes=90), 90)
    assert at_instant(summer.starts_at, "Europe/London", 90) == summer
    gap = at_local(datetime(2026, 3, 29, 1, 30), "Europe/London", 60)
    assert gap.local_start == datetime(2026, 3, 29, 2, 30)
    fold = at_local(datetime(2026, 10, 25, 1, 30), "Europe/London", 60)
    assert fold.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "code"),
    [
        (START.replace(second=1), 90, "not_whole_minutes"),
        (START, 14, "invalid_duration"),
        (START, 721, "invalid_duration"),
    ],
)
def test_times_that_no_meeting_has(start: datetime, minutes: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        at_instant(start, "Europe/London", minutes)
    assert refused.value.code == code


@pytest.mark.parametrize("status", list(AttendanceStatus))
@pytest.mark.parametrize(
    ("state", "now", "allowed"),
    [
        ("scheduled", START - HOUR, SAID_BEFORE),
        ("scheduled", START, MARKED_AFTER),
        ("live", START - HOUR / 2, MARKED_AFTER),
        ("live", END + 30 * DAY, MARKED_AFTER),
        ("held", END, frozenset()),
        ("cancelled", START - HOUR, frozenset()),
        ("lapsed", END + 30 * DAY, frozenset()),
    ],
)
def test_what_can_be_said(
    status: AttendanceStatus, state: str, now: datetime, allowed: frozenset[AttendanceStatus]
) -> None:
    if status in allowed:
        check_mark(status, None, state=state, starts_at=START, now=now)
    else:
        kind = Invalid if allowed else Conflict
        with pytest.raises(kind):
            check_mark(status, None, state=state, starts_at=START, now=now)


def test_only_who_is_late_has_minutes() -> None:
    check_mark(AttendanceStatus.LATE, 20, state="live", starts_at=START, now=START)
    with pytest.raises(Invalid) as refused:
        check_mark(AttendanceStatus.PRESENT, 20, state="live", starts_at=START, now=START)
    assert refused.value.code == "not_late"


@pytest.mark.parametrize(
    ("state", "held_before", "gone"),
    [("scheduled", False, AWAY), ("live", False, GONE), ("live", True, AWAY), ("held", True, AWAY)],
)
def test_who_left_early_is_gone_while_the_meeting_runs(
    state: str, gone: frozenset[AttendanceStatus], *, held_before: bool
) -> None:
    assert not_there(state, held_before=held_before) == gone
    assert AttendanceStatus.LEFT_EARLY in GONE - AWAY


@pytest.mark.parametrize("state", ["live", "done"])
@pytest.mark.parametrize("status", list(AttendanceStatus))
def test_who_had_a_hot_seat_was_there(state: str, status: AttendanceStatus) -> None:
    if status not in AWAY:
        check_seat_of_away(status, state)
        return
    with pytest.raises(Conflict) as refused:
        check_seat_of_away(status, state)
    assert (refused.value.code, refused.value.facts) == ("had_hot_seat", {"state": state})


@pytest.mark.parametrize("state", [None, "announced", "skipped", "passed", "interrupted"])
def test_who_had_none_may_be_away(state: str | None) -> None:
    check_seat_of_away(AttendanceStatus.NO_SHOW, state)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-20, (AttendanceStatus.PRESENT, None)),
        (4.9, (AttendanceStatus.PRESENT, None)),
        (5, (AttendanceStatus.LATE, 5)),
        (40.9, (AttendanceStatus.LATE, 40)),
    ],
)
def test_who_comes_after_all(minutes: float, said: tuple[AttendanceStatus, int | None]) -> None:
    assert arrival(START, START + timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("planned", "skipped"),
        ("announced", "skipped"),
        ("done", "done"),
        ("skipped", "skipped"),
        ("passed", "passed"),
        ("interrupted", "interrupted"),
    ],
)
def test_seats_at_the_close(state: str, becomes: str) -> None:
    assert {seat_at_close(state, had_minimum=had) for had in (True, False)} == {becomes}


def test_what_runs_at_the_close_took_place_if_it_was_as_long_as_guaranteed() -> None:
    assert seat_at_close("live", had_minimum=True) == "done"
    assert seat_at_close("live", had_minimum=False) == "interrupted"


SEATS = Segment("seats", "hot_seats", "Hot seats", minutes_each=20, seats=2, minimum_minutes=15)


@pytest.mark.parametrize(
    ("segment", "minutes", "had"),
    [(SEATS, 14.9, False), (SEATS, 15, True), (SEATS, 30, True), (None, 30, False)],
)
def test_interrupted_is_what_was_shorter_than_guaranteed(
    segment: Segment | None, minutes: float, *, had: bool
) -> None:
    lasted = timedelta(minutes=minutes)
    assert had_minimum(segment, lasted) is had
    if not had:
        check_interrupted(segment, lasted)
        return
    with pytest.raises(Conflict) as refused:
        check_interrupted(segment, lasted)
    facts = {"minutes": int(minutes), "guaranteed_minutes": 15}
    assert (refused.value.code, refused.value.facts) == ("minimum_reached", facts)


def test_the_end_of_a_hot_seat_that_nobody_finished() -> None:
    """That of the meeting, unless the hot seat is known to have run for longer."""
    late = END + HOUR / 4
    assert end_of_unfinished(END - HOUR, [], END) == END
    assert end_of_unfinished(late, [], END) == late
    log = [{"phase": "present", "at": START.isoformat()}, {"phase": "x", "at": late.isoformat()}]
    assert end_of_unfinished(START, log, END) == late


def test_who_is_owed_a_seat() -> None:
    states = ["skipped", "interrupted", "done", "passed", "skipped"]
    seats = [Seat(UUID(int=n), state) for n, state in enumerate(states)]
    present = frozenset(UUID(int=n) for n in range(4))
    assert owed(seats, present) == {UUID(int=0), UUID(int=1)}
