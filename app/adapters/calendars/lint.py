"""Whether an iCalendar object is one that every calendar program reads, and is told as we tell.

The rules are those of RFC 5545 that programs stumble over when they are broken, and ours on top:
DTSTAMP equals LAST-MODIFIED, every entry has a SEQUENCE, nothing invites without a METHOD.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from app.adapters.calendars.content_lines import (
    Component,
    Finding,
    Line,
    read_components,
    read_lines,
)

ENTRIES = ("VEVENT", "VTODO")
_ONCE = ("UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "SUMMARY")
_AT_MOST_ONCE = ("DTSTART", "DTEND", "DUE", "DURATION", "STATUS", "LOCATION", "DESCRIPTION", "URL")
_STAMPS = ("DTSTAMP", "LAST-MODIFIED", "CREATED", "COMPLETED")
_MOMENTS = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID")
_TEXTS = {"UID", "SUMMARY", "DESCRIPTION", "LOCATION", "NAME", "X-WR-CALNAME", "COMMENT"}
_STATUS = {
    "VEVENT": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "VTODO": {"NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"},
}
_DATE, _LOCAL = re.compile(r"\d{8}"), re.compile(r"\d{8}T\d{6}")
_UTC = re.compile(r"\d{8}T\d{6}Z")
_OFFSET = re.compile(r"[+-]\d{4}(\d\d)?")
_UNESCAPED = re.compile(r"(?:[^\\]|\\[\\;,nN])*?(?:[,;]|\\(?![\\;,nN]))")
_OBSERVANCES = ("STANDARD", "DAYLIGHT")

Check = Callable[[Component], Iterator[Finding]]


def lint(data: bytes, *, method: str | None = None, single: bool = False) -> list[Finding]:
    """What is wrong with one VCALENDAR, by its lines; nothing, if it is as it should be.

    `method`: what METHOD has to say, for an object that is mailed; None: there must be none.
    `single`: the object is of one UID, as CalDAV demands (RFC 4791 section 4.1).
    """
    findings: list[Finding] = []
    calendars = read_components(read_lines(data, findings), findings)
    if [part.name for part in calendars] != ["VCALENDAR"]:
        findings.append(Finding("not_one_calendar", 1, "an object is one VCALENDAR"))
    for calendar in calendars:
        checks: list[Check] = [_calendar, _zones, _uids, *([_single] if single else [])]
        for check in checks:
            findings += check(calendar)
        findings += _method(calendar, method)
        for entry in calendar.parts_named(*ENTRIES):
            findings += _entry(entry, method)
    return sorted(findings, key=lambda each: (each.line, each.rule))


def _calendar(calendar: Component) -> Iterator[Finding]:
    for name in ("VERSION", "PRODID"):
        if len(calendar.all(name)) != 1:
            yield Finding("calendar_property", calendar.number, f"VCALENDAR has one {name}")
    if calendar.value("VERSION") not in {"2.0", None}:
        yield Finding("calendar_property", calendar.number, "VERSION is 2.0")
    yield from _texts(calendar)


def _method(calendar: Component, wanted: str | None) -> Iterator[Finding]:
    given = calendar.value("METHOD")
    if given == wanted:
        return
    if wanted is None:
        number = calendar.all("METHOD")[0].number
        yield Finding("method_forbidden", number, "only what is mailed has a METHOD")
    else:
        yield Finding("method_missing", calendar.number, f"METHOD is {wanted}")


def _zones(calendar: Component) -> Iterator[Finding]:
    """Each TZID that is used is declared, once, by a component that says what it means."""
    declared: set[str | None] = set()
    for zone in calendar.parts_named("VTIMEZONE"):
        name = zone.value("TZID")
        if name in declared:
            yield Finding("zone_twice", zone.number, f"{name} is declared twice")
        declared.add(name)
        yield from _zone(zone)
    for entry in calendar.parts_named(*ENTRIES):
        for line in entry.lines:
            name = line.parameters.get("TZID")
            if name is not None and name not in declared:
                yield Finding("undeclared_zone", line.number, f"no VTIMEZONE declares {name}")


def _zone(zone: Component) -> Iterator[Finding]:
    observances = zone.parts_named(*_OBSERVANCES)
    if zone.value("TZID") is None or not observances:
        yield Finding("zone_incomplete", zone.number, "a VTIMEZONE has a TZID and an observance")
    for observance in observances:
        start = observance.value("DTSTART") or ""
        offsets = [observance.value(f"TZOFFSET{end}") or "" for end in ("FROM", "TO")]
        if not _LOCAL.fullmatch(start) or not all(map(_OFFSET.fullmatch, offsets)):
            yield Finding(
                "zone_incomplete",
                observance.number,
                "an observance has a local DTSTART, TZOFFSETFROM and TZOFFSETTO",
            )


def _uids(calendar: Component) -> Iterator[Finding]:
    """Two components may share a UID only where they are instances of one series."""
    keys: Counter[tuple[str | None, str | None]] = Counter()
    for entry in calendar.parts_named(*ENTRIES):
        key = (entry.value("UID"), entry.value("RECURRENCE-ID"))
        keys[key] += 1
        if keys[key] > 1:
            yield Finding("uid_twice", entry.number, f"there is another {key[0]}")


def _single(calendar: Component) -> Iterator[Finding]:
    entries = calendar.parts_named(*ENTRIES)
    if len({(entry.name, entry.value("UID")) for entry in entries}) != 1:
        yield Finding("not_single", calendar.number, "the object is of one UID and one kind")


def _entry(entry: Component, method: str | None) -> Iterator[Finding]:
    for name in (*_ONCE, *_AT_MOST_ONCE):
        lines = entry.all(name)
        if name in _ONCE and not lines:
            yield Finding("property_missing", entry.number, f"{entry.name} has a {name}")
        if len(lines) > 1:
            yield Finding("property_twice", lines[1].number, f"{name} stands once")
    yield from _times(entry)
    yield from _stamps(entry, method)
    yield from _texts(entry)
    yield from _values(entry)
    yield from _parties(entry, method)
    for alarm in entry.parts_named("VALARM"):
        yield from _alarm(alarm)


def _times(entry: Component) -> Iterator[Finding]:
    if entry.name == "VEVENT" and not entry.all("DTSTART"):
        yield Finding("property_missing", entry.number, "VEVENT has a DTSTART")
    for line in entry.lines:
        if line.name in _STAMPS and not _UTC.fullmatch(line.value):
            yield Finding("not_utc", line.number, f"{line.name} is in UTC: 20261124T190000Z")
        if line.name in _MOMENTS:
            yield from _moment(line)
    begin, end = entry.all("DTSTART"), entry.all("DTEND") or entry.all("DUE")
    is_comparable = begin and end and begin[0].parameters == end[0].parameters
    if is_comparable and begin[0].value >= end[0].value:
        yield Finding("ends_before_start", end[0].number, "an entry ends after its start")


def _moment(line: Line) -> Iterator[Finding]:
    if line.parameters.get("VALUE") == "DATE":
        if not _DATE.fullmatch(line.value) or "TZID" in line.parameters:
            yield Finding("bad_value", line.number, "a date is 20261124, and has no zone")
    elif _UTC.fullmatch(line.value):
        if "TZID" in line.parameters:
            yield Finding("zoned_utc", line.number, "a time in UTC has no TZID")
    elif not _LOCAL.fullmatch(line.value):
        yield Finding("bad_value", line.number, "a time is 20261124T190000, in UTC with a Z")
    elif "TZID" not in line.parameters:
        yield Finding("floating_time", line.number, "a local time names its TZID")


def _stamps(entry: Component, method: str | None) -> Iterator[Finding]:
    """RFC 5545 section 3.8.7.2: DTSTAMP is the last revision; with METHOD, that of the message."""
    stamp, changed = entry.value("DTSTAMP"), entry.value("LAST-MODIFIED")
    if stamp and changed and (stamp < changed if method else stamp != changed):
        yield Finding("stamp_differs", entry.all("DTSTAMP")[0].number, "DTSTAMP is LAST-MODIFIED")


def _texts(component: Component) -> Iterator[Finding]:
    for line in component.lines:
        if line.name in _TEXTS and _UNESCAPED.match(line.value):
            yield Finding("unescaped_text", line.number, r"write \\ \; \, and \n within a text")


def _values(entry: Component) -> Iterator[Finding]:
    for line in entry.lines:
        if line.name == "SEQUENCE" and not line.value.isdecimal():
            yield Finding("bad_value", line.number, "SEQUENCE is a whole number")
        if line.name == "STATUS" and line.value not in _STATUS[entry.name]:
            yield Finding("bad_value", line.number, f"no STATUS of a {entry.name}")
        if line.name == "URL" and (not line.value.isascii() or " " in line.value):
            yield Finding("bad_value", line.number, "percent-encode what a URI cannot hold")


def _parties(entry: Component, method: str | None) -> Iterator[Finding]:
    named = [line for line in entry.lines if line.name in {"ORGANIZER", "ATTENDEE"}]
    if method is None and named:
        yield Finding("invites", named[0].number, "without METHOD nobody is invited")
    if method is not None and not entry.all("ORGANIZER"):
        yield Finding("property_missing", entry.number, "what is mailed has an ORGANIZER")


def _alarm(alarm: Component) -> Iterator[Finding]:
    wanted = ["ACTION", "TRIGGER"]
    if alarm.value("ACTION") == "DISPLAY":
        wanted.append("DESCRIPTION")
    for name in wanted:
        if len(alarm.all(name)) != 1:
            yield Finding("alarm_incomplete", alarm.number, f"the alarm has one {name}")
    yield from _texts(alarm)
