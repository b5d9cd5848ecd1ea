"""The event log: a page at a time, or as it grows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache
from typing import Annotated

from fastapi import Header, Query, status
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from app.api import event_log
from app.api.deps import CallerDep, ReaderDep, RuntimeDep
from app.api.event_examples import example_data
from app.api.event_log import Cursor
from app.api.pagination import Page
from app.api.route import router, stream_router
from app.api.runtime import Runtime
from app.api.schemas.events import EventPage, EventRead, EventTypeRead
from app.db.queries import api_keys
from app.db.queries import events as queries
from app.domain.callers import Caller
from app.domain.events import EVENT_TYPES, LOG_RESTARTED

HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
LONGEST_SECONDS = 900.0
STREAM_BATCH = 100
RETRY_MS = 2000
"""How long a browser waits before it connects again."""


class EventStream(StreamingResponse):
    """Server-sent events. FastAPI's own class would take the route's refusals into the stream.

    `close` is called when the stream has come to its end, whoever ended it.
    """

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._close()


routes = router("events")
streams = stream_router("events")

AfterParameter = Annotated[
    str | None,
    Query(
        max_length=40,
        description="A `cursor` or `next_cursor` of before, an event's id (the `webhook-id` of "
        "a delivery), or a position; without it: from the oldest event that is kept (90 days).",
    ),
]
TypeParameter = Annotated[str | None, Query(max_length=64, description="Only events of this type.")]


@routes.get("/event_types")
async def list_event_types() -> Page[EventTypeRead]:
    """The catalogue of event types, each with the schema of its data and an example."""
    return Page(data=_catalogue(), next_cursor=None)


@cache
def _catalogue() -> list[EventTypeRead]:
    return [
        EventTypeRead(
            name=kind.name,
            description=kind.description,
            version=kind.version,
            calendar=kind.calendar,
            time_bound=kind.time_bound,
            data_schema=kind.standalone_schema(),
            example=example_data(kind),
        )
        for kind in EVENT_TYPES.values()
    ]


@routes.get("/events")
async def list_events(
    caller: CallerDep,
    reader: ReaderDep,
    after: AfterParameter = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Events on a page.")] = 25,
    type: TypeParameter = None,  # noqa: A002 - the word of the catalogue
) -> EventPage:
    """Events by position. The log misses none and repeats none; 410 tells to start over.

    It shows everybody's affairs: with `Hotseat-Actor` it is refused.
    """
    caller.need_app()
    start = await event_log.place(reader, caller.workspace_id, after)
    rows = await queries.after(reader, caller.workspace_id, start.position, limit + 1, type=type)
    data = [event_log.read(row, start.epoch) for row in rows[:limit]]
    return EventPage(data=data, next_cursor=data[-1].cursor if len(rows) > limit else None)


@streams.get("/events/stream", response_class=EventStream, status_code=status.HTTP_200_OK)
async def stream_events(
    caller: CallerDep,
    runtime: RuntimeDep,
    after: AfterParameter = None,
    type: TypeParameter = None,  # noqa: A002 - the word of the catalogue
    last_event_id: Annotated[
        str | None, Header(max_length=40, description="Sent by browsers when they reconnect.")
    ] = None,
) -> EventStream:
    """The same log as server-sent events: what lies behind the cursor, then what comes.

    Without a cursor the stream begins with the next event. A comment every 15 seconds keeps the
    connection alive. It ends after a quarter of an hour, with its key, when the service stops, and
    when the log starts anew: connect again with the last id, as browsers do by themselves. A key
    may have ten streams open (an operator may set another number): one more is answered with 429.
    With `Hotseat-Actor` it is refused.
    """
    caller.need_app()
    cursor = last_event_id or after
    async with runtime.database.reader(caller.workspace_id) as connection:
        start = await event_log.place(connection, caller.workspace_id, cursor, from_end=True)
    close = runtime.streams.open(caller.api_key_id, runtime.settings.max_streams)
    return EventStream(_follow(runtime, caller, start, type), close)


async def _follow(
    runtime: Runtime,
    caller: Caller,
    start: Cursor,
    type: str | None,  # noqa: A002 - the word of the catalogue
) -> AsyncIterator[bytes]:
    """Poll the log with a short read each time: an idle stream holds no connection.

    A stream ends with its key: each read looks whether the key is still good. The next stream has
    to be admitted, for what else may have changed.
    """
    position, silence = start.position, 0.0
    clock = asyncio.get_running_loop()
    ends_at = clock.time() + LONGEST_SECONDS
    yield format_sse_event(comment="hotseat", retry=RETRY_MS)
    while not runtime.signals.stopping.is_set() and clock.time() < ends_at:
        async with runtime.database.reader(caller.workspace_id) as connection:
            if not await api_keys.is_good(
                connection, caller.workspace_id, caller.api_key_id, runtime.clock.now()
            ):
                return
            rows = await queries.after(connection, caller.workspace_id, position, STREAM_BATCH)
        for row in rows:
            position = row.position
            if type in {None, row.type}:
                silence = 0.0
                yield _frame(event_log.read(row, start.epoch))
            if row.type == LOG_RESTARTED:
                return
        if len(rows) < STREAM_BATCH:
            silence += POLL_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(runtime.signals.stopping.wait(), POLL_SECONDS)
        if silence >= HEARTBEAT_SECONDS:
            silence = 0.0
            yield KEEPALIVE_COMMENT


def _frame(event: EventRead) -> bytes:
    return format_sse_event(data_str=event.model_dump_json(), event=event.type, id=event.cursor)
