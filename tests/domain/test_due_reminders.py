"""When people are reminded: a table in several zones, and the hours that hold everywhere."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.commitment_history import (
    CommitmentEvent,
    CommitmentEventKind,
    passed_over,
)
from app.domain.due_reminders import (
    Alarms,
    Told,
    alarms,
    day_due,
    due_soon_at,
    is_told,
    waking_after,
    waking_before,
)
from app.domain.dues import Closing, Due, DueAtMeeting, DueOn

MEETING, OTHER, THIRD = (uuid.UUID(int=number) for number in (1, 2, 3))
ZONES = [
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # clocks change at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # around Ramadan
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "UTC",
]


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=dt.UTC)


NOW = utc(1, 12)
# due, start of its meeting, the reminder
REMINDERS: dict[str, tuple[Due, dt.datetime | None, dt.datetime | None]] = {
    "a date: the evening before": (
        DueOn(dt.date(2030, 6, 10), "Europe/London"),
        None,
        utc(9, 19),
    ),
    "a date elsewhere": (DueOn(dt.date(2030, 6, 10), "Asia/Kathmandu"), None, utc(9, 14, 15)),
    "a meeting: a day before": (DueAtMeeting(MEETING, "Europe/London"), utc(10, 18), utc(9, 18)),
    "at night there: the evening before that": (
        DueAtMeeting(MEETING, "Pacific/Kiritimati"),
        utc(10, 18),
        utc(9, 6),
    ),
    "late in the evening": (DueAtMeeting(MEETING, "Europe/London"), utc(10, 20), utc(9, 19)),
    "just before midnight": (DueAtMeeting(MEETING, "UTC"), utc(10, 23, 59), utc(9, 20)),
    "early in the morning": (DueAtMeeting(MEETING, "UTC"), utc(10, 8, 59), utc(8, 20)),
    "on the stroke of nine": (DueAtMeeting(MEETING, "UTC"), utc(10, 9), utc(9, 9)),
    "made too late for it": (DueOn(dt.date(2030, 6, 1), "Europe/London"), None, None),
    "no start known": (DueAtMeeting(MEETING, "UTC"), None, None),
}


@pytest.mark.parametrize(("due", "starts_at", "wanted"), REMINDERS.values(), ids=REMINDERS)
def test_a_reminder_comes_a_day_ahead_at_a_sane_hour(
    due: Due, starts_at: dt.datetime | None, wanted: dt.datetime | None
) -> None:
    assert due_soon_at(due, starts_at=starts_at, now=NOW) == wanted


# due, the reminder: across the nights in which New York's clocks change in 2030, 10 March and
# 3 November; in Santiago they go forward at midnight of 8 September.
CHANGES: dict[str, tuple[Due, str]] = {
    "due on the short day": (DueOn(dt.date(2030, 3, 10), "America/New_York"), "2030-03-10T01:00Z"),
    "due on the day after": (DueOn(dt.date(2030, 3, 11), "America/New_York"), "2030-03-11T00:00Z"),
    "due on the long day": (DueOn(dt.date(2030, 11, 3), "America/New_York"), "2030-11-03T00:00Z"),
    "due after the long day": (
        DueOn(dt.date(2030, 11, 4), "America/New_York"),
        "2030-11-04T01:00Z",
    ),
    "no midnight": (DueOn(dt.date(2030, 9, 7), "America/Santiago"), "2030-09-07T00:00Z"),
    "the day without one": (DueOn(dt.date(2030, 9, 8), "America/Santiago"), "2030-09-08T00:00Z"),
}


@pytest.mark.parametrize(("due", "wanted"), CHANGES.values(), ids=CHANGES)
def test_a_reminder_keeps_its_hour_across_a_change_of_the_clocks(due: DueOn, wanted: str) -> None:
    found = due_soon_at(due, starts_at=None, now=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert found == dt.datetime.fromisoformat(wanted)
    assert found.astimezone(ZoneInfo(due.time_zone)).time() == dt.time(20)


# due, start of its meeting, where the owner lives now, the day
DAYS: dict[str, tuple[Due, dt.datetime | None, str, dt.date | None]] = {
    "a date": (DueOn(dt.date(2030, 6, 10), "UTC"), None, "Asia/Kathmandu", dt.date(2030, 6, 10)),
    "a meeting": (DueAtMeeting(MEETING, "UTC"), utc(10, 8), "UTC", dt.date(2030, 6, 10)),
    "late that day": (DueAtMeeting(MEETING, "UTC"), utc(10, 23), "UTC", dt.date(2030, 6, 10)),
    "the owner has moved": (
        DueAtMeeting(MEETING, "UTC"),
        utc(10, 23),
        "Asia/Kathmandu",
        dt.date(2030, 6, 11),
    ),
    "no start known": (DueAtMeeting(MEETING, "UTC"), None, "UTC", None),
}


@pytest.mark.parametrize(("due", "starts_at", "zone", "day"), DAYS.values(), ids=DAYS)
def test_the_day_that_people_are_reminded_of(
    due: Due, starts_at: dt.datetime | None, zone: str, day: dt.date | None
) -> None:
    assert day_due(due, starts_at=starts_at, time_zone=zone) == day


def test_of_one_date_nobody_is_reminded_twice() -> None:
    first, second = dt.date(2030, 6, 10), dt.date(2030, 6, 12)
    told = [is_told(*each) for each in ((None, None), (None, first), (first, None))]
    assert told == [False] * 3
    assert is_told(first, first)
    assert not is_told(first, second)


@given(
    st.datetimes(dt.datetime(2029, 1, 1), dt.datetime(2031, 1, 1), timezones=st.just(dt.UTC)),
    st.sampled_from(ZONES),
)
@settings(max_examples=200, deadline=None)
def test_nobody_is_woken(instant: dt.datetime, zone: str) -> None:
    before, after = waking_before(instant, zone), waking_after(instant, zone)
    assert before <= instant <= after
    assert after - before < dt.timedelta(hours=14, minutes=1)
    planned, told = (each.astimezone(ZoneInfo(zone)).time() for each in (before, after))
    assert dt.time(9) <= planned <= dt.time(20)
    assert dt.time(9) <= told < dt.time(21)


def test_what_was_planned_for_the_last_minute_may_still_be_told() -> None:
    planned = waking_before(utc(9, 23), "UTC")
    assert planned == utc(9, 20)
    assert waking_after(planned + dt.timedelta(seconds=30), "UTC") == utc(9, 20) + dt.timedelta(
        seconds=30
    )
    assert waking_after(utc(9, 21), "UTC") == utc(10, 9)


CLOSINGS = {MEETING: Closing(dt.date(2030, 6, 10), utc(10, 20))}
A_DATE, AHEAD, CLOSED = (
    DueOn(dt.date(2030, 6, 10), "UTC"),
    DueAtMeeting(OTHER, "UTC"),
    DueAtMeeting(MEETING, "UTC"),
)
REMINDED, TOLD = Told(due_soon=True), Told(overdue=True)
# due, now, what the owner was told of it, the alarms
ALARMS: dict[str, tuple[Due, dt.datetime, Told, Alarms]] = {
    "a date ahead": (A_DATE, NOW, Told(), Alarms(utc(11, 0), False, utc(11, 0), utc(9, 20))),
    "reminded of it": (A_DATE, NOW, REMINDED, Alarms(utc(11, 0), False, utc(11, 0), None)),
    "a date gone by": (A_DATE, utc(11, 0), TOLD, Alarms(utc(11, 0), True, None, None)),
    "and nobody knows": (A_DATE, utc(12, 3), REMINDED, Alarms(utc(11, 0), True, utc(12, 3), None)),
    "a meeting ahead": (AHEAD, NOW, Told(), Alarms(None, False, None, utc(9, 18))),
    "reminded of the meeting": (AHEAD, NOW, REMINDED, Alarms(None, False, None, None)),
    "it has closed": (CLOSED, utc(10, 20), TOLD, Alarms(utc(10, 20), True, None, None)),
}


@pytest.mark.parametrize(("due", "now", "told", "wanted"), ALARMS.values(), ids=ALARMS)
def test_alarms(due: Due, now: dt.datetime, told: Told, wanted: Alarms) -> None:
    assert alarms(due, CLOSINGS, starts_at=utc(10, 18), now=now, told=told) == wanted


def made(due: Due) -> CommitmentEvent:
    return CommitmentEvent(CommitmentEventKind.MADE, NOW, due=due)


def event(kind: CommitmentEventKind, due: Due | None = None) -> CommitmentEvent:
    return CommitmentEvent(kind, NOW, due=due)


def at(meeting: uuid.UUID) -> DueAtMeeting:
    return DueAtMeeting(meeting, "UTC")


MOVED, RENEGOTIATED, KEPT = (
    CommitmentEventKind.MOVED,
    CommitmentEventKind.RENEGOTIATED,
    CommitmentEventKind.KEPT,
)
PASSED_OVER: dict[str, tuple[list[CommitmentEvent], set[uuid.UUID]]] = {
    "nothing": ([made(at(MEETING))], set()),
    "once": ([made(at(MEETING)), event(MOVED, at(OTHER))], {MEETING}),
    "twice": (
        [made(at(MEETING)), event(MOVED, at(OTHER)), event(KEPT), event(MOVED, at(THIRD))],
        {MEETING, OTHER},
    ),
    "promised anew since": (
        [made(at(MEETING)), event(MOVED, at(OTHER)), event(RENEGOTIATED, at(THIRD))],
        set(),
    ),
    "a date that a pause covers is no meeting": (
        [made(DueOn(dt.date(2030, 6, 10), "UTC")), event(MOVED, at(OTHER))],
        set(),
    ),
}


@pytest.mark.parametrize(("history", "wanted"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_meetings_passed_over(history: list[CommitmentEvent], wanted: set[uuid.UUID]) -> None:
    assert passed_over(history) == wanted
