import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.calendars.ical import CalendarDue, CalendarMeeting, render_calendar
from tests.support.calendars import assert_clean, assert_follows

MEETING = CalendarMeeting(
    uid="mtg_01jx5@hotseat",
    sequence=2,
    created_at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    changed_at=datetime(2026, 11, 20, 18, 5, 7, 999_999, tzinfo=UTC),
    starts_at=datetime(2026, 11, 24, 19, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 20, 30, tzinfo=UTC),
    time_zone="Europe/London",
    summary="Tuesday circle",
    description="Your hot seat: second",
    location="https://meet.example/abc",
    url="https://hotseat.example/m/1",
)
DUE = CalendarDue(
    uid="cmt_01jx6@hotseat",
    sequence=0,
    created_at=datetime(2026, 11, 10, 9, tzinfo=UTC),
    changed_at=datetime(2026, 11, 10, 9, tzinfo=UTC),
    due_on=date(2026, 11, 30),
    summary="Call three customers",
    description=None,
    url=None,
)


def unfolded(data: bytes) -> list[str]:
    """The content lines; nothing but CRLF ends a line, and no part of one exceeds 75 octets.

    (Read here by hand, so that the linter's reader is not its own judge.)
    """
    assert data.endswith(b"\r\n")
    parts = data[:-2].split(b"\r\n")
    assert all(len(part) <= 75 and b"\r" not in part and b"\n" not in part for part in parts)
    for part in parts:
        part.decode()  # no character is cut in two
    return data[:-2].replace(b"\r\n ", b"").decode().split("\r\n")


def events(data: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


def test_an_object_holds_these_lines_and_no_others() -> None:
    lines = unfolded(render_calendar([MEETING, DUE]))
    zone = slice(lines.index("BEGIN:VTIMEZONE"), lines.index("END:VTIMEZONE") + 1)
    assert lines[zone][1] == "TZID:Europe/London"
    del lines[zone]
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Hotseat//Hotseat//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "UID:mtg_01jx5@hotseat",
        "SEQUENCE:2",
        "DTSTAMP:20261120T180507Z",
        "CREATED:20261101T093000Z",
        "LAST-MODIFIED:20261120T180507Z",
        "DTSTART;TZID=Europe/London:20261124T190000",
        "DTEND;TZID=Europe/London:20261124T203000",
        "STATUS:CONFIRMED",
        "LOCATION:https://meet.example/abc",
        "SUMMARY:Tuesday circle",
        "DESCRIPTION:Your hot seat: second",
        "URL:https://hotseat.example/m/1",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:cmt_01jx6@hotseat",
        "SEQUENCE:0",
        "DTSTAMP:20261110T090000Z",
        "CREATED:20261110T090000Z",
        "LAST-MODIFIED:20261110T090000Z",
        "DTSTART;VALUE=DATE:20261130",
        "TRANSP:TRANSPARENT",
        "SUMMARY:Call three customers",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_feed_says_its_name_and_how_often_to_ask() -> None:
    lines = unfolded(render_calendar([], name="Circle; London, Tuesdays", refresh_hours=4))
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Hotseat//Hotseat//EN",
        "CALSCALE:GREGORIAN",
        r"NAME:Circle\; London\, Tuesdays",
        r"X-WR-CALNAME:Circle\; London\, Tuesdays",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "END:VCALENDAR",
    ]


def test_a_cancelled_meeting_stays_and_says_so() -> None:
    (event,) = events(render_calendar([replace(MEETING, cancelled=True)]))
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == MEETING.uid


def test_an_alarm_stands_within_its_meeting_and_falls_silent_when_it_is_cancelled() -> None:
    meeting = replace(MEETING, alarms=(10, 1440), summary="Peers, partners")
    data = render_calendar([meeting])
    assert_clean(data, single=True)
    (event,) = events(data)
    alarms = event.walk("VALARM")
    assert [alarm["TRIGGER"].dt for alarm in alarms] == [
        timedelta(days=-1),
        timedelta(minutes=-10),
    ]
    assert {str(alarm["DESCRIPTION"]) for alarm in alarms} == {"Peers, partners"}
    assert {str(alarm["ACTION"]) for alarm in alarms} == {"DISPLAY"}
    assert b"VALARM" not in render_calendar([replace(meeting, cancelled=True)])


def test_a_due_date_can_be_a_to_do() -> None:
    data = render_calendar([replace(DUE, as_todo=True)])
    assert_clean(data, single=True)
    (todo,) = icalendar.Calendar.from_ical(data).walk("VTODO")
    assert todo["DUE"].dt == DUE.due_on
    assert todo["STATUS"] == "NEEDS-ACTION"
    assert (todo["UID"], todo["SUMMARY"], todo["SEQUENCE"]) == (DUE.uid, DUE.summary, 0)
    assert not events(data)


