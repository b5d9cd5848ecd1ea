"""When a promise is due: on a date, or at a meeting; and from when on it is overdue."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.errors import Invalid
from app.domain.wall_clock import check_time_zone, local_time, resolve_local

# Inside these, every date has a midnight in UTC, whatever the zone.
FIRST_DAY = dt.date(1970, 1, 1)
LAST_DAY = dt.date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class DueOn:
    """Due by the end of `day` in `time_zone`, the owner's IANA zone when the due was promised.

    The zone belongs to the promise: an owner who moves house later does not change it.
    """

    day: dt.date
    time_zone: str


@dataclass(frozen=True, slots=True)
class DueAtMeeting:
    """Due at a meeting, whenever it takes place; `time_zone` is the owner's, as for a date."""

    meeting_id: uuid.UUID
    time_zone: str


Due = DueOn | DueAtMeeting


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a meeting that was held.

    `day` is its date in the group's zone, by which windows take it. `closed_at` is the instant from
    which it counts as over: its actual end, or the planned one where it was recorded afterwards.
    """

    day: dt.date
    closed_at: dt.datetime


Closings = Mapping[uuid.UUID, Closing]
"""The meetings that were held and closed, by id. One that is absent has not closed (yet)."""


def midnight_after(day: dt.date, time_zone: str) -> dt.datetime:
    """The instant at which `day` is over in `time_zone`, in UTC.

    Where the next day begins late because the clocks go forward at midnight, that is the change
    itself; where midnight comes twice, the first.
    """
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
    return resolve_local(midnight, time_zone)[0]


def overdue_at(due: Due, closings: Closings) -> dt.datetime | None:
    """The first instant at which an open promise is overdue: its due has then arrived.

    For a date the midnight after it in the zone of the promise; for a meeting its close, and None
    until it has closed: a meeting that was cancelled or that lapsed makes nothing overdue.
    """
    if isinstance(due, DueOn):
        return midnight_after(due.day, due.time_zone)
    closing = closings.get(due.meeting_id)
    return None if closing is None else closing.closed_at


def has_arrived(due: Due, closings: Closings, at: dt.datetime) -> bool:
    """Whether the due date has arrived at the instant `at`, that is, has gone by."""
    arrival = overdue_at(due, closings)
    return arrival is not None and arrival <= at


def last_day(due: Due, closings: Closings) -> dt.date:
    """The last date, as the owner counts dates, that is in time.

    For a meeting, which must have closed (KeyError otherwise), the owner's date at its close.
    """
    if isinstance(due, DueOn):
        return due.day
    return local_time(closings[due.meeting_id].closed_at, due.time_zone).date()


def arrival_day(due: Due, closings: Closings) -> dt.date:
    """The date by which windows take a due: its own, or that of its meeting (closed, as above)."""
    return due.day if isinstance(due, DueOn) else closings[due.meeting_id].day


def same_target(due: Due, other: Due) -> bool:
    """Whether both name the same date or the same meeting, whatever the zone."""
    return replace(due, time_zone=other.time_zone) == other


def pointer_to(due: Due) -> str:
    """The field of the input that names the due."""
    return "/due_on" if isinstance(due, DueOn) else "/due_meeting_id"


def check_promise(due: Due, closings: Closings, at: dt.datetime) -> None:
    """Whether somebody can promise `due` at the instant `at`.

    Raises Invalid `due_out_of_range`, `unknown_time_zone`, or `due_in_past` when it has arrived.
    """
    check_time_zone(due.time_zone)
    if isinstance(due, DueOn):
        _check_range(due.day)
    if has_arrived(due, closings, at):
        raise Invalid(
            "This due date has gone by: choose a later date, or a meeting that has not closed.",
            code="due_in_past",
            pointer=pointer_to(due),
        )


def _check_range(day: dt.date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid(
            f"A due date lies between {FIRST_DAY} and {LAST_DAY}.",
            code="due_out_of_range",
            pointer="/due_on",
        )
