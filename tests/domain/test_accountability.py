"""Every definition of a figure as a table, and all of them against a recount from history."""

import datetime as dt
import statistics
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.accountability import group_figures
from app.domain.commitment_history import CommitmentEvent, CommitmentEventKind, History
from app.domain.dues import Closing, DueAtMeeting, DueOn
from app.domain.errors import Invalid
from app.domain.figures import (
    AttendanceFact,
    AttendanceMark,
    Figures,
    HotSeatFact,
    Rate,
    Window,
)
from app.domain.outcomes import DueResult
from tests.support.promise_worlds import MEETINGS, START, World, figures_of, recount, worlds

ZONE = "Europe/Berlin"
EVER = Window(None, None, ZONE)
MEETING, LATER_MEETING, CANCELLED = (uuid.UUID(int=number) for number in (1, 2, 3))
# The meetings ended at 20:30 UTC: 10 June is 22:30 in Berlin.
CLOSINGS = {
    MEETING: Closing(dt.date(2030, 6, 10), dt.datetime(2030, 6, 10, 20, 30, tzinfo=dt.UTC)),
    LATER_MEETING: Closing(dt.date(2030, 6, 24), dt.datetime(2030, 6, 24, 20, 30, tzinfo=dt.UTC)),
}


def june(day: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, tzinfo=dt.UTC)


def on(day: int) -> DueOn:
    return DueOn(dt.date(2030, 6, day), ZONE)


def at(meeting: uuid.UUID) -> DueAtMeeting:
    return DueAtMeeting(meeting, ZONE)


def event(kind: str, when: dt.datetime, **more: object) -> CommitmentEvent:
    return CommitmentEvent(CommitmentEventKind(kind), when, **more)  # type: ignore[arg-type]


def made(due: DueOn | DueAtMeeting) -> CommitmentEvent:
    return event("made", june(1), due=due)


def kept(day: int, recorded: dt.datetime | None = None) -> CommitmentEvent:
    return event("kept", recorded or june(day), kept_on=dt.date(2030, 6, day))


def anew(when: dt.datetime, due: DueOn | DueAtMeeting) -> CommitmentEvent:
    return event("renegotiated", when, due=due, reason="later")


def figures(*histories: History, now: dt.datetime | None = None, window: Window = EVER) -> Figures:
    return figures_of(histories, [], [], closings=CLOSINGS, window=window, now=now or june(30, 21))


