"""When the clock of a running meeting stood still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Pause:
    """From `begins` to `ends`, which is None for one that lasts."""

    begins: datetime
    ends: datetime | None = None


def pauses_from(stored: Sequence[Mapping[str, Any]]) -> tuple[Pause, ...]:
    """Pauses as they are kept with a meeting: `{"from", "to"}`, RFC 3339 or null."""
    return tuple(
        Pause(
            datetime.fromisoformat(each["from"]),
            datetime.fromisoformat(each["to"]) if each["to"] else None,
        )
        for each in stored
    )


def pauses_to(pauses: Sequence[Pause]) -> list[dict[str, Any]]:
    """The inverse of `pauses_from`."""
    return [
        {"from": each.begins.isoformat(), "to": each.ends.isoformat() if each.ends else None}
        for each in pauses
    ]


def is_paused(pauses: Sequence[Pause]) -> bool:
    return bool(pauses) and pauses[-1].ends is None


def check_not_paused(pauses: Sequence[Pause]) -> None:
    """Raises Conflict `meeting_paused`."""
    if is_paused(pauses):
        raise Conflict(
            "The meeting is paused: resume it first.",
            code="meeting_paused",
            facts={"since": pauses[-1].begins.isoformat()},
        )


def pause(pauses: Sequence[Pause], now: datetime) -> tuple[Pause, ...]:
    """The pauses with one that begins now. Raises Conflict `meeting_paused`."""
    check_not_paused(pauses)
    return (*pauses, Pause(now))


def resume(pauses: Sequence[Pause], now: datetime) -> tuple[Pause, ...]:
    """The pauses, of which the last ends now. Raises Conflict `meeting_not_paused`."""
    if not is_paused(pauses):
        raise Conflict("The meeting is not paused.", code="meeting_not_paused")
    return (*pauses[:-1], Pause(pauses[-1].begins, max(now, pauses[-1].begins)))


def ended_by(pauses: Sequence[Pause], end: datetime) -> tuple[Pause, ...]:
    """The pauses of a meeting that ends at that instant, in a pause or not."""
    return resume(pauses, end) if is_paused(pauses) else tuple(pauses)


def ran_between(pauses: Sequence[Pause], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` the clock ran."""
    return end - start - paused_between(pauses, start, end)


def paused_between(pauses: Sequence[Pause], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` the clock stood still."""
    total = timedelta(0)
    for each in pauses:
        total += max(timedelta(0), min(each.ends or end, end) - max(each.begins, start))
    return total
