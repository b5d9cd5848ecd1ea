"""The text of an RRULE, read into a value: RFC 5545 section 3.3.10, as far as people use it.

DAILY, WEEKLY, MONTHLY and YEARLY with INTERVAL, COUNT or UNTIL, WKST, BYMONTH, BYMONTHDAY, BYDAY
and BYSETPOS. Everything else is refused with a code and the pointer `/rrule`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, get_args

from app.domain.errors import Invalid

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

MAX_LENGTH = 500
MAX_INTERVAL = 1000
MAX_COUNT = 5000

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = frozenset(
    ["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS"],
)
_TOO_OFTEN = frozenset(("SECONDLY", "MINUTELY", "HOURLY"))
_NUMBER = re.compile(r"[+-]?[0-9]+")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL_FORMS = (
    (re.compile(r"[0-9]{8}"), "%Y%m%d"),
    (re.compile(r"[0-9]{8}T[0-9]{6}"), "%Y%m%dT%H%M%S"),
    (re.compile(r"[0-9]{8}T[0-9]{6}Z"), "%Y%m%dT%H%M%SZ"),
)


class Weekday(NamedTuple):
    """`day` 0 is Monday; `nth` counts within the month or year, from its end below 0, 0 is all."""

    day: int
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule without its start.

    `until` is inclusive: aware for an instant, naive for wall-clock time (a date means its end).
    An empty part was not given.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: frozenset[Weekday] = frozenset()
    positions: tuple[int, ...] = ()


def parse_rrule(text: str) -> Rule:
    """The rule that `text` states, with or without the leading `RRULE:`, in any case.

    Codes of `Invalid`: `rrule_too_long`, `not_one_rrule`, `unsupported_rrule_frequency`,
    `unsupported_rrule_part`, `rrule_number_too_large`, and `invalid_rrule` for all else.
    """
    parts = _parts(text)
    rule = Rule(
        frequency=_frequency(parts),
        interval=_amount(parts, "INTERVAL", MAX_INTERVAL) or 1,
        count=_amount(parts, "COUNT", MAX_COUNT),
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO")),
        months=_numbers(parts, "BYMONTH", 12),
        month_days=_numbers(parts, "BYMONTHDAY", 31, signed=True),
        weekdays=_weekdays(parts),
        positions=_numbers(parts, "BYSETPOS", 366, signed=True),
    )
    _check_together(rule)
    return rule


def _refusal(detail: str, code: str = "invalid_rrule") -> Invalid:
    return Invalid(detail, code=code, pointer="/rrule")


def _parts(text: str) -> dict[str, str]:
    if len(text) > MAX_LENGTH:
        raise _refusal(f"Keep the rule to {MAX_LENGTH} characters.", "rrule_too_long")
    rule = text.strip().upper().removeprefix("RRULE:")
    if ":" in rule or any(character.isspace() for character in rule):
        raise _refusal(
            "Send one RRULE on one line: the start belongs in local_start, days off in except.",
            "not_one_rrule",
        )
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise _refusal("Write the rule as NAME=VALUE pairs, such as FREQ=WEEKLY;BYDAY=TU.")
        if name not in _PARTS:
            raise _refusal(
                f"{name[:20]} is not supported; use {', '.join(sorted(_PARTS))}.",
                "unsupported_rrule_part",
            )
        if name in parts:
            raise _refusal(f"Give {name} once.")
        parts[name] = value
    return parts


def _frequency(parts: Mapping[str, str]) -> Frequency:
    given = parts.get("FREQ")
    for frequency in get_args(Frequency):
        if given == frequency:
            known: Frequency = frequency
            return known
    if given in _TOO_OFTEN:
        raise _refusal("A group meets once a day at most.", "unsupported_rrule_frequency")
    raise _refusal("Give FREQ as DAILY, WEEKLY, MONTHLY or YEARLY.")


def _amount(parts: Mapping[str, str], name: str, highest: int) -> int | None:
    if name not in parts:
        return None
    amount = _number(parts[name])
    if amount is None or amount < 1:
        raise _refusal(f"{name} is a whole number from 1.")
    if amount > highest:
        raise _refusal(f"{name} is {highest} at most.", "rrule_number_too_large")
    return amount


def _numbers(
    parts: Mapping[str, str],
    name: str,
    highest: int,
    *,
    signed: bool = False,
) -> tuple[int, ...]:
    if name not in parts:
        return ()
    numbers = [_number(item) for item in parts[name].split(",")]
    lowest = -highest if signed else 1
    kept = sorted({n for n in numbers if n and lowest <= n <= highest})
    if any(n not in kept for n in numbers):
        also = f" or -{highest} to -1" if signed else ""
        raise _refusal(f"{name} is a list of numbers from 1 to {highest}{also}.")
    return tuple(kept)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _weekdays(parts: Mapping[str, str]) -> frozenset[Weekday]:
    if "BYDAY" not in parts:
        return frozenset()
    return frozenset(_weekday(item) for item in parts["BYDAY"].split(","))


def _weekday(text: str) -> Weekday:
    match = _DAY.fullmatch(text)
    nth = int(match[1]) if match and match[1] else 0
    if match is None or abs(nth) > 53 or (match[1] and not nth):
        raise _refusal("BYDAY is a list of days such as TU, 3WE or -1FR.")
    return Weekday(_WEEKDAYS.index(match[2]), nth)


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise _refusal("WKST is one of MO, TU, WE, TH, FR, SA, SU.")
    return _WEEKDAYS.index(text)


def _until(text: str) -> datetime:
    for form, layout in _UNTIL_FORMS:
        if form.fullmatch(text):
            try:
                until = datetime.strptime(text, layout)  # noqa: DTZ007 - wall-clock time is naive
            except ValueError:
                break
            if layout.endswith("Z"):
                return until.replace(tzinfo=UTC)
            return until if "T" in layout else until + timedelta(hours=23, minutes=59, seconds=59)
    raise _refusal("UNTIL is a date (20261231), a local time (20261231T190000) or UTC (…Z).")


def _check_together(rule: Rule) -> None:
    if rule.count is not None and rule.until is not None:
        raise _refusal("Give COUNT or UNTIL, not both.")
    if rule.frequency == "WEEKLY" and rule.month_days:
        raise _refusal("BYMONTHDAY has no meaning in a WEEKLY rule.")
    if rule.frequency in {"DAILY", "WEEKLY"} and any(day.nth for day in rule.weekdays):
        raise _refusal("A number before a day (3WE) needs FREQ=MONTHLY or FREQ=YEARLY.")
    if rule.positions and not (rule.months or rule.month_days or rule.weekdays):
        raise _refusal("BYSETPOS picks from the days of another part, such as BYDAY.")
