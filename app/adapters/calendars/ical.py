"""Meetings and due dates as an iCalendar object: RFC 5545, and RFC 7986 for the calendar's name.

The same entries give the same bytes, in whatever order they come: nothing here reads a clock.
There is no METHOD, ORGANIZER or ATTENDEE: the object states what is, it invites nobody.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.adapters.calendars.vtimezone import vtimezone

PRODID = "-//Hotseat//Hotseat//EN"

_UTC_ZONES = frozenset(
    ("UTC", "UCT", "Universal", "Zulu", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu")
)
_MAX_OCTETS = 75
_LINE_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_URI_MARKS = ":/?#[]@!$&'()*+,;=%"


@dataclass(frozen=True, slots=True)
class CalendarMeeting:
    """One meeting. Instants are aware, in UTC; `time_zone` is the IANA name to show them in.

    `alarms`: minutes before the start at which a program shows the summary once more.
    """

    uid: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    summary: str
    description: str | None
    location: str | None
    url: str | None
    cancelled: bool = False
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarDue:
    """A commitment's due date: an all-day entry that takes no time, or a to-do."""

    uid: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    due_on: date
    summary: str
    description: str | None
    url: str | None
    as_todo: bool = False


CalendarEntry = CalendarMeeting | CalendarDue


def render_calendar(
    entries: Sequence[CalendarEntry],
    *,
    name: str | None = None,
    refresh_hours: int = 1,
) -> bytes:
    """The VCALENDAR of `entries`, as UTF-8 with CRLF and lines of at most 75 octets.

    With `name` it is a feed and says how it is called and how often to ask for it; without, it
    is an object to be put into a calendar, by CalDAV or by the receiver of an event.
    """
    header = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN"]
    if name is not None:
        header += _feed_lines(name, refresh_hours)
    blocks = sorted((_starts_at(entry), entry.uid, _entry_lines(entry)) for entry in entries)
    lines = [
        *header,
        *_zone_lines(entries),
        *(line for _, _, block in blocks for line in block),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _feed_lines(name: str, refresh_hours: int) -> list[str]:
    return [
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:PT{refresh_hours}H",
        f"X-PUBLISHED-TTL:PT{refresh_hours}H",
    ]


def _zone_lines(entries: Iterable[CalendarEntry]) -> list[str]:
    """Each zone that a TZID names, once, for the years from its first meeting to its last."""
    used: dict[str, list[datetime]] = {}
    for entry in entries:
        if isinstance(entry, CalendarMeeting) and _has_tzid(entry):
            used.setdefault(entry.time_zone, []).extend((entry.starts_at, entry.ends_at))
    return [
        line
        for zone, instants in sorted(used.items())
        for line in vtimezone(zone, min(instants), max(instants))
    ]


def _starts_at(entry: CalendarEntry) -> datetime:
    if isinstance(entry, CalendarMeeting):
        return entry.starts_at
    return datetime.combine(entry.due_on, time(), UTC)


def _entry_lines(entry: CalendarEntry) -> list[str]:
    when = _meeting_lines(entry) if isinstance(entry, CalendarMeeting) else _due_lines(entry)
    kind = "VTODO" if isinstance(entry, CalendarDue) and entry.as_todo else "VEVENT"
    return [
        f"BEGIN:{kind}",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_utc(entry.changed_at)}",
        f"CREATED:{_utc(entry.created_at)}",
        f"LAST-MODIFIED:{_utc(entry.changed_at)}",
        *when,
        f"SUMMARY:{_text(entry.summary)}",
        *([f"DESCRIPTION:{_text(entry.description)}"] if entry.description else []),
        *([f"URL:{_uri(entry.url)}"] if entry.url else []),
        *(_alarm_lines(entry) if isinstance(entry, CalendarMeeting) else []),
        f"END:{kind}",
    ]


def _meeting_lines(meeting: CalendarMeeting) -> list[str]:
    return [
        f"DTSTART{_moment(meeting, meeting.starts_at)}",
        f"DTEND{_moment(meeting, meeting.ends_at)}",
        f"STATUS:{'CANCELLED' if meeting.cancelled else 'CONFIRMED'}",
        *([f"LOCATION:{_text(meeting.location)}"] if meeting.location else []),
    ]


def _alarm_lines(meeting: CalendarMeeting) -> list[str]:
    if meeting.cancelled:
        return []
    return [
        line
        for minutes in sorted(meeting.alarms, reverse=True)
        for line in (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(meeting.summary)}",
            f"TRIGGER:-PT{minutes}M",
            "END:VALARM",
        )
    ]


def _due_lines(due: CalendarDue) -> list[str]:
    """One whole day: without a DTEND a date lasts until the next."""
    if due.as_todo:
        return [f"DUE;VALUE=DATE:{due.due_on:%Y%m%d}", "STATUS:NEEDS-ACTION"]
    return [f"DTSTART;VALUE=DATE:{due.due_on:%Y%m%d}", "TRANSP:TRANSPARENT"]


def _moment(meeting: CalendarMeeting, instant: datetime) -> str:
    if not _has_tzid(meeting):
        return f":{_utc(instant)}"
    local = instant.astimezone(ZoneInfo(meeting.time_zone))
    return f";TZID={meeting.time_zone}:{local:%Y%m%dT%H%M%S}"


def _has_tzid(meeting: CalendarMeeting) -> bool:
    """False where UTC must be named: a local time that the clocks show twice means the first."""
    if meeting.time_zone in _UTC_ZONES:
        return False
    zone = ZoneInfo(meeting.time_zone)
    return not any(end.astimezone(zone).fold for end in (meeting.starts_at, meeting.ends_at))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value: RFC 5545 section 3.3.11.

    (Not by icalendar's vText, which takes a backslash and an N for a line break.)
    """
    return _NOT_TEXT.sub("", _LINE_BREAKS.sub("\n", value)).translate(_ESCAPED)


def _uri(value: str) -> str:
    """A URI value, which has no escapes of its own: what a URI cannot hold is percent-encoded."""
    return quote(value, safe=_URI_MARKS, errors="replace")


def folded(line: str) -> bytes:
    """The line in UTF-8, with a fold after at most 75 octets and between characters, and CRLF."""
    octets = line.encode()
    pieces: list[bytes] = []
    begin, room = 0, _MAX_OCTETS
    while len(octets) - begin > room:
        end = begin + room
        while octets[end] & 0b1100_0000 == 0b1000_0000:  # within a character
            end -= 1
        pieces.append(octets[begin:end])
        begin, room = end, _MAX_OCTETS - 1  # the space of the fold counts
    return b"\r\n ".join([*pieces, octets[begin:]]) + b"\r\n"
