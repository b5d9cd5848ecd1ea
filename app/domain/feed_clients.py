"""The programs that read feeds: which one asks, how often it does, and what it will miss."""

import re
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

ClientKind = Literal["google", "outlook", "apple", "thunderbird", "other"]

CLIENT_KINDS: tuple[ClientKind, ...] = get_args(ClientKind)
_MARKS: Final[dict[ClientKind, re.Pattern[str]]] = {
    "google": re.compile("google", re.IGNORECASE),
    "thunderbird": re.compile("thunderbird|lightning/", re.IGNORECASE),
    "outlook": re.compile("outlook|exchange|microsoft office|msoffice", re.IGNORECASE),
    "apple": re.compile(
        r"calendaragent|dataaccessd|icloud|\bical/|calendarstore|^(ios|macos|mac os x)/",
        re.IGNORECASE,
    ),
}
USUAL_DELAY: Final[dict[ClientKind, timedelta]] = {
    "google": timedelta(hours=24),
    "outlook": timedelta(hours=3),
    "apple": timedelta(days=7),
    "thunderbird": timedelta(minutes=30),
    "other": timedelta(hours=24),
}
"""How long to expect between two reads, at the worst that is common: docs/calendars.md."""

IMMINENT: Final = timedelta(hours=24)
GONE_AFTER: Final = timedelta(days=14)
"""A program that has not asked for so long is taken for one that its owner has removed."""


def client_of(user_agent: str) -> ClientKind:
    """The kind of program that sends this User-Agent."""
    return next((kind for kind, mark in _MARKS.items() if mark.search(user_agent)), "other")


def look_at(starts_at: datetime, now: datetime) -> datetime | None:
    """When to see who has not fetched a change made `now`, of a meeting that `starts_at`.

    None if there is no need: the meeting is over, or so far ahead that everybody asks before.
    """
    if not now < starts_at <= now + GONE_AFTER:
        return None
    return max(now, starts_at - IMMINENT)


def will_miss(
    client: ClientKind,
    *,
    fetched_at: datetime,
    changed_at: datetime,
    starts_at: datetime,
    now: datetime,
) -> bool:
    """Whether a program that fetched last at `fetched_at` is not to be relied on for a change.

    It has not fetched since, and by its habits the next read comes after the start, or is overdue.
    """
    if fetched_at >= changed_at or fetched_at < now - GONE_AFTER:
        return False
    next_read = fetched_at + USUAL_DELAY[client]
    return next_read >= starts_at or next_read < now
