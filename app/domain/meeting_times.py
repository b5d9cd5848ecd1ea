"""When a meeting is, and when the service has something to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import Invalid
from app.domain.recurrence import MAX_MINUTES, MIN_MINUTES
from app.domain.wall_clock import local_time, resolve_local

REMIND_BEFORE = timedelta(hours=24)
LAPSE_AFTER = timedelta(days=7)
CLOSE_AFTER = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class MeetingTimes:
    """Start and end in UTC, and what the clocks of the meeting's zone show at the start."""

    local_start: datetime
    time_zone: str
    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class DutyTimes:
    """When to remind of a meeting, to say that nobody recorded it, to let it lapse or close it."""

    reminder: datetime | None = None
    unrecorded: datetime | None = None
    lapse: datetime | None = None


def at_local(local_start: datetime, time_zone: str, minutes: int) -> MeetingTimes:
    """A meeting by the clocks of a zone; a start in a gap moves forward by it.

    Raises Invalid `not_whole_minutes` and `invalid_duration`.
    """
    starts_at, adjustment = resolve_local(local_start, time_zone)
    if adjustment == "gap":
        local_start = local_time(starts_at, time_zone)
    return _checked(local_start, time_zone, starts_at, minutes)


def at_instant(starts_at: datetime, time_zone: str, minutes: int) -> MeetingTimes:
    """A meeting by an instant, shown in a zone. Raises as `at_local`."""
    return _checked(local_time(starts_at, time_zone), time_zone, starts_at, minutes)


def duty_times(state: str, starts_at: datetime, ends_at: datetime, now: datetime) -> DutyTimes:
    """What lies ahead of a meeting in this state; history that is put in later has no duties."""
    if state == "live":
        return DutyTimes(lapse=max(ends_at, now) + CLOSE_AFTER)
    if state != "scheduled" or ends_at <= now:
        return DutyTimes()
    remind_at = starts_at - REMIND_BEFORE
    return DutyTimes(
        reminder=remind_at if remind_at > now else None,
        unrecorded=ends_at,
        lapse=ends_at + LAPSE_AFTER,
    )


def _checked(
    local_start: datetime, time_zone: str, starts_at: datetime, minutes: int
) -> MeetingTimes:
    if starts_at.second or starts_at.microsecond:
        raise Invalid(
            "A meeting starts on a whole minute.", code="not_whole_minutes", pointer="/starts_at"
        )
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise Invalid(
            f"A meeting lasts {MIN_MINUTES} to {MAX_MINUTES} minutes.",
            code="invalid_duration",
            pointer="/duration_minutes",
        )
    return MeetingTimes(local_start, time_zone, starts_at, starts_at + timedelta(minutes=minutes))
