"""The feeds themselves: no key, the token in the path is the secret."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app import __version__
from app.adapters.calendars.ical import CalendarEntry, CalendarMeeting, render_calendar
from app.api.conditional import matches
from app.api.deps import ReaderDep
from app.api.errors import problem
from app.api.runtime import Runtime
from app.db.queries import calendar_feeds as queries
from app.domain.feed_tokens import token_hash, workspace_of
from app.services import calendar_entries

MEDIA_TYPE = "text/calendar; charset=utf-8"
HEADERS = {"Cache-Control": "private, no-cache"}
RENDERED_BY = f"{__version__} {version('tzdata')}"
"""What the bytes depend on besides the rows."""

routes = APIRouter(tags=["calendar_feeds"])


@routes.api_route(
    "/calendars/{token}.ics",
    methods=["GET", "HEAD"],
    response_class=Response,
    include_in_schema=False,
)
async def get_calendar(token: str, request: Request, reader: ReaderDep) -> Response:
    """The calendar behind a feed's URL, whatever the client says it accepts."""
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock.now()
    workspace_id = workspace_of(token)
    if workspace_id is None:
        return _not_found(request)
    feed = await queries.by_token(reader, workspace_id, token_hash(token))
    if feed is None:
        return _not_found(request)
    if feed.last_fetched_at is None or feed.last_fetched_at < now - queries.FETCHED_GRAIN:
        await queries.note_fetch(reader, workspace_id, feed.id, now)
    content = await _content(reader, workspace_id, feed, now)
    headers = {**HEADERS, "ETag": content.etag}
    if matches(request, content.etag):
        return Response(status_code=304, headers=headers)
    return Response(content.render(), headers=headers, media_type=MEDIA_TYPE)


def _not_found(request: Request) -> Response:
    return problem(request, 404, "not_found", "There is no such resource.")


class _Content:
    """What a feed shows: the rows decide the ETag, so that a 304 needs no rendering."""

    def __init__(
        self,
        name: str,
        entry: Callable[[Any], CalendarMeeting],
        meetings: Sequence[Any],
        dues: Sequence[Any] = (),
    ) -> None:
        self.name = name
        self.entry = entry
        self.meetings = meetings
        self.dues = dues

    @property
    def etag(self) -> str:
        rows = [RENDERED_BY, self.name, *map(tuple, self.meetings), *map(tuple, self.dues)]
        return f'"{hashlib.sha256(repr(rows).encode()).hexdigest()[:32]}"'

    def render(self) -> bytes:
        entries: list[CalendarEntry] = [self.entry(row) for row in self.meetings]
        entries += [calendar_entries.of_due_row(row) for row in self.dues]
        return render_calendar(entries, name=self.name)


async def _content(reader: ReaderDep, workspace_id: UUID, feed: Any, now: datetime) -> _Content:
    if feed.group_id is not None:
        rows = await queries.group_meetings(reader, workspace_id, feed.group_id, now)
        return _Content(feed.group_name, calendar_entries.of_row, rows)
    rows = await queries.person_meetings(reader, workspace_id, feed.person_id, now)
    dues = await queries.person_dues(reader, workspace_id, feed.person_id, now)
    attended = calendar_entries.attended_by_place(rows)
    name = f"Hotseat: {feed.person_name}"
    return _Content(name, calendar_entries.of_person_row, attended, dues)
