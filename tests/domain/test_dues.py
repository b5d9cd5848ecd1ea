"""When a due arrives: midnights of every kind, and meetings that close or do not."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.dues import (
    Closing,
    DueAtMeeting,
    DueOn,
    arrival_day,
    check_promise,
    has_arrived,
    last_day,
    midnight_after,
    overdue_at,
    same_target,
)
from app.domain.errors import Invalid

MEETING, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
SECOND = dt.timedelta(seconds=1)
# Zones whose clocks change at midnight, or by half an hour, or that skipped a whole day.
AWKWARD = [
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "UTC",
]


def utc(*args: int) -> dt.datetime:
    return dt.datetime(*args, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "midnight"),
    [
        ("UTC", dt.date(2024, 2, 29), utc(2024, 3, 1)),
        ("America/New_York", dt.date(2024, 7, 1), utc(2024, 7, 2, 4)),
        ("America/New_York", dt.date(2024, 12, 1), utc(2024, 12, 2, 5)),
        # no 00:00 on the next day: the clocks go from 24:00 to 01:00
        ("America/Santiago", dt.date(2024, 9, 7), utc(2024, 9, 8, 4)),
        ("Africa/Cairo", dt.date(2024, 4, 25), utc(2024, 4, 25, 22)),
        ("Asia/Beirut", dt.date(2024, 3, 30), utc(2024, 3, 30, 22)),
        # the clocks go from 24:00 back to 23:00: the day is an hour longer
        ("America/Santiago", dt.date(2024, 4, 6), utc(2024, 4, 7, 4)),
        ("Africa/Cairo", dt.date(2024, 10, 31), utc(2024, 10, 31, 22)),
        # 00:00 comes twice: the day was over at the first
        ("America/Havana", dt.date(2024, 11, 2), utc(2024, 11, 3, 4)),
        # 30 December 2011 did not exist
        ("Pacific/Apia", dt.date(2011, 12, 29), utc(2011, 12, 30, 10)),
        ("Pacific/Apia", dt.date(2011, 12, 30), utc(2011, 12, 30, 10)),
    ],
)
def test_midnight_after(zone: str, day: dt.date, midnight: dt.datetime) -> None:
    assert midnight_after(day, zone) == midnight
    assert midnight_after(day, zone).tzinfo is dt.UTC


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(AWKWARD),
    first=st.dates(dt.date(2000, 1, 1), dt.date(2037, 1, 1)),
)
def test_midnight_is_the_first_second_past_the_day(zone: str, first: dt.date) -> None:
    for offset in range(200):
        day = first + dt.timedelta(days=offset)
        midnight = midnight_after(day, zone)
        assert midnight.astimezone(ZoneInfo(zone)).date() > day
        assert (midnight - SECOND).astimezone(ZoneInfo(zone)).date() <= day


def test_a_date_arrives_at_its_midnight() -> None:
    due = DueOn(dt.date(2024, 9, 7), "America/Santiago")
    midnight = utc(2024, 9, 8, 4)
    assert overdue_at(due, {}) == midnight
    assert not has_arrived(due, {}, midnight - SECOND)
    assert has_arrived(due, {}, midnight)
    assert last_day(due, {}) == arrival_day(due, {}) == dt.date(2024, 9, 7)


def test_a_meeting_arrives_with_its_close_only() -> None:
    due, closed_at = DueAtMeeting(MEETING, "Asia/Tokyo"), utc(2024, 5, 7, 20, 30)
    assert overdue_at(due, {}) is None
    assert not has_arrived(due, {OTHER: Closing(dt.date(2024, 5, 7), closed_at)}, closed_at)
    closings = {MEETING: Closing(dt.date(2024, 5, 7), closed_at)}
    assert overdue_at(due, closings) == closed_at
    assert not has_arrived(due, closings, closed_at - SECOND)
    assert has_arrived(due, closings, closed_at)
    assert arrival_day(due, closings) == dt.date(2024, 5, 7)
    assert last_day(due, closings) == dt.date(2024, 5, 8)  # already the next day for its owner


@pytest.mark.parametrize(
    ("due", "code"),
    [
        (DueOn(dt.date(2024, 5, 7), "UTC"), None),
        (DueOn(dt.date(2024, 5, 6), "UTC"), "due_in_past"),
        (DueOn(dt.date(2024, 5, 6), "America/Lima"), None),
        (DueOn(dt.date.max, "UTC"), "due_out_of_range"),
        (DueOn(dt.date.min, "UTC"), "due_out_of_range"),
        (DueOn(dt.date(2024, 5, 7), "Europe/Atlantis"), "unknown_time_zone"),
        (DueOn(dt.date(2024, 5, 7), "../etc/passwd"), "unknown_time_zone"),
        (DueOn(dt.date(2024, 5, 7), ""), "unknown_time_zone"),
        (DueAtMeeting(OTHER, "UTC"), None),
        (DueAtMeeting(OTHER, "America"), "unknown_time_zone"),
        (DueAtMeeting(MEETING, "UTC"), "due_in_past"),
    ],
)
def test_check_promise(due: DueOn | DueAtMeeting, code: str | None) -> None:
    now = utc(2024, 5, 7, 2)
    closings = {MEETING: Closing(dt.date(2024, 5, 6), now)}
    if code is None:
        check_promise(due, closings, now)
    else:
        with pytest.raises(Invalid) as refused:
            check_promise(due, closings, now)
        assert refused.value.code == code


def test_same_target_ignores_the_zone() -> None:
    date = DueOn(dt.date(2024, 5, 7), "UTC")
    assert same_target(date, DueOn(dt.date(2024, 5, 7), "Asia/Tokyo"))
    assert not same_target(date, DueOn(dt.date(2024, 5, 8), "UTC"))
    assert same_target(DueAtMeeting(MEETING, "UTC"), DueAtMeeting(MEETING, "Asia/Tokyo"))
    assert not same_target(DueAtMeeting(MEETING, "UTC"), DueAtMeeting(OTHER, "UTC"))
    assert not same_target(date, DueAtMeeting(MEETING, "UTC"))
