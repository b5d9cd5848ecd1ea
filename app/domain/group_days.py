"""The calendar days of a group: which one it is there, and when one begins."""

import datetime as dt

from app.domain.membership import MembershipState
from app.domain.wall_clock import local_time, resolve_local

A_DAY = dt.timedelta(days=1)


def day_of(instant: dt.datetime, time_zone: str) -> dt.date:
    """The date that the group's calendar shows at `instant`."""
    return local_time(instant, time_zone).date()


def begin_of(day: dt.date, time_zone: str) -> dt.datetime:
    """The instant at which `day` begins, where clocks skip midnight too."""
    midnight = dt.datetime.combine(day, dt.time())
    return resolve_local(midnight, time_zone)[0]


def end_of(day: dt.date, time_zone: str) -> dt.datetime:
    """The instant at which `day` is over."""
    return begin_of(day + A_DAY, time_zone)


def membership_due_at(
    state: MembershipState, starts_on: dt.date, ends_on: dt.date | None, time_zone: str
) -> dt.datetime | None:
    """When a membership in `state` moves on by itself; None if it never does."""
    if state is MembershipState.UPCOMING:
        return begin_of(starts_on, time_zone)
    if state is MembershipState.CURRENT and ends_on is not None:
        return end_of(ends_on, time_zone)
    return None