def test_a_moved_meeting_may_follow_the_one_before() -> None:
    before = render_calendar([MEETING, DUE], name="Circle")
    moved = replace(
        MEETING,
        sequence=3,
        changed_at=MEETING.changed_at + timedelta(hours=1),
        starts_at=MEETING.starts_at + timedelta(days=1),
        ends_at=MEETING.ends_at + timedelta(days=1),
    )
    assert_follows(before, render_calendar([moved, DUE], name="Circle"))


def test_a_due_date_is_one_whole_day_that_takes_no_time() -> None:
    calendar = icalendar.Calendar.from_ical(render_calendar([DUE]))
    (event,) = recurring_ical_events.of(calendar).at(date(2026, 11, 30))
    assert (event.start, event.end) == (date(2026, 11, 30), date(2026, 12, 1))
    assert event["TRANSP"] == "TRANSPARENT"
    assert not recurring_ical_events.of(calendar).at(date(2026, 12, 1))


def test_the_last_date_of_all_can_be_due() -> None:
    assert b"DTSTART;VALUE=DATE:99991231\r\n" in render_calendar([replace(DUE, due_on=date.max)])


def test_the_order_of_the_entries_does_not_change_the_bytes() -> None:
    entries = [
        replace(DUE, uid=f"due-{n}", due_on=date(2026, 11, 20) + timedelta(days=n % 4))
        for n in range(8)
    ] + [
        replace(MEETING, uid=f"mtg-{n}", time_zone=zone)
        for n, zone in enumerate(["Europe/London", "Asia/Tokyo", "America/New_York", "UTC"])
    ]
    first = render_calendar(entries, name="Circle")
    assert [line for line in unfolded(first) if line.startswith("UID:")] == [
        *(f"UID:due-{n}" for n in (0, 4, 1, 5, 2, 6, 3, 7)),
        *(f"UID:mtg-{n}" for n in range(4)),
    ]
    for seed in range(20):
        random.Random(seed).shuffle(entries)
        assert render_calendar(entries, name="Circle") == first


def test_each_zone_is_described_once_and_only_where_it_is_named() -> None:
    zones = ["Europe/London", "Asia/Tokyo", "Europe/London", "UTC", "Etc/UTC"]
    lines = unfolded(
        render_calendar(
            [replace(MEETING, uid=str(n), time_zone=zone) for n, zone in enumerate(zones)] + [DUE]
        )
    )
    assert [line for line in lines if line.startswith("TZID")] == [
        "TZID:Asia/Tokyo",
        "TZID:Europe/London",
    ]
    assert lines.count("DTSTART:20261124T190000Z") == 2


ODD_ZONES = [
    "Africa/Casablanca",
    "America/New_York",
    "America/Nuuk",
    "America/St_Johns",
    "America/Vancouver",
    "Antarctica/Troll",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Etc/GMT+5",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_the_instants_survive_in_every_zone_and_hour(zone: str) -> None:
    """Read with zoneinfo by name, and with the VTIMEZONE alone."""
    meetings = [
        replace(MEETING, uid=f"{n:04}", time_zone=zone, starts_at=start, ends_at=start + LENGTH)
        for n, start in enumerate(_starts(zone))
    ]
    data = render_calendar(meetings)
    calendar = icalendar.Calendar.from_ical(data)
    by_name = {
        event["UID"]: (event.start.astimezone(UTC), event.end.astimezone(UTC))
        for event in recurring_ical_events.of(calendar).between(
            datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
        )
    }
    by_component = _read_with_vtimezone(data)
    expected = {one.uid: (one.starts_at, one.ends_at) for one in meetings}
    assert by_name == expected
    assert by_component == expected


LENGTH = timedelta(minutes=90)


def _starts(zone: str) -> list[datetime]:
    """Every ten days, and every quarter of an hour around each change of the clocks."""
    days = [datetime(2026, 8, 24, 19, tzinfo=UTC) + timedelta(days=n) for n in range(490)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    starts = set(days[::10])
    for day, before, after in zip(days, offsets, offsets[1:], strict=False):
        if before != after:
            starts |= {day + timedelta(minutes=15 * n) for n in range(100)}
    return sorted(starts)


def _read_with_vtimezone(data: bytes) -> dict[str, tuple[datetime, datetime]]:
    lines = unfolded(data)
    zones = {}
    while "BEGIN:VTIMEZONE" in lines:
        part = slice(lines.index("BEGIN:VTIMEZONE"), lines.index("END:VTIMEZONE") + 1)
        reader = tzical(StringIO("\r\n".join(lines[part])))
        zones |= {f"TZID={name}": reader.get(name) for name in reader.keys()}  # noqa: SIM118 - no mapping
        del lines[part]
    found: dict[str, dict[str, datetime]] = {}
    uid = ""
    for line in lines:
        name, value = line.split(":", 1)
        if name == "UID":
            uid = value
        if name.startswith(("DTSTART", "DTEND")):
            kind, _, zone = name.partition(";")
            moment = datetime.fromisoformat(value)
            if zone:
                moment = moment.replace(tzinfo=zones[zone])
            found.setdefault(uid, {})[kind] = moment.astimezone(UTC)
    return {uid: (times["DTSTART"], times["DTEND"]) for uid, times in found.items()}


def test_a_meeting_that_ends_in_the_second_showing_of_an_hour_is_in_utc() -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 01:30, and 01:30 again an hour later
    meeting = replace(MEETING, starts_at=start, ends_at=start + timedelta(hours=1))
    lines = unfolded(render_calendar([meeting]))
    assert "DTSTART:20261025T003000Z" in lines
    assert "DTEND:20261025T013000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


TEXTS = [
    "Peers, partners; friends",
    "line one\nline two\r\nline three\rline four",
    r"C:\New\notes, \n is no line break; \\ neither",
    "🎯 hot seat 👩🏽‍💻 " * 20,
    "جلسة المجموعة، الساعة السابعة",
    "קבוצת עמיתים " * 12,
    "é" * 200,
    "x" * 5000,
    "tab\tstays",
    " leading and trailing ",
    "colon: and = and \"quotes\" and 'these' ^n",
    "BEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    meeting = replace(MEETING, summary=text, description=text, location=text)
    data = render_calendar([meeting, replace(DUE, summary=text)], name=text)
    assert_clean(data)
    (event, due) = events(data)
    same = text.replace("\r\n", "\n").replace("\r", "\n")
    for found in (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"], due["SUMMARY"]):
        assert str(found) == same
    other = vobject.readOne(data.decode())
    meeting_of_other, due_of_other = other.vevent_list
    for read in (
        meeting_of_other.summary,
        meeting_of_other.description,
        meeting_of_other.location,
        due_of_other.summary,
    ):
        assert read.value == same
    assert meeting_of_other.dtstart.value == MEETING.starts_at
    for name in ("NAME", "X-WR-CALNAME", "SUMMARY"):
        (line,) = {line for line in unfolded(data) if line.startswith(f"{name}:")}
        assert _plain(line.removeprefix(f"{name}:")) == same


def _plain(value: str) -> str:
    """RFC 5545 section 3.3.11 read the other way."""
    rest = iter(value)
    return "".join(
        {"n": "\n", "N": "\n"}.get(escaped := next(rest), escaped) if one == "\\" else one
        for one in rest
    )


@given(st.text(max_size=300), st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_object(text: str, url: str) -> None:
    meeting = replace(MEETING, uid=text, summary=text, description=text, location=text, url=url)
    lines = unfolded(render_calendar([meeting], name=text))
    assert [line for line in lines if line.startswith(("BEGIN:", "END:"))] == [
        "BEGIN:VCALENDAR",
        *_zone_frame(lines),
        "BEGIN:VEVENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert all(char >= " " or char == "\t" for line in lines for char in line)
    assert sum(line.startswith("URL:") for line in lines) == bool(url)
    assert all(line.isascii() and " " not in line for line in lines if line.startswith("URL:"))


def _zone_frame(lines: list[str]) -> list[str]:
    inside = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1]
    return [line for line in inside if line.startswith(("BEGIN:", "END:"))]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("bell\x07null\x00delete\x7f", "bellnulldelete"),
        ("half \ud83d a pair", "half  a pair"),
        ("other\u2028line\u2029breaks\x85\x0bhere\x0c", "other\nline\nbreaks\n\nhere\n"),
    ],
)
def test_what_no_calendar_can_hold_is_left_out(text: str, kept: str) -> None:
    (event,) = events(render_calendar([replace(MEETING, summary=text)]))
    assert str(event["SUMMARY"]) == kept


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://a.example/x?y=1,2;3&z=%20#t", "URL:https://a.example/x?y=1,2;3&z=%20#t"),
        ("https://a.example/a b\r\nX-EVIL:1", "URL:https://a.example/a%20b%0D%0AX-EVIL:1"),
        ("https://a.example/é", "URL:https://a.example/%C3%A9"),
    ],
)
def test_a_url_is_kept_and_cannot_break_out(url: str, line: str) -> None:
    assert line in unfolded(render_calendar([replace(MEETING, url=url)]))


def test_a_fold_fills_the_line() -> None:
    data = render_calendar([replace(MEETING, summary="x" * 300)])
    parts = [part for part in data.split(b"\r\n") if b"xxx" in part]
    assert [len(part) for part in parts[:4]] == [75, 75, 75, 75]


def test_empty_optional_fields_write_nothing() -> None:
    bare = replace(MEETING, description=None, location=None, url=None)
    names = {line.split(":")[0] for line in unfolded(render_calendar([bare]))}
    assert not names & {"DESCRIPTION", "LOCATION", "URL", "METHOD", "ORGANIZER", "ATTENDEE"}
