"""A meeting as an iTIP message (RFC 5546) for mail: the feed's object, with who asks whom to what.

METHOD, ORGANIZER and ATTENDEE are for messages only: what is stored in a calendar has none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from app.adapters.calendars.ical import CalendarMeeting, folded, render_calendar

Method = Literal["REQUEST", "CANCEL"]
_NOT_IN_QUOTES = re.compile(r'[\x00-\x1f\x7f-\x9f"\u2028\u2029\ud800-\udfff]+')
_IN_MAILTO = "@+-._~!$'*"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name and a mail address."""

    name: str
    address: str


def itip_message(
    meeting: CalendarMeeting,
    method: Method,
    *,
    organizer: Party,
    attendee: Party,
    stamped_at: datetime,
) -> bytes:
    """The object that invites `attendee`, or takes the invitation back; UTF-8, CRLF, folded.

    UID and SEQUENCE are the meeting's. DTSTAMP is when the message was written (RFC 5545 section
    3.8.7.2): of two with one SEQUENCE the later wins (RFC 5546 section 2.1.5), which is how a hot
    seat that changes hands, or a member who leaves, gets through without a new revision.
    """
    shown = replace(meeting, cancelled=method == "CANCEL")
    stamp = f"DTSTAMP:{stamped_at.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n".encode()
    parties = _organizer(organizer), _attendee(attendee)
    return b"".join(_lines(render_calendar([shown]), method, stamp, parties))


def _lines(
    calendar: bytes, method: Method, stamp: bytes, parties: tuple[bytes, ...]
) -> Iterator[bytes]:
    for line in calendar.splitlines(keepends=True):
        if line == b"END:VEVENT\r\n":
            yield from parties
        yield stamp if line.startswith(b"DTSTAMP:") else line
        if line.startswith(b"PRODID:"):
            yield f"METHOD:{method}\r\n".encode()


def _organizer(party: Party) -> bytes:
    return folded(f"ORGANIZER;CN={_quoted(party.name)}:{_mailto(party.address)}")


def _attendee(party: Party) -> bytes:
    """Who answers does so to the group, not by mail: no reply is asked for."""
    return folded(
        f"ATTENDEE;CN={_quoted(party.name)};CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;"
        f"PARTSTAT=NEEDS-ACTION;RSVP=FALSE:{_mailto(party.address)}"
    )


def _quoted(name: str) -> str:
    """A parameter value in quotes, which can hold anything but quotes and control characters."""
    return f'"{_NOT_IN_QUOTES.sub(" ", name).strip()}"'


def _mailto(address: str) -> str:
    return "mailto:" + quote(address, safe=_IN_MAILTO)
