"""The dates that a rule names, period by period: RFC 5545 section 3.3.10.

A period is a day, week, month or year, as FREQ says. Each is listed day by day, so that the work
is bounded by the days between the two ends, whatever the rule. (dateutil looks at UNTIL only when
a day matches, and would search up to the year 9999 for a 30 February.)
"""

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from app.domain.rrule import Rule, Weekday


def rule_dates(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """Dates from `first` to `last`, both inclusive, that the rule names from `start` on, ascending.

    A start that does not match the rule is not among them. COUNT is counted from the start and so
    costs the days since then; without it the search begins in the period of `first`. UNTIL is
    left to the caller, who knows the time of day and the zone.
    """
    rule = _completed(rule, start)
    begun = 0 if rule.count else max(0, _period_number(rule, start, first))
    left = rule.count
    for number in count(begun):
        opening, closing = _period(rule, start, number)
        if opening > last or left == 0:
            return
        for day in _chosen(rule, opening, closing):
            if day < start or left == 0:
                continue
            left = left and left - 1
            if first <= day <= last:
                yield day


def _completed(rule: Rule, start: date) -> Rule:
    """What a rule leaves out is taken from its start."""
    if rule.weekdays or rule.month_days or rule.frequency == "DAILY":
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=frozenset({Weekday(start.weekday())}))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(start.day,))
    return replace(rule, months=rule.months or (start.month,), month_days=(start.day,))


def _period_number(rule: Rule, start: date, day: date) -> int:
    """How many intervals lie between the period of `start` and that of `day`, rounded down."""
    if rule.frequency == "DAILY":
        periods = (day - start).days
    elif rule.frequency == "WEEKLY":
        periods = (day - _week_of(rule, start)).days // 7
    elif rule.frequency == "MONTHLY":
        periods = 12 * (day.year - start.year) + day.month - start.month
    else:
        periods = day.year - start.year
    return periods // rule.interval


def _period(rule: Rule, start: date, number: int) -> tuple[date, date]:
    """First and last day of the `number`-th period, 0 being the one that holds `start`."""
    steps = number * rule.interval
    if rule.frequency == "DAILY":
        day = start + timedelta(days=steps)
        return day, day
    if rule.frequency == "WEEKLY":
        opening = _week_of(rule, start) + timedelta(weeks=steps)
        return opening, opening + timedelta(days=6)
    if rule.frequency == "MONTHLY":
        years, month = divmod(start.month - 1 + steps, 12)
        opening = date(start.year + years, month + 1, 1)
        return opening, opening.replace(day=monthrange(opening.year, opening.month)[1])
    return date(start.year + steps, 1, 1), date(start.year + steps, 12, 31)


def _week_of(rule: Rule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _chosen(rule: Rule, opening: date, closing: date) -> list[date]:
    length = (closing - opening).days + 1
    days = [day for n in range(length) if _matches(rule, day := opening + timedelta(days=n))]
    if not rule.positions:
        return days
    places = {n - 1 if n > 0 else len(days) + n for n in rule.positions}
    return [day for place, day in enumerate(days) if place in places]


def _matches(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _is_month_day(rule, day):
        return False
    return not rule.weekdays or _is_weekday(rule, day)


def _is_month_day(rule: Rule, day: date) -> bool:
    from_end = day.day - monthrange(day.year, day.month)[1] - 1
    return day.day in rule.month_days or from_end in rule.month_days


def _is_weekday(rule: Rule, day: date) -> bool:
    """`3WE` counts within the month, or within the year where a YEARLY rule names no months."""
    weekday = day.weekday()
    if (weekday, 0) in rule.weekdays:
        return True
    if rule.frequency == "MONTHLY" or rule.months:
        place, length = day.day, monthrange(day.year, day.month)[1]
    else:
        place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    from_start, from_end = (place - 1) // 7 + 1, -((length - place) // 7 + 1)
    return (weekday, from_start) in rule.weekdays or (weekday, from_end) in rule.weekdays
