from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.wall_clock import check_time_zone, local_time, resolve_local

at = datetime.fromisoformat

CHANGES = [
    # zone, wall clock, UTC instant, what the clocks then show, adjustment
    ("Europe/London", "2027-03-28T00:59", "2027-03-28T00:59", "2027-03-28T00:59", None),
    ("Europe/London", "2027-03-28T01:00", "2027-03-28T01:00", "2027-03-28T02:00", "gap"),
    ("Europe/London", "2027-03-28T01:30", "2027-03-28T01:30", "2027-03-28T02:30", "gap"),
    ("Europe/London", "2027-03-28T02:00", "2027-03-28T01:00", "2027-03-28T02:00", None),
    ("Europe/London", "2026-10-25T00:59", "2026-10-24T23:59", "2026-10-25T00:59", None),
    ("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30", "2026-10-25T01:30", "fold"),
    ("Europe/London", "2026-10-25T02:00", "2026-10-25T02:00", "2026-10-25T02:00", None),
    ("Europe/Dublin", "2027-03-28T01:30", "2027-03-28T01:30", "2027-03-28T02:30", "gap"),
    ("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30", "2026-10-25T01:30", "fold"),
    ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:30", "2027-03-14T03:30", "gap"),
    ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", "2026-11-01T01:30", "fold"),
    ("America/St_Johns", "2027-03-14T02:30", "2027-03-14T06:00", "2027-03-14T03:30", "gap"),
    ("America/St_Johns", "2026-11-01T01:30", "2026-11-01T04:00", "2026-11-01T01:30", "fold"),
    # Half an hour of daylight saving.
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", "2026-10-04T02:45", "gap"),
    ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30", "2026-10-04T02:30", None),
    ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45", "2027-04-04T01:45", "fold"),
    ("Australia/Lord_Howe", "2027-04-04T02:00", "2027-04-03T15:30", "2027-04-04T02:00", None),
    # Two hours of it.
    ("Antarctica/Troll", "2027-03-28T01:00", "2027-03-28T01:00", "2027-03-28T03:00", "gap"),
    ("Antarctica/Troll", "2027-03-28T02:59", "2027-03-28T02:59", "2027-03-28T04:59", "gap"),
    ("Antarctica/Troll", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T02:30", "fold"),
    # Back an hour for Ramadan, forward after it.
    ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30", "2026-02-15T02:30", "fold"),
    ("Africa/Casablanca", "2026-03-01T12:00", "2026-03-01T12:00", "2026-03-01T12:00", None),
    ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:30", "2026-03-22T03:30", "gap"),
    # A gap that ends at midnight moves the meeting to the next day.
    ("America/Nuuk", "2027-03-27T23:30", "2027-03-28T01:30", "2027-03-28T00:30", "gap"),
    # A day that never was.
    ("Pacific/Apia", "2011-12-30T19:00", "2011-12-31T05:00", "2011-12-31T19:00", "gap"),
    ("Pacific/Apia", "2011-12-31T19:00", "2011-12-31T05:00", "2011-12-31T19:00", None),
    ("Asia/Kathmandu", "2026-11-24T19:00", "2026-11-24T13:15", "2026-11-24T19:00", None),
]


@pytest.mark.parametrize(("zone", "wall_clock", "instant", "shown", "adjustment"), CHANGES)
def test_a_skipped_time_moves_forward_and_a_double_one_is_the_earlier(
    zone: str, wall_clock: str, instant: str, shown: str, adjustment: str | None
) -> None:
    found, why = resolve_local(at(wall_clock), zone)

    assert (found, why) == (at(instant).replace(tzinfo=UTC), adjustment)
    assert found.utcoffset() == timedelta(0)
    assert local_time(found, zone) == at(shown)


def test_the_fold_of_the_argument_changes_nothing() -> None:
    local = at("2026-10-25T01:30")
    assert resolve_local(local.replace(fold=1), "Europe/London") == resolve_local(
        local, "Europe/London"
    )


@given(
    local=st.datetimes(at("1970-01-02"), at("2037-12-31")),
    zone=st.sampled_from(sorted({row[0] for row in CHANGES} | {"America/Santiago", "Asia/Gaza"})),
)
@settings(max_examples=200, deadline=None)
def test_the_clocks_show_the_time_asked_for_unless_they_skip_it(local: datetime, zone: str) -> None:
    instant, adjustment = resolve_local(local, zone)
    moved = local_time(instant, zone) - local
    assert (moved > timedelta(0)) == (adjustment == "gap")
    assert moved in {timedelta(0), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)}
    other = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    assert (adjustment == "fold") == (other > instant)


@pytest.mark.parametrize(
    "name",
    ["Europe/London", "UTC", "Etc/GMT+5", "America/Argentina/ComodRivadavia", "Asia/Calcutta"],
)
def test_a_zone_of_the_database_is_known(name: str) -> None:
    check_time_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe/Londres",
        "europe/london",
        " Europe/London",
        "Europe/London\n",
        "Europe/London\x00",
        "Europe",
        "../etc",
        "/usr/share/zoneinfo/Europe/London",
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/London",
        "right/Europe/London",
        "tzdata.zi",
        "EST5EDT4",
        "+02:00",
        "x" * 10_000,
    ],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_time_zone(name)
    assert (refused.value.code, refused.value.pointer) == ("unknown_time_zone", "/time_zone")


def test_the_pointer_is_the_callers() -> None:
    with pytest.raises(Invalid) as refused:
        check_time_zone("Mars", "/person/time_zone")
    assert refused.value.pointer == "/person/time_zone"


def test_every_known_zone_resolves() -> None:
    known = {name for name in available_timezones() if _is_known(name)}
    assert len(known) > 590
    for name in known:
        resolve_local(at("2026-11-24T19:00"), name)


def _is_known(name: str) -> bool:
    try:
        check_time_zone(name)
    except Invalid:
        return False
    return True
