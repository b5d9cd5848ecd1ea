from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import rrule_dates
from app.domain.errors import Invalid
from app.domain.recurrence import (
    HORIZON,
    Cadence,
    DateRange,
    Occurrence,
    check_cadence,
    first_occurrences,
    occurrences,
)
from app.domain.rrule import Rule, parse_rrule
from app.domain.rrule_dates import rule_dates
from app.domain.wall_clock import local_time

at = datetime.fromisoformat
LONDON = Cadence("FREQ=WEEKLY", at("2026-11-24T19:00"), "Europe/London", 90)
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


def cadence(rrule: str, local_start: str, time_zone: str = "Europe/London") -> Cadence:
    return Cadence(rrule, at(local_start), time_zone, 90)


def starts(found: tuple[Occurrence, ...]) -> list[str]:
    """UTC, with a mark where the clocks changed: `11-24T19:00`, `03-28T01:30 gap`."""
    return [f"{one.starts_at:%m-%dT%H:%M} {one.adjustment or ''}".strip() for one in found]


USUAL = [
    ("weekly", "FREQ=WEEKLY;BYDAY=TU", "11-24 12-01 12-08 12-15"),
    ("weekly as the start says", "FREQ=WEEKLY", "11-24 12-01 12-08 12-15"),
    ("every other Tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "11-24 12-08 12-22 01-05"),
    ("third Wednesday", "FREQ=MONTHLY;BYDAY=3WE", "12-16 01-20 02-17 03-17"),
    (
        "last weekday",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "11-30 12-31 01-29 02-26",
    ),
    ("last Friday", "FREQ=MONTHLY;BYDAY=-1FR", "11-27 12-25 01-29 02-26"),
    ("COUNT", "FREQ=WEEKLY;COUNT=3", "11-24 12-01 12-08"),
    ("UNTIL as a date is inclusive", "FREQ=WEEKLY;UNTIL=20261208", "11-24 12-01 12-08"),
    (
        "UNTIL as a local time is inclusive",
        "FREQ=WEEKLY;UNTIL=20261208T190000",
        "11-24 12-01 12-08",
    ),
    ("UNTIL a second earlier", "FREQ=WEEKLY;UNTIL=20261208T185959", "11-24 12-01"),
    ("UNTIL in UTC is inclusive", "FREQ=WEEKLY;UNTIL=20261208T190000Z", "11-24 12-01 12-08"),
    ("UNTIL in UTC a second earlier", "FREQ=WEEKLY;UNTIL=20261208T185959Z", "11-24 12-01"),
]


@pytest.mark.parametrize(("rrule", "days"), [row[1:] for row in USUAL], ids=[r[0] for r in USUAL])
def test_the_cadences_of_a_group(rrule: str, days: str) -> None:
    found = first_occurrences(replace(LONDON, rrule=rrule), after=BEFORE, count=4)
    assert [f"{one.local_start:%m-%d}" for one in found] == days.split()
    assert all(one.local_start.hour == 19 for one in found)


UNTIL_ELSEWHERE = [
    # Tuesday 19:00 in Auckland is Tuesday 06:00 UTC; in New York it is Wednesday 00:00 UTC.
    ("Pacific/Auckland", "UNTIL=20261208T055959Z", 2),
    ("Pacific/Auckland", "UNTIL=20261208T060000Z", 3),
    ("America/New_York", "UNTIL=20261208T235959Z", 2),
    ("America/New_York", "UNTIL=20261209T000000Z", 3),
    ("America/New_York", "UNTIL=20261208", 3),
    ("America/New_York", "UNTIL=20261208T190000", 3),
    ("Pacific/Auckland", "UNTIL=20261207", 2),
]


@pytest.mark.parametrize(("time_zone", "until", "count"), UNTIL_ELSEWHERE)
def test_until_in_utc_is_an_instant_and_any_other_is_the_zones(
    time_zone: str, until: str, count: int
) -> None:
    group = cadence(f"FREQ=WEEKLY;{until}", "2026-11-24T19:00", time_zone)
    assert len(first_occurrences(group, after=BEFORE, count=9)) == count


CHANGES = [
    (
        cadence("FREQ=WEEKLY", "2027-03-21T01:30"),
        ["03-21T01:30", "03-28T01:30 gap", "04-04T00:30"],
    ),
    (
        cadence("FREQ=WEEKLY", "2026-10-18T01:30"),
        ["10-18T00:30", "10-25T00:30 fold", "11-01T01:30"],
    ),
    (
        cadence("FREQ=DAILY", "2027-03-13T02:30", "America/New_York"),
        ["03-13T07:30", "03-14T07:30 gap", "03-15T06:30"],
    ),
    (
        cadence("FREQ=DAILY", "2026-10-03T02:15", "Australia/Lord_Howe"),
        ["10-02T15:45", "10-03T15:45 gap", "10-04T15:15"],
    ),
    (
        cadence("FREQ=WEEKLY", "2026-02-08T02:30", "Africa/Casablanca"),
        ["02-08T01:30", "02-15T01:30 fold", "02-22T02:30"],
    ),
    (
        cadence("FREQ=WEEKLY", "2026-03-15T02:30", "Africa/Casablanca"),
        ["03-15T02:30", "03-22T02:30 gap", "03-29T01:30"],
    ),
    (
        cadence("FREQ=DAILY", "2027-03-13T02:30", "America/St_Johns"),
        ["03-13T06:00", "03-14T06:00 gap", "03-15T05:00"],
    ),
    (
        cadence("FREQ=WEEKLY", "2026-11-24T19:00", "Asia/Kathmandu"),
        ["11-24T13:15", "12-01T13:15", "12-08T13:15"],
    ),
    (
        cadence("FREQ=DAILY", "2027-03-27T02:00", "Antarctica/Troll"),
        ["03-27T02:00", "03-28T02:00 gap", "03-29T00:00"],
    ),
    # 30 December 2011 never was in Apia: a daily meeting misses it, a weekly one moves a day.
    (
        cadence("FREQ=DAILY", "2011-12-29T19:00", "Pacific/Apia"),
        ["12-30T05:00", "12-31T05:00", "01-01T05:00"],
    ),
    (
        cadence("FREQ=WEEKLY", "2011-12-23T19:00", "Pacific/Apia"),
        ["12-24T05:00", "12-31T05:00 gap", "01-06T05:00"],
    ),
]


@pytest.mark.parametrize(("group", "expected"), CHANGES)
def test_the_wall_clock_time_stays_when_the_clocks_change(
    group: Cadence, expected: list[str]
) -> None:
    check_cadence(group)
    after = datetime.combine(group.local_start, datetime.min.time(), UTC) - timedelta(days=1)
    found = first_occurrences(group, after=after, count=3)
    assert starts(found) == expected
    for one in found:
        assert one.local_start == local_time(one.starts_at, group.time_zone)
        assert one.ends_at - one.starts_at == timedelta(minutes=90)
        moved = one.local_start.time() != group.local_start.time()
        assert moved == (one.adjustment == "gap" and group.time_zone != "Pacific/Apia")


def test_the_duration_is_elapsed_time() -> None:
    night = replace(LONDON, local_start=at("2026-10-25T00:30"), duration_minutes=120)
    (first,) = first_occurrences(night, after=datetime(2026, 10, 1, tzinfo=UTC), count=1)
    assert f"{first.ends_at:%H:%M}" == "01:30"
    assert local_time(first.ends_at, "Europe/London") == at("2026-10-25T01:30")


def test_the_window_takes_its_first_instant_and_leaves_its_last() -> None:
    first, second, third = first_occurrences(LONDON, after=BEFORE, count=3)
    found = occurrences(LONDON, after=first.starts_at, until=third.starts_at)
    assert found == (first, second)
    assert occurrences(LONDON, after=third.starts_at, until=first.starts_at) == ()
    later = first.starts_at + timedelta(microseconds=1)
    assert first_occurrences(LONDON, after=later, count=1) == (second,)


def test_the_window_may_come_in_any_zone() -> None:
    after = datetime.fromisoformat("2026-11-25T07:59+13:00")
    assert starts(first_occurrences(LONDON, after=after, count=1)) == ["11-24T19:00"]


def test_a_limit_keeps_the_first() -> None:
    every = occurrences(LONDON, after=BEFORE, until=BEFORE + timedelta(days=365))
    limited = occurrences(LONDON, after=BEFORE, until=BEFORE + timedelta(days=365), limit=5)
    assert len(every) == 49
    assert limited == every[:5]


def test_first_occurrences_are_a_hundred_at_most() -> None:
    assert len(first_occurrences(LONDON, after=BEFORE, count=100)) == 100
    with pytest.raises(ValueError, match="100"):
        first_occurrences(LONDON, after=BEFORE, count=101)


def test_excluded_days_are_local_and_count_still_counts_them() -> None:
    # Tuesday 19:00 in New York is Wednesday in UTC.
    group = replace(
        cadence("FREQ=WEEKLY;COUNT=5", "2026-11-24T19:00", "America/New_York"),
        excluded=(
            DateRange(date(2026, 12, 1), date(2026, 12, 1)),
            DateRange(date(2026, 12, 9), date(2026, 12, 14)),
            DateRange(date(2026, 12, 15), date(2026, 12, 22)),
        ),
    )
    found = first_occurrences(group, after=BEFORE, count=9)
    assert [f"{one.local_start:%m-%d}" for one in found] == ["11-24", "12-08"]


@pytest.mark.parametrize("interval", [2, 3, 7, 52])
@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
def test_an_interval_holds_far_from_the_start(frequency: str, interval: int) -> None:
    group = replace(
        LONDON,
        rrule=f"FREQ={frequency};INTERVAL={interval}",
        local_start=at("1985-11-24T19:00"),
    )
    unlimited = 10**6
    walked = occurrences(
        replace(group, rrule=f"{group.rrule};COUNT=5000"),
        after=datetime(1985, 1, 1, tzinfo=UTC),
        until=datetime(2011, 1, 1, tzinfo=UTC),
        limit=unlimited,
    )
    for year in (1986, 1999, 2000, 2010):
        after = datetime(year, 1, 1, tzinfo=UTC)
        expected = tuple(one for one in walked if one.starts_at >= after)
        until = datetime(2011, 1, 1, tzinfo=UTC)
        found = occurrences(group, after=after, until=until, limit=unlimited)
        assert found[:300] == expected[:300]


REFUSED = [
    (replace(LONDON, time_zone="Mars/Olympus"), "unknown_time_zone", "/time_zone"),
    (replace(LONDON, time_zone="../etc"), "unknown_time_zone", "/time_zone"),
    (replace(LONDON, duration_minutes=14), "invalid_duration", "/duration_minutes"),
    (replace(LONDON, duration_minutes=721), "invalid_duration", "/duration_minutes"),
    (replace(LONDON, local_start=BEFORE), "invalid_local_start", "/local_start"),
    (cadence("FREQ=DAILY", "2026-11-24T19:00:01"), "invalid_local_start", "/local_start"),
    (cadence("FREQ=DAILY", "2026-11-24T19:00:00.5"), "invalid_local_start", "/local_start"),
    (cadence("FREQ=DAILY", "1969-12-31T19:00"), "invalid_local_start", "/local_start"),
    (cadence("FREQ=DAILY", "2100-01-01T19:00"), "invalid_local_start", "/local_start"),
    (cadence("FREQ=HOURLY", "2026-11-24T19:00"), "unsupported_rrule_frequency", "/rrule"),
    (cadence("every Tuesday", "2026-11-24T19:00"), "not_one_rrule", "/rrule"),
    (cadence("tuesdays", "2026-11-24T19:00"), "invalid_rrule", "/rrule"),
    (
        cadence("FREQ=DAILY;UNTIL=20261123", "2026-11-24T19:00"),
        "rrule_until_before_start",
        "/rrule",
    ),
    (
        cadence("FREQ=DAILY;UNTIL=20261124T185959", "2026-11-24T19:00"),
        "rrule_until_before_start",
        "/rrule",
    ),
    (
        # 19:00 in Auckland is 06:00 UTC.
        cadence("FREQ=DAILY;UNTIL=20261124T055959Z", "2026-11-24T19:00", "Pacific/Auckland"),
        "rrule_until_before_start",
        "/rrule",
    ),
    (
        cadence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-11-24T19:00"),
        "rrule_matches_nothing",
        "/rrule",
    ),
    (
        cadence("FREQ=MONTHLY;BYDAY=3WE;UNTIL=20261210", "2026-11-24T19:00"),
        "rrule_matches_nothing",
        "/rrule",
    ),
    (
        replace(LONDON, excluded=(DateRange(date(2026, 12, 24), date(2026, 12, 23)),)),
        "invalid_date_range",
        "/except/0",
    ),
]


@pytest.mark.parametrize(("group", "code", "pointer"), REFUSED)
def test_a_cadence_that_cannot_be_kept_is_refused(group: Cadence, code: str, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_cadence(group)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    "group",
    [
        LONDON,
        replace(LONDON, duration_minutes=15),
        replace(LONDON, duration_minutes=720),
        # The start lies in a gap.
        cadence("FREQ=WEEKLY", "2027-03-28T01:30"),
        # UNTIL is the start itself.
        cadence("FREQ=DAILY;UNTIL=20261124T190000Z", "2026-11-24T19:00"),
        cadence("FREQ=DAILY;UNTIL=20261124", "2026-11-24T19:00"),
        # 29 February on a Monday, over the year 2100 without one: 40 years.
        cadence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2072-03-01T19:00"),
        # Every day is excluded for now.
        replace(LONDON, excluded=(DateRange(date.min, date.max),)),
    ],
)
def test_a_cadence_that_can_be_kept_is_not(group: Cadence) -> None:
    check_cadence(group)


@pytest.mark.parametrize("year", [1, 1969, 2026, 2199, 9999])
def test_a_window_at_any_end_of_time_is_answered(
    year: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[date] = []
    matches = rrule_dates._matches

    def counting(rule: Rule, day: date) -> bool:
        looked_at.append(day)
        return matches(rule, day)

    monkeypatch.setattr(rrule_dates, "_matches", counting)
    never = replace(LONDON, rrule="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    after = datetime(year, 1, 1, tzinfo=UTC)
    for until in (FIRST_INSTANT, BEFORE, LAST_INSTANT):
        window = {"after": after, "until": until}
        assert occurrences(never, **window) == ()
        for one in occurrences(LONDON, **window):
            assert window["after"] <= one.starts_at < window["until"]
    assert len(looked_at) <= HORIZON.days + 5000
    assert bool(occurrences(LONDON, after=after, until=LAST_INSTANT)) == (year < 2200)


ZONES = [
    "Africa/Casablanca",
    "America/New_York",
    "America/Nuuk",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "UTC",
]

groups = st.builds(
    Cadence,
    rrule=st.sampled_from(
        [
            "FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=3",
            "FREQ=WEEKLY;BYDAY=SU,TU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=SU",
            "FREQ=MONTHLY;BYDAY=3WE",
            "FREQ=MONTHLY;BYDAY=-1SU",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYMONTH=3,10,11,12;BYDAY=SU",
            "FREQ=DAILY;COUNT=400",
            "FREQ=DAILY;UNTIL=20371231T000000Z",
        ]
    ),
    local_start=st.datetimes(at("2009-01-01"), at("2027-12-31")).map(
        lambda start: start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    ),
    time_zone=st.sampled_from(ZONES),
    duration_minutes=st.integers(15, 720),
    excluded=st.sampled_from([(), (DateRange(date(2011, 12, 24), date(2012, 1, 1)),)]),
)


@given(
    group=groups,
    offset=st.timedeltas(timedelta(days=-30), timedelta(days=900)),
    spans=st.lists(st.timedeltas(timedelta(0), timedelta(days=150)), min_size=1, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_windows_that_meet_hold_the_whole_in_order(
    group: Cadence, offset: timedelta, spans: list[timedelta]
) -> None:
    check_cadence(group)
    edges = [group.local_start.replace(tzinfo=UTC) + offset]
    for span in spans:
        edges.append(edges[-1] + span)

    whole = occurrences(group, after=edges[0], until=edges[-1], limit=10_000)
    parts = [occurrences(group, after=a, until=b, limit=10_000) for a, b in pairwise(edges)]

    assert tuple(one for part in parts for one in part) == whole
    assert all(edges[0] <= one.starts_at < edges[-1] for one in whole)
    assert all(a.starts_at < b.starts_at for a, b in pairwise(whole))


@given(group=groups, length=st.integers(0, 500))
@settings(max_examples=150, deadline=None)
def test_each_day_of_the_rule_is_met_at_its_wall_clock_time(group: Cadence, length: int) -> None:
    start = group.local_start
    last = start.date() + timedelta(days=length)
    whole = occurrences(
        group,
        after=start.replace(tzinfo=UTC) - timedelta(days=2),
        until=datetime.combine(last, start.time(), UTC) + timedelta(days=3),
        limit=10_000,
    )
    met = {one.local_start for one in whole if one.adjustment != "gap"}
    moved = [one for one in whole if one.adjustment == "gap"]
    days = rule_dates(parse_rrule(group.rrule), start.date(), start.date(), last)
    for wall_clock in (datetime.combine(day, start.time()) for day in days):
        excluded = any(r.first <= wall_clock.date() <= r.last for r in group.excluded)
        skipped = group.time_zone == "Pacific/Apia" and wall_clock.date() == date(2011, 12, 30)
        in_gap = any(
            wall_clock < one.local_start <= wall_clock + timedelta(days=1) for one in moved
        )
        assert (wall_clock in met) != (excluded or skipped or in_gap)
    for one in whole:
        assert one.local_start == local_time(one.starts_at, group.time_zone)
        assert one.ends_at - one.starts_at == timedelta(minutes=group.duration_minutes)
