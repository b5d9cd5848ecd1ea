"""Whether one state of a calendar may follow another: RFC 5545 section 3.8.7.4, RFC 5546 2.1.4."""

from collections.abc import Iterator

from app.adapters.calendars.content_lines import (
    Component,
    Finding,
    read_components,
    read_lines,
)
from app.adapters.calendars.lint import ENTRIES

_RESCHEDULING = ("DTSTART", "DTEND", "DUE", "STATUS", "LOCATION")
"""What no calendar program shows anew unless SEQUENCE has risen."""


def lint_revisions(before: bytes, after: bytes) -> list[Finding]:
    """What is wrong with `after`, where `before` was read of the same calendar earlier.

    SEQUENCE and LAST-MODIFIED never fall; SEQUENCE rises with a new time, place or state; where
    neither has risen the entry is the same, byte by byte.
    """
    earlier = _entries(before)
    return [
        finding
        for uid, entry in _entries(after).items()
        if uid in earlier
        for finding in _compared(earlier[uid], entry)
    ]


def _entries(data: bytes) -> dict[str, Component]:
    calendars = read_components(read_lines(data, []), [])
    return {
        entry.value("UID") or "": entry
        for calendar in calendars
        for entry in calendar.parts_named(*ENTRIES)
    }


def _compared(old: Component, new: Component) -> Iterator[Finding]:
    rise = _sequence(new) - _sequence(old)
    changed = (old.value("LAST-MODIFIED") or "", new.value("LAST-MODIFIED") or "")
    if rise < 0:
        yield Finding("sequence_fell", new.number, f"SEQUENCE fell by {-rise}")
    if changed[0] > changed[1]:
        yield Finding("modified_fell", new.number, "LAST-MODIFIED went back in time")
    if rise <= 0 and any(_texts(old, name) != _texts(new, name) for name in _RESCHEDULING):
        yield Finding("sequence_stayed", new.number, "a new time, place or state raises SEQUENCE")
    elif rise == 0 and changed[0] == changed[1] and _all_texts(old) != _all_texts(new):
        yield Finding("changed_unsaid", new.number, "the entry changed; LAST-MODIFIED did not")


def _sequence(entry: Component) -> int:
    return int(entry.value("SEQUENCE") or 0)


def _texts(entry: Component, name: str) -> list[str]:
    return [line.text for line in entry.all(name)]


def _all_texts(component: Component) -> list[object]:
    return [
        component.name,
        [line.text for line in component.lines],
        [_all_texts(part) for part in component.parts],
    ]
