"""VTIMEZONE components that say what zoneinfo says: RFC 5545 section 3.6.5.

A zone without changes is one STANDARD. One that changes twice a year by a rule, such as the last
Sunday of March, is a STANDARD and a DAYLIGHT with an RRULE. Any other is a list: one observance a
change, and no RDATE, which Outlook ignores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_STEP = timedelta(days=3)
"""Since 1970 no zone has changed twice within six days."""

_RULE_YEARS = 8
"""How long past the window a rule must hold to be written as one. An RRULE has no end, and over
eight years the last Sunday of a month is not always its fourth."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Clock:
    offset: timedelta
    saving: timedelta
    name: str


@dataclass(frozen=True, slots=True)
class _Change:
    at: datetime
    before: _Clock
    after: _Clock

    @property
    def onset(self) -> datetime:
        """The naive wall-clock time of the change as the clocks before it show it."""
        return (self.at + self.before.offset).replace(tzinfo=None)


def vtimezone(time_zone: str, first: datetime, last: datetime) -> tuple[str, ...]:
    """The unfolded content lines of the component, right for every instant from `first` to `last`.

    Both are aware; their calendar years count, so that a window which slides from day to day
    keeps its component.
    """
    return _component(time_zone, first.astimezone(UTC).year, last.astimezone(UTC).year)


@lru_cache(maxsize=1024)
def _component(time_zone: str, first_year: int, last_year: int) -> tuple[str, ...]:
    zone = ZoneInfo(time_zone)
    opening, closing = (
        datetime(first_year, 1, 1, tzinfo=UTC),
        datetime(last_year + 1, 1, 1, tzinfo=UTC),
    )
    changes = list(_changes(zone, opening, closing))
    observances = (
        _fixed(_clock(zone, opening))
        if not changes
        else _regular(zone, first_year, last_year) or _listed(changes, first_year)
    )
    return ("BEGIN:VTIMEZONE", f"TZID:{time_zone}", *observances, "END:VTIMEZONE")


def _fixed(clock: _Clock) -> list[str]:
    return _observance("STANDARD", datetime(1970, 1, 1), clock, clock)  # noqa: DTZ001 - wall clock


def _regular(zone: ZoneInfo, first_year: int, last_year: int) -> list[str]:
    """The pair of observances, in force since the year before; empty if there is no such pair."""
    opening = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    closing = datetime(last_year + 1 + _RULE_YEARS, 1, 1, tzinfo=UTC)
    changes = list(_changes(zone, opening, closing))
    years = closing.year - opening.year
    lines: list[str] = []
    for turn in (changes[0::2], changes[1::2]):
        rule = _yearly_rule([change.onset for change in turn])
        clocks = {(change.before, change.after) for change in turn}
        if rule is None or len(turn) != years or len(clocks) != 1:
            return []
        kind = _kind(turn[0].after, changes)
        lines += _observance(kind, turn[0].onset, turn[0].before, turn[0].after, rule)
    return lines


def _yearly_rule(onsets: Sequence[datetime]) -> str | None:
    """`FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` where all fit it, at the same time of day."""
    if len({(onset.month, onset.weekday(), onset.time()) for onset in onsets}) != 1:
        return None
    first = onsets[0]
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    if all((onset + timedelta(weeks=1)).month != onset.month for onset in onsets):
        weeks = {-1}
    if len(weeks) != 1:
        return None
    return f"FREQ=YEARLY;BYMONTH={first.month};BYDAY={weeks.pop()}{_WEEKDAYS[first.weekday()]}"


def _listed(changes: Sequence[_Change], first_year: int) -> list[str]:
    """What held before the window, then each change."""
    held = changes[0].before
    year_before = datetime(first_year - 1, 1, 1)  # noqa: DTZ001 - wall clock
    lines = _observance(_kind(held, changes), year_before, held, held)
    for change in changes:
        kind = _kind(change.after, changes)
        lines += _observance(kind, change.onset, change.before, change.after)
    return lines


def _kind(clock: _Clock, changes: Sequence[_Change]) -> str:
    """DAYLIGHT is the clock that is ahead, by the sign of what zoneinfo says it saves.

    Dublin and Casablanca save a negative hour: there the clock that saves nothing is ahead.
    (The amount is a guess of zoneinfo, and wrong for Inuvik.)
    """
    if clock.saving:
        return "DAYLIGHT" if clock.saving > timedelta(0) else "STANDARD"
    pairs = [(change.before, change.after) for change in changes]
    ahead = any(other.saving < timedelta(0) for pair in pairs if clock in pair for other in pair)
    return "DAYLIGHT" if ahead else "STANDARD"


def _observance(
    kind: str,
    onset: datetime,
    before: _Clock,
    after: _Clock,
    rule: str | None = None,
) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset_text(before.offset)}",
        f"TZOFFSETTO:{_offset_text(after.offset)}",
        *([f"RRULE:{rule}"] if rule else []),
        f"TZNAME:{after.name}",
        f"END:{kind}",
    ]


def _offset_text(offset: timedelta) -> str:
    """`-0330`, with seconds only where there are any: RFC 5545 section 3.3.14."""
    seconds = int(abs(offset).total_seconds())
    text = f"{'-' if offset < timedelta(0) else '+'}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return text + (f"{seconds % 60:02}" if seconds % 60 else "")


def _changes(zone: ZoneInfo, opening: datetime, closing: datetime) -> Iterator[_Change]:
    """Every change of offset after `opening` and before `closing`, in order.

    A new name for the same offset (Vancouver's PDT became MST in November 2026) is no change:
    readers stumble over it, and no instant depends on it.
    """
    earlier, before = opening, _clock(zone, opening)
    while earlier < closing:
        later = min(earlier + _STEP, closing)
        after = _clock(zone, later)
        if before.offset != after.offset:
            yield _Change(_moment_of_change(zone, earlier, later), before, after)
        earlier, before = later, after


def _moment_of_change(zone: ZoneInfo, earlier: datetime, later: datetime) -> datetime:
    """The first second of the offset that holds at `later`, by bisection."""
    offset = _clock(zone, earlier).offset
    while later - earlier > timedelta(seconds=1):
        middle = (earlier + (later - earlier) / 2).replace(microsecond=0)
        if _clock(zone, middle).offset == offset:
            earlier = middle
        else:
            later = middle
    return later


def _clock(zone: ZoneInfo, instant: datetime) -> _Clock:
    local = instant.astimezone(zone)
    return _Clock(
        local.utcoffset() or timedelta(0), local.dst() or timedelta(0), local.tzname() or ""
    )
