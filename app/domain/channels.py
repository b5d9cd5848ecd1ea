"""By which channels a person hears of a change, and how late: docs/calendars.md has the table.

A delay runs from the change until the person's calendar or the caller's app shows it. The figures
for feeds are what the makers of the programs say and what users measure; nobody can push to a
program that polls.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.domain.feed_clients import GONE_AFTER, USUAL_DELAY, ClientKind

ChannelKind = Literal["webhook", "caldav", "email", "feed"]
PUSHED: Final[Mapping[ChannelKind, tuple[timedelta, timedelta]]] = {
    "webhook": (timedelta(0), timedelta(seconds=5)),
    "caldav": (timedelta(seconds=1), timedelta(seconds=30)),
    "email": (timedelta(seconds=10), timedelta(minutes=10)),
}
"""The earliest and the latest, while the receiver's server is well."""
POLLED_FROM: Final[Mapping[ClientKind, timedelta]] = {
    "google": timedelta(hours=8),
    "outlook": timedelta(hours=1),
    "apple": timedelta(minutes=5),
    "thunderbird": timedelta(minutes=1),
    "other": timedelta(minutes=5),
}
"""The earliest; the latest is the `USUAL_DELAY` of the program."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A program that reads a feed, and when it did so last."""

    client: ClientKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to hear. A change shows between `earliest` and `latest` after it was made.

    `in_time`: even at the latest, that is before the moment that matters.
    """

    kind: ChannelKind
    client: ClientKind | None
    earliest: timedelta
    latest: timedelta
    in_time: bool


def channels(
    *,
    webhook: bool,
    targets: Iterable[ChannelKind],
    readings: Iterable[Reading],
    now: datetime,
    matters_at: datetime,
) -> tuple[Channel, ...]:
    """The channels of one person, the surest first: by the latest, then by the earliest.

    `webhook`: an endpoint hears of such changes; it reaches the caller's app, which tells people.
    `targets`: kinds of the person's working calendar targets. `matters_at`: when the person would
    otherwise set out, so the earlier of a meeting's former and new start. A program that has not
    asked for long was removed by its owner: it is no channel.
    """
    pushed: set[ChannelKind] = set(targets)
    if webhook:
        pushed.add("webhook")
    clients = {each.client for each in readings if each.at > now - GONE_AFTER}
    ways: list[tuple[ChannelKind, ClientKind | None, timedelta, timedelta]] = [
        *((kind, None, *PUSHED[kind]) for kind in pushed),
        *(("feed", each, POLLED_FROM[each], USUAL_DELAY[each]) for each in clients),
    ]
    found = [
        Channel(kind, client, earliest, latest, now + latest <= matters_at)
        for kind, client, earliest, latest in ways
    ]
    return tuple(
        sorted(found, key=lambda each: (each.latest, each.earliest, each.kind, each.client or ""))
    )
