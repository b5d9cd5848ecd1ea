"""The alarms that a calendar's owner put on one of our objects: found there, and written along."""

from collections.abc import Iterator

MAX_OCTETS = 10_000
"""More than that is no alarm for a meeting, and is not kept."""

_BEGIN, _END = b"BEGIN:VALARM", b"END:VALARM"
_EVENT_BEGIN, _EVENT_END = b"BEGIN:VEVENT", b"END:VEVENT"


def alarms_of(ical: bytes) -> bytes:
    """The VALARM components of the only VEVENT of an object, as they were written; b"" if none.

    Of an object that somebody made recur by an exception we know not whose alarms they are.
    """
    events = list(_events(ical))
    if len(events) != 1:
        return b""
    kept: list[bytes] = []
    alarm: list[bytes] | None = None
    for line in events[0]:
        if line.upper() == _BEGIN:
            alarm = []
        if alarm is not None:
            alarm.append(line)
        if line.upper() == _END and alarm is not None:
            kept += alarm
            alarm = None
    found = b"".join(line + b"\r\n" for line in kept)
    return found if len(found) <= MAX_OCTETS and _is_text(found) else b""


def with_alarms(ical: bytes, alarms: bytes) -> bytes:
    """An object of ours with alarms in its event."""
    head, end, tail = ical.rpartition(_EVENT_END)
    return head + alarms + end + tail


def _events(ical: bytes) -> Iterator[list[bytes]]:
    """The lines of each event, within its BEGIN and END; one that does not end is none."""
    event: list[bytes] | None = None
    for line in ical.replace(b"\r\n", b"\n").split(b"\n"):
        name = line.upper().rstrip()
        if name == _EVENT_BEGIN:
            event = []
        elif name == _EVENT_END and event is not None:
            yield event
            event = None
        elif event is not None and line:
            event.append(line)


def _is_text(octets: bytes) -> bool:
    try:
        return "\x00" not in octets.decode()
    except UnicodeDecodeError:
        return False
