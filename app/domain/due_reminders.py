"""When to remind the owner of a promise: at an hour at which people are awake where they live."""

import datetime as dt
from dataclasses import dataclass

from app.domain.dues import Closings, Due, DueOn, overdue_at
from app.domain.wall_clock import local_time, resolve_local

NOTICE = dt.timedelta(hours=24)
A_DAY = dt.timedelta(days=1)
WAKES, RESTS = dt.time(9), dt.time(21)
"""Nobody is told anything at another hour, by the clocks of where they live."""
PLANNED_BY = dt.time(20)
"""An evening's reminders are planned an hour before its end: what tells of them may be behind."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """What time does to an open promise.

    From `due_at` on it is overdue, None if that is not known yet. At `overdue_at` and
    `due_soon_at` it has to be looked at; None if there is nothing (more) to do.
    """

    due_at: dt.datetime | None
    overdue: bool
    overdue_at: dt.datetime | None
    due_soon_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the owner of a promise has been told of its present due."""

    due_soon: bool = False
    overdue: bool = False


NOTHING = Told()


def alarms(
    due: Due,
    closings: Closings,
    *,
    starts_at: dt.datetime | None,
    now: dt.datetime,
    told: Told = NOTHING,
) -> Alarms:
    """The alarms of an open promise with this due. `starts_at` is that of the due's meeting."""
    due_at = overdue_at(due, closings)
    overdue = due_at is not None and due_at <= now
    late = None if told.overdue else now
    soon = None if told.due_soon else due_soon_at(due, starts_at=starts_at, now=now)
    return Alarms(
        due_at=due_at,
        overdue=overdue,
        overdue_at=late if overdue else due_at,
        due_soon_at=None if overdue else soon,
    )


def due_soon_at(due: Due, *, starts_at: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """A day before the due, or earlier where that is at night; None once that has gone by."""
    until = reminded_until(due, starts_at=starts_at)
    if until is None:
        return None
    instant = waking_before(until - NOTICE, due.time_zone)
    return instant if instant > now else None


def day_due(due: Due, *, starts_at: dt.datetime | None, time_zone: str) -> dt.date | None:
    """The date for which an owner in this zone is reminded, which they are once.

    Another hour of the same date is the same thing still; None if no start is known.
    """
    if isinstance(due, DueOn):
        return due.day
    return None if starts_at is None else local_time(starts_at, time_zone).date()


def is_told(reminded_for: dt.date | None, day: dt.date | None) -> bool:
    """Whether who was last reminded of one date knows of `day`: of the same date, nobody is
    reminded twice.
    """
    return day is not None and reminded_for == day


def reminded_until(due: Due, *, starts_at: dt.datetime | None) -> dt.datetime | None:
    """When a reminder comes too late: at the midnight after a date, or when the meeting begins."""
    return overdue_at(due, {}) if isinstance(due, DueOn) else starts_at


def waking_before(instant: dt.datetime, time_zone: str) -> dt.datetime:
    """The last waking instant that is not after `instant`, to plan for."""
    local = local_time(instant, time_zone)
    if WAKES <= local.time() <= PLANNED_BY:
        return instant
    day = local.date() if local.time() > PLANNED_BY else local.date() - A_DAY
    return resolve_local(dt.datetime.combine(day, PLANNED_BY), time_zone)[0]


def waking_after(instant: dt.datetime, time_zone: str) -> dt.datetime:
    """The first waking instant that is not before `instant`, to tell of something late."""
    local = local_time(instant, time_zone)
    if WAKES <= local.time() < RESTS:
        return instant
    day = local.date() if local.time() < WAKES else local.date() + A_DAY
    return resolve_local(dt.datetime.combine(day, WAKES), time_zone)[0]
