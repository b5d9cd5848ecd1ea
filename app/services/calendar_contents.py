"""What a feed shows. The rows decide its tag, so that a 304 needs no rendering."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app import __version__
from app.adapters.calendars.ical import CalendarEntry, render_calendar
from app.db.queries import calendar_feeds as queries
from app.domain.feed_clients import ClientKind
from app.services import calendar_entries

RENDERED_BY: Final = f"{__version__} {version('tzdata')}"
"""What the bytes depend on besides the rows."""
FETCHED_GRAIN: Final = timedelta(minutes=10)
A_SECOND: Final = timedelta(seconds=1)


class Content:
    """The entries of a feed, by its options."""

    def __init__(
        self, feed: Row[Any], meetings: Sequence[Row[Any]], dues: Sequence[Row[Any]] = ()
    ) -> None:
        self._feed = feed
        self._meetings = meetings
        self._dues = dues
        self._name = feed.group_name if feed.group_id else f"Hotseat: {feed.person_name}"

    @property
    def revision(self) -> str:
        """A tag of the present state."""
        rows = [RENDERED_BY, self._name, *map(tuple, self._meetings), *map(tuple, self._dues)]
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:32]

    def render(self) -> bytes:
        """The calendar."""
        feed = self._feed
        entries: list[CalendarEntry]
        if feed.group_id is not None:
            entries = [calendar_entries.of_row(row, alarms=feed.alarms) for row in self._meetings]
        else:
            entries = [
                calendar_entries.of_person_row(
                    row,
                    marked="hot_seats" in feed.include,
                    topics=feed.topics,
                    alarms=feed.alarms,
                )
                for row in self._meetings
            ]
        as_todo = feed.todos == "vtodo"
        entries += [calendar_entries.of_due_row(row, as_todo=as_todo) for row in self._dues]
        return render_calendar(entries, name=self._name)


async def content_of(reader: AsyncConnection, feed: Row[Any], now: datetime) -> Content:
    """What a feed shows at present."""
    workspace_id, included = feed.workspace_id, set(feed.include)
    if feed.group_id is not None:
        return Content(feed, await queries.group_meetings(reader, workspace_id, feed.group_id, now))
    meetings: Sequence[Row[Any]] = ()
    if included & {"meetings", "hot_seats"}:
        rows = await queries.person_meetings(reader, workspace_id, feed.person_id, now)
        attended = calendar_entries.attended_by_place(rows)
        meetings = [row for row in attended if "meetings" in included or row.has_seat]
    dues: Sequence[Row[Any]] = ()
    if "commitments" in included:
        dues = await queries.person_dues(reader, workspace_id, feed.person_id, now)
    return Content(feed, meetings, dues)


def revision_since(feed: Row[Any], revision: str, now: datetime) -> datetime:
    """The whole second since when a feed has shown this revision, as far as anybody has looked.

    It rises with each revision, also where two of them fall into one second: what is sent as
    Last-Modified is capped at the present, and a date compares with this one.
    """
    if feed.revision == revision and feed.revision_at is not None:
        since: datetime = feed.revision_at
        return since
    second = now.replace(microsecond=0)
    return second if feed.revision_at is None else max(second, feed.revision_at + A_SECOND)


def fetched(
    feed: Row[Any], client: ClientKind, revision: str, now: datetime
) -> Mapping[str, Any] | None:
    """The columns that remember a fetch, to the grain of ten minutes; None if they do already."""
    last = feed.readers.get(client)
    is_known = (
        last is not None
        and last["revision"] == feed.revision == revision
        and datetime.fromisoformat(last["at"]) > now - FETCHED_GRAIN
    )
    if is_known:
        return None
    return {
        "last_fetched_at": now,
        "revision": revision,
        "revision_at": revision_since(feed, revision, now),
        "readers": {**feed.readers, client: {"at": now.isoformat(), "revision": revision}},
    }
