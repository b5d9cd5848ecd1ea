"""Alarms that a calendar's owner added: found, and written along."""

import icalendar
import pytest

from app.adapters.calendars.alarms import MAX_OCTETS, alarms_of, with_alarms

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
EVENT = b"BEGIN:VEVENT\r\nUID:a@hotseat\r\nDTSTAMP:20261123T090000Z\r\nDTSTART:20261126T190000Z\r\n"
TAIL = b"END:VEVENT\r\nEND:VCALENDAR\r\n"
OURS = HEAD + EVENT + b"SUMMARY:Ours\r\n" + TAIL
ALARM = (
    b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\n"
    b"DESCRIPTION:Leave now\\, by bicyc\r\n le \xf0\x9f\x9a\xb2\r\nEND:VALARM\r\n"
)
AUDIO = b"BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\n"


def event(inside: bytes) -> bytes:
    return HEAD + EVENT + inside + TAIL


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (event(b""), b""),
        (event(ALARM), ALARM),
        (event(AUDIO + b"SUMMARY:Theirs\r\n" + ALARM), AUDIO + ALARM),
        (event(ALARM).replace(b"\r\n", b"\n"), ALARM),
        (event(AUDIO.lower()), AUDIO.lower()),
        # of a to-do, and of nothing at all
        (event(ALARM).replace(b"VEVENT", b"VTODO"), b""),
        (b"", b""),
        (b"<html>not a calendar</html>", b""),
        # cut off before its end
        (event(ALARM)[:-40], b""),
        (event(ALARM.replace(b"END:VALARM\r\n", b"")), b""),
        # two events: an exception of a series that somebody made of it
        (HEAD + EVENT + ALARM + b"END:VEVENT\r\n" + EVENT + TAIL, b""),
        # what our database cannot hold, or should not
        (event(ALARM.replace(b"\xf0\x9f", b"\xff")), b""),
        (event(ALARM.replace(b"Leave", b"\x00")), b""),
        (event(AUDIO * (MAX_OCTETS // len(AUDIO))), AUDIO * (MAX_OCTETS // len(AUDIO))),
        (event(AUDIO * (MAX_OCTETS // len(AUDIO) + 1)), b""),
    ],
)
def test_alarms_are_found(theirs: bytes, found: bytes) -> None:
    assert alarms_of(theirs) == found


def test_alarms_move_into_our_object_and_nothing_else_does() -> None:
    theirs = event(b"SUMMARY:Theirs\r\nLOCATION:Pub\r\n" + ALARM)
    merged = with_alarms(OURS, alarms_of(theirs))
    (ours,) = icalendar.Calendar.from_ical(merged).walk("VEVENT")
    (alarm,) = ours.walk("VALARM")
    assert (ours["SUMMARY"], "LOCATION" in ours) == ("Ours", False)
    assert alarm["DESCRIPTION"] == "Leave now, by bicycle \N{BICYCLE}"
    assert alarms_of(merged) == ALARM
    assert with_alarms(OURS, b"") == OURS
