"""From a cadence to its occurrences: a rule in wall-clock time, resolved to instants.

A cadence's rule follows RFC 5545 with one reading that the standard leaves open: a `local_start`
that does not match the rule is no occurrence; the first one is the first match after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from app.domain.errors import Invalid
from app.domain.rrule import parse_rrule
from app.domain.rrule_dates import rule_dates
from app.domain.wall_clock import Adjustment, check_time_zone, local_time, resolve_local

__all__ = [
    "Cadence",
    "DateRange",
    "Occurrence",
    "check_cadence",
    "check_time_zone",
    "first_occurrences",
    "occurrences",
    "resolve_local",
]

MIN_MINUTES, MAX_MINUTES = 15, 720
MAX_FIRST = 100
EARLIEST_START, LATEST_START = datetime(1970, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - local
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
HORIZON = timedelta(days=40 * 366)
"""How far past `after`, or past the start if that is later, an occurrence is looked for. Some
sensible rules rest long: a 29 February on a Monday comes every 28 years, or every 40."""

_OFFSET_DAYS = timedelta(days=2)
"""A local date differs from the UTC date by a day at most, and a skipped day moves it by one."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Local dates, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a group meets. `local_start` is the naive DTSTART in `time_zone`.

    `excluded` days take their occurrences away; COUNT counts them nevertheless, as with EXDATE.
    """

    rrule: str
    local_start: datetime
    time_zone: str
    duration_minutes: int
    excluded: tuple[DateRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting of a cadence.

    `local_start` is what the clocks show at `starts_at`: the rule's wall-clock time, except where
    `adjustment` is `gap` and it was moved. `ends_at` is later by the elapsed duration. Both
    instants are in UTC.
    """

    local_start: datetime
    starts_at: datetime
    ends_at: datetime
    adjustment: Adjustment | None


def check_cadence(cadence: Cadence) -> None:
    """Refuse, with a code and a pointer, a cadence that cannot be kept.

    Codes: `unknown_time_zone`, `invalid_local_start`, `invalid_duration`, `invalid_date_range`,
    those of `parse_rrule`, `rrule_until_before_start`, and `rrule_matches_nothing` where no
    occurrence lies within forty years of the start.
    """
    check_time_zone(cadence.time_zone)
    _check_local_start(cadence.local_start)
    if not MIN_MINUTES <= cadence.duration_minutes <= MAX_MINUTES:
        raise Invalid(
            f"A meeting lasts {MIN_MINUTES} to {MAX_MINUTES} minutes.",
            code="invalid_duration",
            pointer="/duration_minutes",
        )
    _check_excluded(cadence.excluded)
    _check_until(cadence)
    if next(_expanded(replace(cadence, excluded=()), EARLIEST, LATEST), None) is None:
        raise Invalid(
            "The rule names no day in forty years from local_start; check its days and months.",
            code="rrule_matches_nothing",
            pointer="/rrule",
        )


def occurrences(
    cadence: Cadence,
    *,
    after: datetime,
    until: datetime,
    limit: int = 500,
) -> tuple[Occurrence, ...]:
    """The first `limit` occurrences with `after <= starts_at < until`, ascending.

    The cadence has passed `check_cadence`. Nothing is looked for beyond `HORIZON`, before 1970 or
    after 2199. Two days that fall on the same instant, because the clocks skipped one of them
    (Apia, 30 December 2011), are one occurrence.
    """
    return tuple(islice(_expanded(cadence, after, until), limit))


def first_occurrences(cadence: Cadence, *, after: datetime, count: int) -> tuple[Occurrence, ...]:
    """The first `count` (100 at most) occurrences that start at `after` or later."""
    if count > MAX_FIRST:
        raise ValueError(f"count is {MAX_FIRST} at most")
    return occurrences(cadence, after=after, until=LATEST, limit=count)


def _expanded(cadence: Cadence, after: datetime, until: datetime) -> Iterator[Occurrence]:
    held: Occurrence | None = None
    for occurrence in _candidates(cadence, after, until):
        if not after <= occurrence.starts_at < until or _is_excluded(cadence, occurrence):
            continue
        if held and held.starts_at < occurrence.starts_at:
            yield held
        held = occurrence
    if held:
        yield held


def _candidates(cadence: Cadence, after: datetime, until: datetime) -> Iterator[Occurrence]:
    """Occurrences of the days around the window, in order."""
    rule = parse_rrule(cadence.rrule)
    start = cadence.local_start
    opening, closing = (
        max(min(end, LATEST), EARLIEST).astimezone(UTC).date() for end in (after, until)
    )
    closing = min(closing, max(opening, start.date()) + HORIZON)
    for day in rule_dates(rule, start.date(), opening - _OFFSET_DAYS, closing + _OFFSET_DAYS):
        wall_clock = datetime.combine(day, start.time())
        occurrence = _occurrence(cadence, wall_clock)
        if rule.until and _is_past(rule.until, wall_clock, occurrence.starts_at):
            return
        yield occurrence


def _occurrence(cadence: Cadence, wall_clock: datetime) -> Occurrence:
    starts_at, adjustment = resolve_local(wall_clock, cadence.time_zone)
    if adjustment == "gap":
        wall_clock = local_time(starts_at, cadence.time_zone)
    ends_at = starts_at + timedelta(minutes=cadence.duration_minutes)
    return Occurrence(wall_clock, starts_at, ends_at, adjustment)


def _is_past(until: datetime, wall_clock: datetime, starts_at: datetime) -> bool:
    """UNTIL in UTC bounds instants; as a date or local time it bounds the rule's wall clock."""
    return (starts_at if until.tzinfo else wall_clock) > until


def _is_excluded(cadence: Cadence, occurrence: Occurrence) -> bool:
    day = occurrence.local_start.date()
    return any(days.first <= day <= days.last for days in cadence.excluded)


def _check_local_start(local_start: datetime) -> None:
    whole = local_start.tzinfo is None and not (local_start.second or local_start.microsecond)
    if not whole or not EARLIEST_START <= local_start < LATEST_START:
        raise Invalid(
            "Send a local date and time without an offset, in whole minutes, from 1970 to 2099.",
            code="invalid_local_start",
            pointer="/local_start",
        )


def _check_excluded(excluded: tuple[DateRange, ...]) -> None:
    for place, days in enumerate(excluded):
        if days.last < days.first:
            raise Invalid(
                "A range of dates ends on its first day or later.",
                code="invalid_date_range",
                pointer=f"/except/{place}",
            )


def _check_until(cadence: Cadence) -> None:
    until = parse_rrule(cadence.rrule).until
    starts_at, _ = resolve_local(cadence.local_start, cadence.time_zone)
    if until and _is_past(until, cadence.local_start, starts_at):
        raise Invalid(
            "UNTIL lies before local_start, so that no meeting is left.",
            code="rrule_until_before_start",
            pointer="/rrule",
        )
