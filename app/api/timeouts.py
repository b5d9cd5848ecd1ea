"""How long a request may take: its body to arrive, its handler to answer.

A handler that takes too long is cancelled, and its transaction rolled back, unless it is
committing already: what the caller is told is what happened. An answer that has begun is never
cut short here; one that a client does not read holds up nobody but that client.
"""

import asyncio

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import RequestError, problem

LIMIT = "time_limit"
RETRY_SECONDS = 5
log = structlog.get_logger(__name__)


class Timeouts:
    """Pure ASGI middleware. `request` and `body` are seconds; the first includes the second."""

    def __init__(self, app: ASGIApp, *, request: float, body: float) -> None:
        self._app = app
        self._request = request
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._request)
        scope.setdefault("state", {})[LIMIT] = limit

        async def send_in_time(message: Message) -> None:
            # Cutting an answer in two would be worse than a late one.
            _lift(limit)
            await send(message)

        try:
            async with limit:
                await self._app(scope, _Body(receive, self._body).receive, send_in_time)
        except TimeoutError:
            if not limit.expired():
                raise
            log.warning("request_timed_out", seconds=self._request)
            await _gave_up(scope, receive)(scope, receive, send)


class _Body:
    """A request's messages; the body's have `seconds` to arrive, all of them together."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._ends_at: float | None = None
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        if self._ends_at is None:
            self._ends_at = asyncio.get_running_loop().time() + self._seconds
        limit = asyncio.timeout_at(self._ends_at)
        try:
            async with limit:
                message = await self._receive()
        except TimeoutError as error:
            raise RequestError(
                408,
                "body_too_slow",
                f"The body did not arrive within {self._seconds:g} seconds. Nothing was done.",
                headers={"Connection": "close"},
            ) from error
        self._complete = not message.get("more_body", False)
        return message


def point_of_no_return(request: Request) -> None:
    """From here on the request is not given up: it commits."""
    _lift(getattr(request.state, LIMIT))


def _lift(limit: asyncio.Timeout) -> None:
    if not limit.expired():
        limit.reschedule(None)


def _gave_up(scope: Scope, receive: Receive) -> ASGIApp:
    return problem(
        Request(scope, receive),
        503,
        "timed_out",
        "The request took too long and was given up; nothing was changed. Repeat it later.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )
