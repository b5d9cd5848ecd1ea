"""A cadence on everybody's clocks: hours that move, nights, marks of the clocks' rules."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cadence_preview import MemberZone, Night, night_minutes, preview_cadence
from app.domain.local_shifts import shifted_minutes
from app.domain.recurrence import Cadence

NIGHT = Night()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SHIFTS = [
    # previous, start, the group's zone, one's own, minutes later
    ("2026-10-22T18:30", "2026-10-29T19:30", "Europe/London", "America/New_York", 60),
    ("2026-10-29T19:30", "2026-11-05T19:30", "Europe/London", "America/New_York", -60),
    ("2026-10-22T18:30", "2026-11-05T19:30", "Europe/London", "America/New_York", 0),
    ("2026-10-22T18:30", "2026-10-29T19:30", "Europe/London", "Europe/Paris", 0),
    ("2026-10-22T18:30", "2026-10-29T19:30", "Europe/London", "Asia/Kolkata", 60),
    ("2026-10-22T18:30", "2026-10-29T19:30", "Europe/London", "Europe/London", 0),
    ("2026-10-22T12:00", "2026-10-29T12:00", "Asia/Kolkata", "Europe/London", -60),
    ("2026-10-01T12:00", "2026-10-08T12:00", "UTC", "Australia/Lord_Howe", 30),
    # Moved to another hour: the clocks have nothing to do with it.
    ("2026-11-05T19:30", "2026-11-12T17:00", "Europe/London", "America/New_York", 0),
    ("2026-02-12T19:00", "2026-02-19T19:00", "UTC", "Africa/Casablanca", -60),
]


@pytest.mark.parametrize(("previous", "start", "zone", "own", "minutes"), SHIFTS)
def test_an_hour_moves_where_one_side_changes_its_clocks(
    previous: str, start: str, zone: str, own: str, minutes: int
) -> None:
    assert shifted_minutes(utc(previous), utc(start), zone, own) == minutes


NIGHTS = [
    # start, minutes, zone, night, minutes of night
    ("2026-11-26T19:00", 90, "Europe/London", NIGHT, 0),
    ("2026-11-26T19:30", 90, "Europe/London", NIGHT, 0),
    ("2026-11-26T19:30", 91, "Europe/London", NIGHT, 1),
    ("2026-11-26T22:00", 90, "Europe/London", NIGHT, 90),
    ("2026-11-26T06:00", 90, "Europe/London", NIGHT, 60),
    ("2026-11-26T19:00", 90, "Asia/Kolkata", NIGHT, 90),
    ("2026-11-26T19:00", 90, "America/New_York", NIGHT, 0),
    ("2026-11-26T20:00", 720, "Europe/London", NIGHT, 600),
    ("2026-11-26T02:00", 60, "Europe/London", Night(time(1), time(2, 30)), 30),
    ("2026-11-26T00:00", 60, "Europe/London", Night(time(0), time(0)), 60),
    # The night in which the clocks go back lasts eleven hours, the other one nine.
    ("2026-10-24T20:00", 720, "Europe/London", NIGHT, 660),
    ("2027-03-27T21:00", 720, "Europe/London", NIGHT, 540),
]


@pytest.mark.parametrize(("start", "minutes", "zone", "night", "expected"), NIGHTS)
def test_minutes_of_the_night(
    start: str, minutes: int, zone: str, night: Night, expected: int
) -> None:
    starts_at = utc(start)
    assert night_minutes(starts_at, starts_at + timedelta(minutes=minutes), zone, night) == expected


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    minutes=st.integers(15, 720),
    zone=st.sampled_from(
        ["Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/Nuuk", "Pacific/Apia"]
    ),
    begins=st.integers(0, 23),
    ends=st.integers(0, 23),
)
@settings(max_examples=150, deadline=None)
def test_minutes_of_the_night_one_by_one(
    start: datetime, minutes: int, zone: str, begins: int, ends: int
) -> None:
    starts_at = start.replace(second=0, microsecond=0, tzinfo=UTC)
    shown = [
        (starts_at + timedelta(minutes=n)).astimezone(ZoneInfo(zone)).hour for n in range(minutes)
    ]
    over_midnight = ends <= begins
    asleep = sum(
        (begins <= hour or hour < ends) if over_midnight else begins <= hour < ends
        for hour in shown
    )
    ends_at = starts_at + timedelta(minutes=minutes)
    found = night_minutes(starts_at, ends_at, zone, Night(time(begins), time(ends)))
    # An hour of a night's edge that the clocks skip or show twice may count for an hour.
    offsets = {
        (starts_at + timedelta(hours=n)).astimezone(ZoneInfo(zone)).utcoffset()
        for n in range(-24, 37)
    }
    assert abs(found - asleep) <= (60 if len(offsets) > 1 else 0)


def test_a_cadence_is_shown_on_everybodys_clocks() -> None:
    cadence = Cadence("FREQ=WEEKLY", datetime(2026, 10, 22, 19, 30), "Europe/London", 90)
    here = MemberZone(UUID(int=1), UUID(int=11), "Europe/London")
    there = MemberZone(UUID(int=2), UUID(int=12), "America/New_York")
    far = MemberZone(UUID(int=3), UUID(int=13), "Asia/Kolkata")
    shown = preview_cadence(
        cadence, [here, there, far], NIGHT, after=utc("2026-10-20T09:00"), count=3
    )
    assert [f"{one.occurrence.starts_at:%m-%d %H:%M}" for one in shown] == [
        "10-22 18:30",
        "10-29 19:30",
        "11-05 19:30",
    ]
    assert [(one.offset_minutes, one.clocks_changed) for one in shown] == [
        (60, False),
        (0, True),
        (0, False),
    ]
    hours = [
        [(f"{h.local_start:%H:%M}", h.shifted_minutes, h.night_minutes) for h in one.members]
        for one in shown
    ]
    assert hours == [
        [("19:30", 0, 0), ("14:30", 0, 0), ("00:00", 0, 90)],
        [("19:30", 0, 0), ("15:30", 60, 0), ("01:00", 60, 90)],
        [("19:30", 0, 0), ("14:30", -60, 0), ("01:00", 0, 90)],
    ]


def test_a_cadence_that_is_over_shows_nothing() -> None:
    cadence = Cadence("FREQ=WEEKLY;COUNT=2", datetime(2026, 10, 22, 19, 30), "UTC", 60)
    after = utc("2027-01-01T00:00")
    assert preview_cadence(cadence, [], NIGHT, after=after, count=5) == ()
