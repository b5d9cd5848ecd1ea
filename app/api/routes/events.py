"""The event log: a page at a time, or as it grows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from app.api import event_log
from app.api.deps import ReaderDep, RuntimeDep, WorkspaceDep
from app.api.event_log import Cursor
from app.api.pagination import Page
from app.api.route import router, stream_router
from app.api.runtime import Runtime
from app.api.schemas.events import EventPage, EventRead, EventTypeRead
from app.db.queries import events as queries
from app.domain.events import EVENT_TYPES

HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
STREAM_BATCH = 100
RETRY_MS = 2000
"""How long a browser waits before it connects again."""


class EventStream(StreamingResponse):
    """Server-sent events. FastAPI's own class would take the route's refusals into the stream."""

    media_type = "text/event-stream"


routes = router("events")
streams = stream_router("events")

AfterParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description="A `cursor` or `next_cursor` of before, or a bare position; "
        "without it: from the oldest event that is kept (90 days).",
    ),
]
TypeParameter = Annotated[str | None, Query(max_length=64, description="Only events of this type.")]


@routes.get("/event_types")
async def list_event_types() -> Page[EventTypeRead]:
    """The catalogue of event types."""
    return Page(
        data=[EventTypeRead.model_validate(kind) for kind in EVENT_TYPES.values()],
        next_cursor=None,
    )


@routes.get("/events")
async def list_events(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    after: AfterParameter = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Events on a page.")] = 25,
    type: TypeParameter = None,  # noqa: A002 - the word of the catalogue
) -> EventPage:
    """Events by position. The log misses none and repeats none; 410 tells to start over."""
    start = await event_log.place(reader, workspace_id, after)
    rows = await queries.after(reader, workspace_id, start.position, limit + 1, type=type)
    data = [event_log.read(row, start.epoch) for row in rows[:limit]]
    return EventPage(data=data, next_cursor=data[-1].cursor if len(rows) > limit else None)


@streams.get("/events/stream", response_class=EventStream)
async def stream_events(
    workspace_id: WorkspaceDep,
    runtime: RuntimeDep,
    after: AfterParameter = None,
    type: TypeParameter = None,  # noqa: A002 - the word of the catalogue
    last_event_id: Annotated[
        str | None, Header(max_length=40, description="Sent by browsers when they reconnect.")
    ] = None,
) -> EventStream:
    """The same log as server-sent events: what lies behind the cursor, then what comes.

    Without a cursor the stream begins with the next event. A comment every 15 seconds keeps the
    connection alive.
    """
    cursor = last_event_id or after
    async with runtime.database.reader() as connection:
        start = await event_log.place(connection, workspace_id, cursor, from_end=True)
    return EventStream(
        _follow(runtime, workspace_id, start, type),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _follow(
    runtime: Runtime,
    workspace_id: UUID,
    start: Cursor,
    type: str | None,  # noqa: A002 - the word of the catalogue
) -> AsyncIterator[bytes]:
    """Poll the log with a short read each time: an idle stream holds no connection."""
    position, silence = start.position, 0.0
    yield format_sse_event(comment="hotseat", retry=RETRY_MS)
    while not runtime.signals.stopping.is_set():
        async with runtime.database.reader() as connection:
            rows = await queries.after(connection, workspace_id, position, STREAM_BATCH)
        for row in rows:
            position = row.position
            if type in {None, row.type}:
                silence = 0.0
                yield _frame(event_log.read(row, start.epoch))
        if len(rows) < STREAM_BATCH:
            silence += POLL_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(runtime.signals.stopping.wait(), POLL_SECONDS)
        if silence >= HEARTBEAT_SECONDS:
            silence = 0.0
            yield KEEPALIVE_COMMENT


def _frame(event: EventRead) -> bytes:
    return format_sse_event(data_str=event.model_dump_json(), event=event.type, id=event.cursor)
