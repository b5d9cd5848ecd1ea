"""A cadence before it is set: what it means on each member's own clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from app.domain.local_shifts import shifted_minutes
from app.domain.recurrence import Cadence, Occurrence, first_occurrences
from app.domain.wall_clock import local_time, resolve_local

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Night:
    """From when to when people sleep, on their own clocks; it may pass midnight."""

    begins: time = time(21)
    ends: time = time(7)


@dataclass(frozen=True, slots=True)
class MemberZone:
    """A member, and where their clocks are."""

    membership_id: UUID
    person_id: UUID
    time_zone: str


@dataclass(frozen=True, slots=True)
class MemberHours:
    """One meeting on a member's clocks.

    `shifted_minutes`: later than the meeting before it (below 0: earlier), because one side has
    changed its clocks. `night_minutes`: how much of it lies in their night.
    """

    member: MemberZone
    local_start: datetime
    local_end: datetime
    shifted_minutes: int
    night_minutes: int


@dataclass(frozen=True, slots=True)
class PreviewedMeeting:
    """One occurrence. `offset_minutes` is that of the cadence's zone from UTC at its start;
    `clocks_changed`: it is another one than at the occurrence before.
    """

    occurrence: Occurrence
    offset_minutes: int
    clocks_changed: bool
    members: tuple[MemberHours, ...]


def preview_cadence(
    cadence: Cadence, members: Sequence[MemberZone], night: Night, *, after: datetime, count: int
) -> tuple[PreviewedMeeting, ...]:
    """The first `count` occurrences that start at `after` or later, for everybody."""
    found = first_occurrences(cadence, after=after, count=count)
    return tuple(
        _previewed(cadence.time_zone, previous, occurrence, members, night)
        for previous, occurrence in zip((found[:1] + found), found, strict=False)
    )


def _previewed(
    time_zone: str,
    previous: Occurrence,
    occurrence: Occurrence,
    members: Sequence[MemberZone],
    night: Night,
) -> PreviewedMeeting:
    offset = _offset_minutes(occurrence.starts_at, time_zone)
    return PreviewedMeeting(
        occurrence,
        offset,
        offset != _offset_minutes(previous.starts_at, time_zone),
        tuple(_hours(time_zone, previous, occurrence, member, night) for member in members),
    )


def _hours(
    time_zone: str, previous: Occurrence, occurrence: Occurrence, member: MemberZone, night: Night
) -> MemberHours:
    own = member.time_zone
    starts_at, ends_at = occurrence.starts_at, occurrence.ends_at
    return MemberHours(
        member,
        local_time(starts_at, own),
        local_time(ends_at, own),
        shifted_minutes(previous.starts_at, starts_at, time_zone, own),
        night_minutes(starts_at, ends_at, own, night),
    )


def night_minutes(starts_at: datetime, ends_at: datetime, time_zone: str, night: Night) -> int:
    """How many minutes between two instants lie in the nights of a zone."""
    length = A_DAY if night.ends <= night.begins else timedelta(0)
    day = local_time(starts_at, time_zone).date() - A_DAY
    total = timedelta(0)
    while day <= local_time(ends_at, time_zone).date():
        begins, _ = resolve_local(datetime.combine(day, night.begins), time_zone)
        ends, _ = resolve_local(datetime.combine(day + length, night.ends), time_zone)
        total += max(min(ends, ends_at) - max(begins, starts_at), timedelta(0))
        day += A_DAY
    return total // timedelta(minutes=1)


def _offset_minutes(instant: datetime, time_zone: str) -> int:
    shown = local_time(instant, time_zone)
    return (shown - instant.replace(tzinfo=None)) // timedelta(minutes=1)