# history, kept rate, notice, days late, outcomes
CASES = {
    "not due yet": ([made(on(30))], (0, 0), (0, 0), (), []),
    "overdue": ([made(on(29))], (0, 1), (0, 1), (), ["overdue"]),
    "kept in time": ([made(on(20)), kept(11)], (1, 1), (0, 0), (), ["kept"]),
    "kept on the day": ([made(on(20)), kept(20)], (1, 1), (0, 0), (), ["kept"]),
    "kept in time, recorded late": (
        [made(on(20)), kept(20, june(25))],
        (1, 1),
        (0, 0),
        (),
        ["kept"],
    ),
    "kept late": ([made(on(20)), kept(23)], (0, 1), (0, 1), (3,), ["kept_late"]),
    "kept early, not due yet": ([made(on(30)), kept(11)], (0, 0), (0, 0), (), []),
    "missed": ([made(on(20)), event("missed", june(21))], (0, 1), (0, 1), (), ["missed"]),
    "given up before due": (
        [made(on(20)), event("missed", june(5))],
        (0, 1),
        (0, 1),
        (),
        ["missed"],
    ),
    "given up, not due yet": ([made(on(30)), event("missed", june(5))], (0, 0), (0, 0), (), []),
    "renegotiated before, kept": (
        [made(on(10)), anew(june(9), on(20)), kept(20)],
        (1, 1),
        (1, 1),
        (),
        ["renegotiated_before", "kept"],
    ),
    "renegotiated on the day": (
        [made(on(10)), anew(june(10, 21), on(20)), kept(20)],
        (1, 1),
        (1, 1),
        (),
        ["renegotiated_before", "kept"],
    ),
    "renegotiated at midnight": (
        [made(on(10)), anew(june(10, 22), on(20)), kept(20)],
        (1, 2),
        (0, 1),
        (10,),
        ["renegotiated_after", "kept"],
    ),
    "renegotiated before, not due yet": (
        [made(on(10)), anew(june(9), on(30))],
        (0, 0),
        (1, 1),
        (),
        ["renegotiated_before"],
    ),
    "renegotiated after, not due yet": (
        [made(on(10)), anew(june(12), on(30))],
        (0, 1),
        (0, 1),
        (),
        ["renegotiated_after"],
    ),
    "renegotiated before and after": (
        [made(on(10)), anew(june(9), on(15)), anew(june(17), on(20)), kept(22)],
        (0, 2),
        (1, 3),
        (2, 7),
        ["renegotiated_before", "renegotiated_after", "kept_late"],
    ),
    "withdrawn before due": (
        [made(on(20)), event("withdrawn", june(19))],
        (0, 0),
        (0, 0),
        (),
        ["withdrawn_before"],
    ),
    "withdrawn after due": (
        [made(on(10)), event("withdrawn", june(19))],
        (0, 1),
        (0, 1),
        (),
        ["withdrawn_after"],
    ),
    "an unkept due stays when the new one is withdrawn": (
        [made(on(10)), anew(june(12), on(25)), event("withdrawn", june(19))],
        (0, 1),
        (0, 1),
        (),
        ["renegotiated_after", "withdrawn_before"],
    ),
    "reopened: was not kept": (
        [made(on(10)), kept(9), event("reopened", june(11))],
        (0, 1),
        (0, 1),
        (),
        ["overdue"],
    ),
    "reopened: was kept later": (
        [made(on(10)), kept(9), event("reopened", june(11)), kept(12)],
        (0, 1),
        (0, 1),
        (2,),
        ["kept_late"],
    ),
    "reopened: not withdrawn in time after all": (
        [made(on(10)), event("withdrawn", june(9)), event("reopened", june(15))],
        (0, 1),
        (0, 1),
        (),
        ["overdue"],
    ),
    "meeting, kept at it": ([made(at(MEETING)), kept(10)], (1, 1), (0, 0), (), ["kept"]),
    "meeting, kept after it": (
        [made(at(MEETING)), kept(11)],
        (0, 1),
        (0, 1),
        (1,),
        ["kept_late"],
    ),
    "meeting, never closed": ([made(at(CANCELLED))], (0, 0), (0, 0), (), []),
    "meeting cancelled, moved, kept": (
        [made(at(CANCELLED)), event("moved", june(9), due=at(LATER_MEETING)), kept(24)],
        (1, 1),
        (0, 0),
        (),
        ["kept"],
    ),
    "meeting cancelled, moved, not kept": (
        [made(at(CANCELLED)), event("moved", june(9), due=at(LATER_MEETING))],
        (0, 1),
        (0, 1),
        (),
        ["overdue"],
    ),
    "moved, then renegotiated after the close": (
        [
            made(at(CANCELLED)),
            event("moved", june(9), due=at(MEETING)),
            anew(june(12), on(20)),
            kept(20),
        ],
        (1, 2),
        (0, 1),
        (10,),
        ["renegotiated_after", "kept"],
    ),
    "kept early, then the meeting was cancelled": (
        [made(at(CANCELLED)), kept(5), event("moved", june(9), due=at(LATER_MEETING))],
        (1, 1),
        (0, 0),
        (),
        ["kept"],
    ),
    "renegotiated before the close": (
        [made(at(MEETING)), anew(june(10, 20), at(LATER_MEETING)), kept(24)],
        (1, 1),
        (1, 1),
        (),
        ["renegotiated_before", "kept"],
    ),
    "renegotiated after the close": (
        [made(at(MEETING)), anew(june(10, 21), at(LATER_MEETING)), kept(24)],
        (1, 2),
        (0, 1),
        (14,),
        ["renegotiated_after", "kept"],
    ),
    "lapsed, moved, recorded after all, moved back": (
        [
            made(at(MEETING)),
            event("moved", june(13), due=at(LATER_MEETING)),
            event("moved", june(14), due=at(MEETING)),
        ],
        (0, 1),
        (0, 1),
        (),
        ["overdue"],
    ),
    "withdrawn in time, then the lapsed meeting was recorded after all": (
        [
            made(at(MEETING)),
            event("moved", june(12), due=at(LATER_MEETING)),
            event("withdrawn", june(13)),
            event("moved", june(14), due=at(MEETING)),
        ],
        (0, 0),
        (0, 0),
        (),
        ["withdrawn_before"],
    ),
    "carried twice, still the one due": (
        [
            made(on(9)),
            event("carried", june(10, 21), meeting_id=MEETING),
            event("carried", june(24, 21), meeting_id=LATER_MEETING),
        ],
        (0, 1),
        (0, 1),
        (),
        ["overdue"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_definitions(case: str) -> None:
    history, kept_rate, notice, days_late, results = CASES[case]
    found = figures(history)
    assert found.kept_rate == Rate(*kept_rate)
    assert found.on_time_notice == Rate(*notice)
    assert found.days_late == days_late
    assert {each: number for each, number in found.dues.items() if number} == {
        DueResult(each): 1 for each in results
    }


def test_the_due_date_itself_is_the_owners_until_midnight() -> None:
    for_tokyo = [event("made", june(1), due=DueOn(dt.date(2030, 6, 10), "Asia/Tokyo"))]
    assert figures(for_tokyo, now=june(10, 14)).kept_rate.n == 0
    assert figures(for_tokyo, now=june(10, 15)).kept_rate.n == 1


def test_a_meeting_late_at_night_is_kept_on_the_owners_date() -> None:
    """20:30 UTC on 10 June is 11 June in Tokyo, where the promise was kept that morning."""
    tokyo = [event("made", june(1), due=DueAtMeeting(MEETING, "Asia/Tokyo")), kept(11)]
    found = figures(tokyo, window=Window(dt.date(2030, 6, 10), dt.date(2030, 6, 10), ZONE))
    assert found.kept_rate == Rate(1, 1)


@pytest.mark.parametrize(
    ("rate", "value"),
    [(Rate(0, 0), None), (Rate(0, 3), 0.0), (Rate(3, 3), 1.0), (Rate(1, 4), 0.25)],
)
def test_a_rate_without_a_case_is_none(rate: Rate, value: float | None) -> None:
    assert rate.value == value
    assert rate.n == rate.denominator


@pytest.mark.parametrize(
    ("late", "median"), [((), None), ((3,), 3.0), ((1, 2), 1.5), ((1, 9, 2), 2.0)]
)
def test_median_days_late(late: tuple[int, ...], median: float | None) -> None:
    assert figures(*([made(on(10)), kept(10 + days)] for days in late)).median_days_late == median


@pytest.mark.parametrize(
    ("since", "until", "arrived", "notices", "withdrawn", "carries"),
    [
        (None, None, 2, 1, 1, 1),
        (10, 10, 1, 0, 0, 1),
        (11, None, 1, 1, 1, 0),
        (None, 9, 0, 0, 0, 0),
        (12, 12, 0, 1, 0, 0),
        (13, 13, 0, 0, 1, 0),
        (20, 20, 1, 0, 0, 0),
    ],
)
def test_windows_take_dues_by_due_date_and_the_rest_by_its_own(  # a column each
    since: int | None,
    until: int | None,
    arrived: int,
    notices: int,
    withdrawn: int,
    carries: int,
) -> None:
    first, last = (each and dt.date(2030, 6, each) for each in (since, until))
    window = Window(first or None, last or None, ZONE)
    found = figures(
        [made(at(MEETING)), event("carried", june(11), meeting_id=MEETING)],
        # 22:30 UTC on 11 June is 12 June in Berlin
        [made(on(18)), anew(june(11, 22), on(20))],
        [made(on(18)), event("withdrawn", june(12, 22))],
        window=window,
    )
    assert found.kept_rate.n == arrived
    assert found.dues[DueResult.RENEGOTIATED_BEFORE] == notices
    assert found.dues[DueResult.WITHDRAWN_BEFORE] == withdrawn
    assert found.carries == carries


def test_a_carry_from_a_meeting_that_was_reopened_does_not_count() -> None:
    assert figures([made(on(9)), event("carried", june(11), meeting_id=CANCELLED)]).carries == 0


def test_a_window_ends_after_it_begins() -> None:
    assert dt.date(2030, 6, 1) in Window(dt.date(2030, 6, 1), dt.date(2030, 6, 1), ZONE)
    with pytest.raises(Invalid) as refused:
        Window(dt.date(2030, 6, 2), dt.date(2030, 6, 1), ZONE)
    assert (refused.value.code, refused.value.pointer) == ("window_reversed", "/until")


def attended(mark: str, *, expected: bool = True, presumed: bool = False) -> AttendanceFact:
    return AttendanceFact(dt.date(2030, 6, 10), AttendanceMark(mark), expected, presumed)


@pytest.mark.parametrize(
    ("facts", "rate", "presumed", "came_on_leave"),
    [
        ([], (0, 0), 0, 0),
        ([attended("present")], (1, 1), 0, 0),
        ([attended("late"), attended("left_early")], (2, 2), 0, 0),
        ([attended("absent"), attended("no_show")], (0, 2), 0, 0),
        ([attended("present", presumed=True), attended("absent")], (1, 2), 1, 0),
        ([attended("absent", expected=False)], (0, 0), 0, 0),
        ([attended("present", expected=False), attended("present")], (1, 1), 0, 1),
        ([attended("present", expected=False, presumed=True)], (0, 0), 0, 1),
    ],
)
def test_attendance(
    facts: list[AttendanceFact], rate: tuple[int, int], presumed: int, came_on_leave: int
) -> None:
    found = figures_of([], facts, [], closings={}, window=EVER, now=june(30))
    assert found.attendance_rate == Rate(*rate)
    assert (found.presumed, found.came_on_leave) == (presumed, came_on_leave)
    assert found.attendance[AttendanceMark.ABSENT] == sum(
        fact.expected and fact.mark == "absent" for fact in facts
    )


def test_hot_seats_against_fair_share() -> None:
    seats = [HotSeatFact(dt.date(2030, 6, day), day % 2, 0.25) for day in (9, 10, 11, 12)]
    window = Window(dt.date(2030, 6, 10), None, ZONE)
    one = figures_of([], [], seats, closings={}, window=window, now=june(30))
    assert (one.hot_seats, one.fair_share, one.shared_at) == (1, 0.75, 3)
    assert one.largest_gap == 0.25
    other = figures_of([], [], seats, closings={}, window=EVER, now=june(30))
    both = group_figures([one, other])
    assert (both.hot_seats, both.fair_share, both.shared_at) == (3, 1.75, 7)
    assert both.largest_gap == 1.0
    nothing = HotSeatFact(dt.date(2030, 6, 13), 0, 0.0)
    none = figures_of([], [], [nothing], closings={}, window=EVER, now=june(30))
    assert none.shared_at == 0, "a meeting without a hot seat shares none"


def test_a_group_without_members_has_no_rates() -> None:
    nobody = group_figures([])
    assert nobody == figures_of([], [], [], closings={}, window=EVER, now=june(30))
    rates = [nobody.kept_rate, nobody.on_time_notice, nobody.attendance_rate]
    assert [rate.value for rate in rates] == [None] * 3
    assert nobody.median_days_late is None


def test_a_group_sums_cases_and_averages_nothing() -> None:
    reliable = figures(*[[made(on(10)), kept(10)]] * 9)
    unlucky = figures([made(on(10)), kept(14)])
    group = group_figures([reliable, unlucky])
    assert group.kept_rate == Rate(9, 10)
    assert group.median_days_late == 4.0


offsets = st.none() | st.integers(0, 80)
attendance_facts = st.builds(
    AttendanceFact,
    st.integers(0, 80).map(lambda offset: (START + dt.timedelta(days=offset)).date()),
    st.sampled_from(AttendanceMark),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(
    world=worlds(),
    since=offsets,
    until=offsets,
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Pacific/Auckland"]),
    facts=st.lists(attendance_facts, max_size=8),
)
def test_figures_equal_a_recount(
    world: World,
    since: int | None,
    until: int | None,
    zone: str,
    facts: list[AttendanceFact],
) -> None:
    if since is not None and until is not None:
        since, until = sorted((since, until))
    first, last = (
        None if each is None else (START + dt.timedelta(days=each)).date()
        for each in (since, until)
    )
    window = Window(first, last, zone)
    found = figures_of(
        world.histories, facts, [], closings=world.closings, window=window, now=world.now
    )

    def inside(day: dt.date) -> bool:
        return (first or dt.date.min) <= day <= (last or dt.date.max)

    recounted = [
        (result, late)
        for history in world.histories
        for result, day, late in recount(history, world, zone)
        if inside(day)
    ]
    results = [result for result, _ in recounted]
    before = ["renegotiated_before", "withdrawn_before"]
    arrived = [result for result in results if result not in before]
    slips = [r for r in results if r not in ("kept", "withdrawn_before")]
    lates = [late for _, late in recounted if late]
    assert {each.value: n for each, n in found.dues.items()} == {
        each.value: results.count(each.value) for each in DueResult
    }
    assert found.kept_rate == Rate(arrived.count("kept"), len(arrived))
    assert found.on_time_notice == Rate(slips.count("renegotiated_before"), len(slips))
    assert found.median_days_late == (statistics.median(lates) if lates else None)
    assert len(found.days_late) == len(lates)
    expected = [fact for fact in facts if fact.expected and inside(fact.day)]
    came = [fact for fact in expected if fact.mark.value in ("present", "late", "left_early")]
    assert found.attendance_rate == Rate(len(came), len(expected))
    days = {meeting: closing.day for meeting, closing in world.closings.items()}
    carries = [e for history in world.histories for e in history if e.kind == "carried"]
    assert found.carries == sum(inside(days[e.meeting_id]) for e in carries if e.meeting_id)


@settings(max_examples=50, deadline=None)
@given(world=worlds(promises=4))
def test_a_group_is_the_sum_of_its_members(world: World) -> None:
    def of(histories: list[list[CommitmentEvent]]) -> Figures:
        return figures_of(histories, [], [], closings=world.closings, window=EVER, now=world.now)

    assert group_figures(of([each]) for each in world.histories) == of(world.histories)


@settings(max_examples=100, deadline=None)
@given(world=worlds())
def test_an_abandoned_promise_never_vanishes(world: World) -> None:
    """Once everything is over, each promise counts, unless it was withdrawn before its due."""
    for number, meeting in enumerate(MEETINGS):
        end = START + dt.timedelta(days=7 * (number + 1))
        world.closings.setdefault(meeting, Closing(end.date(), end))
    now = START + dt.timedelta(days=400)
    for history in world.histories:
        found = figures_of([history], [], [], closings=world.closings, window=EVER, now=now)
        withdrawn = found.dues[DueResult.WITHDRAWN_BEFORE]
        assert found.kept_rate.denominator + withdrawn >= 1
        asked = 1 + sum(each.kind == "renegotiated" for each in history)
        assert sum(found.dues.values()) == asked
