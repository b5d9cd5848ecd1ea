"""Every zone, read back by three readers: dateutil, icalendar, and the definition of RFC 5545."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import tzical

from app.adapters.calendars.vtimezone import vtimezone

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Mexico, Jordan and Syria leave summer time, Greenland and Kazakhstan move, Egypt comes back.
LATELY = datetime(2022, 10, 1, 12, tzinfo=UTC)
# Samoa skips a day, Russia and Libya leave summer time, Egypt comes back to it.
THEN = datetime(2012, 1, 15, 12, tzinfo=UTC)
BACK, AHEAD, STEP = timedelta(days=90), timedelta(days=400), timedelta(days=2)


def component(time_zone: str, around: datetime = NOW) -> tuple[str, ...]:
    return vtimezone(time_zone, around - BACK, around + AHEAD)


@pytest.mark.parametrize("around", [NOW, LATELY, THEN])
def test_every_zone_reads_back_as_zoneinfo_has_it(around: datetime) -> None:
    kinds: Counter[str] = Counter()
    wrong = []
    for name in ZONES:
        lines = component(name, around)
        kinds[_kind(lines)] += 1
        assert all(len(line) <= 75 and line.isascii() for line in lines)
        assert not any(line.startswith("RDATE") for line in lines)
        zone, reader = ZoneInfo(name), tzical(StringIO("\r\n".join(lines))).get(name)
        onsets = _onsets(lines, around)
        for instant in _instants(zone, around):
            local = instant.astimezone(zone)
            offsets = {local.utcoffset(), _offset_at(onsets, instant)}
            if not local.fold:  # a TZID cannot name the second showing of a time
                offsets.add(local.replace(tzinfo=reader).utcoffset())
            if len(offsets) > 1:
                wrong.append((name, instant, offsets))

    # docs/calendars.md records it: pytest -s
    print(f"{around:%Y}: {kinds['regular']} pairs, {kinds['fixed']} fixed, {kinds['listed']} lists")  # noqa: T201
    assert wrong == []
    assert kinds["fixed"] > 300
    assert kinds["regular"] > 140
    assert 0 < kinds["listed"] < 100


@pytest.mark.parametrize("around", [NOW, LATELY])
def test_icalendar_reads_every_zone_that_changes_alike(around: datetime) -> None:
    wrong = []
    for name in ZONES:
        lines = component(name, around)
        if _kind(lines) == "fixed":
            continue
        zone = ZoneInfo(name)
        reader = icalendar.Timezone.from_ical("\r\n".join(lines)).to_tz(lookup_tzid=False)
        for instant in _instants(zone, around):
            local = instant.astimezone(zone)
            if not local.fold and local.replace(tzinfo=reader).utcoffset() != local.utcoffset():
                wrong.append((name, instant))
    assert wrong == []


def _kind(lines: tuple[str, ...]) -> str:
    if any(line.startswith("RRULE") for line in lines):
        return "regular"
    return "fixed" if sum(line.startswith("DTSTART") for line in lines) == 1 else "listed"


def _instants(zone: ZoneInfo, around: datetime) -> Iterator[datetime]:
    """Both ends, both sides of each change to the second, the middles between."""
    samples = [around - BACK + n * STEP for n in range((BACK + AHEAD) // STEP + 1)]
    offsets = [sample.astimezone(zone).utcoffset() for sample in samples]
    edges = [samples[0], samples[-1]]
    for start, before, after in zip(samples, offsets, offsets[1:], strict=False):
        if before != after:
            change = start + timedelta(seconds=_seconds_until(zone, start, after))
            edges.append(change)
            yield from (change + timedelta(seconds=n) for n in (-60, -1, 0, 1, 60))
    for one, other in pairwise(sorted(edges)):
        yield from (one, one + (other - one) / 2, other)


def _seconds_until(zone: ZoneInfo, start: datetime, offset: timedelta | None) -> int:
    def changed(seconds: int) -> bool:
        return (start + timedelta(seconds=seconds)).astimezone(zone).utcoffset() == offset

    return bisect_left(range(STEP // timedelta(seconds=1)), True, key=changed)


def _onsets(lines: tuple[str, ...], around: datetime) -> list[tuple[datetime, timedelta]]:
    """(UTC onset, offset) of each observance, RRULEs expanded past the window."""
    onsets = []
    for block in "\n".join(lines).split("BEGIN:")[2:]:
        fields = dict(line.split(":", 1) for line in block.splitlines()[1:] if ":" in line)
        start = datetime.fromisoformat(fields["DTSTART"])
        before, after = _offset(fields["TZOFFSETFROM"]), _offset(fields["TZOFFSETTO"])
        rule = rrulestr(fields["RRULE"], dtstart=start) if "RRULE" in fields else None
        end = (around + 2 * AHEAD).replace(tzinfo=None)
        found = rule.between(start, end, inc=True) if rule else [start]
        onsets += [((onset - before).replace(tzinfo=UTC), after) for onset in found]
    return sorted(onsets)


def _offset(text: str) -> timedelta:
    hours, minutes, seconds = (int(text[n : n + 2] or 0) for n in (1, 3, 5))
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -size if text[0] == "-" else size


def _offset_at(onsets: list[tuple[datetime, timedelta]], instant: datetime) -> timedelta:
    return [offset for onset, offset in onsets if onset <= instant][-1]


def test_a_zone_without_changes_is_one_standard() -> None:
    assert component("Asia/Kathmandu") == (
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Kathmandu",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0545",
        "TZOFFSETTO:+0545",
        "TZNAME:+0545",
        "END:STANDARD",
        "END:VTIMEZONE",
    )


def test_a_regular_zone_is_a_pair_with_rules() -> None:
    assert component("America/St_Johns") == (
        "BEGIN:VTIMEZONE",
        "TZID:America/St_Johns",
        "BEGIN:DAYLIGHT",
        "DTSTART:20250309T020000",
        "TZOFFSETFROM:-0330",
        "TZOFFSETTO:-0230",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "TZNAME:NDT",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20251102T020000",
        "TZOFFSETFROM:-0230",
        "TZOFFSETTO:-0330",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "TZNAME:NST",
        "END:STANDARD",
        "END:VTIMEZONE",
    )


def test_any_other_zone_is_a_list_that_begins_before_the_window() -> None:
    assert component("America/Nuuk", datetime(2023, 3, 1, tzinfo=UTC))[:14] == (
        "BEGIN:VTIMEZONE",
        "TZID:America/Nuuk",
        "BEGIN:STANDARD",
        "DTSTART:20210101T000000",
        "TZOFFSETFROM:-0300",
        "TZOFFSETTO:-0300",
        "TZNAME:-03",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:20220326T220000",
        "TZOFFSETFROM:-0300",
        "TZOFFSETTO:-0200",
        "TZNAME:-02",
        "END:DAYLIGHT",
    )


@pytest.mark.parametrize(
    ("name", "around", "daylight", "standard"),
    [
        ("Europe/London", NOW, "+0100", "+0000"),
        ("Europe/Dublin", NOW, "+0100", "+0000"),
        ("Antarctica/Troll", NOW, "+0200", "+0000"),
        ("Australia/Lord_Howe", NOW, "+1100", "+1030"),
        ("Africa/Casablanca", datetime(2024, 3, 1, tzinfo=UTC), "+0100", "+0000"),
        ("America/Inuvik", datetime(2024, 3, 1, tzinfo=UTC), "-0600", "-0700"),
    ],
)
def test_daylight_is_the_clock_ahead(
    name: str, around: datetime, daylight: str, standard: str
) -> None:
    blocks = "\n".join(component(name, around)).split("BEGIN:")[2:]
    named = {(block.split("\n")[0], block.split("TZOFFSETTO:")[1][:5]) for block in blocks}
    assert named == {("DAYLIGHT", daylight), ("STANDARD", standard)}


def test_an_offset_with_seconds_keeps_them() -> None:
    assert "TZOFFSETTO:-004430" in component("Africa/Monrovia", datetime(1971, 1, 1, tzinfo=UTC))


def test_a_sliding_window_keeps_its_component() -> None:
    a, b = (
        vtimezone("Europe/London", NOW + timedelta(days=n), NOW + AHEAD + timedelta(days=n))
        for n in (0, 4)
    )
    assert a is b


def test_a_rule_that_holds_for_the_window_alone_is_not_written() -> None:
    # The Friday before the last Sunday of March is the fourth from 2025 to 2029, not in 2030.
    assert not any(line.startswith("RRULE") for line in component("Asia/Jerusalem"))
