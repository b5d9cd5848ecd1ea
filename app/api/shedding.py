"""Load shedding: past so many requests at a time, the next one is answered at once, with 503.

Waiting would help nobody: the queue would only grow, and its callers would give up before their
turn. A request counts until its answer begins, and not while it waits for its caller to send
the body, so neither slow clients nor open event streams use the places up.
"""

from dataclasses import dataclass

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import problem
from app.telemetry import SHED

FREE_PATHS = frozenset({"/livez", "/readyz", "/metrics"})
RETRY_SECONDS = 1


class LoadShedding:
    """Pure ASGI middleware. `most`: requests under way at the same time in this process."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._places = _Places(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in FREE_PATHS:
            await self._app(scope, receive, send)
        elif self._places.free <= 0:
            SHED.inc()
            await _refusal(scope, receive)(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _Place(self._places)

        async def receive_aside() -> Message:
            place.leave()
            message = await receive()
            place.take()
            return message

        async def send_aside(message: Message) -> None:
            place.leave(for_good=True)
            await send(message)

        place.take()
        try:
            await self._app(scope, receive_aside, send_aside)
        finally:
            place.leave(for_good=True)


@dataclass
class _Places:
    """How many requests may begin. Below 0, where bodies arrived while others began."""

    free: int


class _Place:
    """One request's place."""

    def __init__(self, places: _Places) -> None:
        self._places = places
        self._is_taken = False
        self._is_over = False

    def take(self) -> None:
        if not self._is_taken and not self._is_over:
            self._is_taken = True
            self._places.free -= 1

    def leave(self, *, for_good: bool = False) -> None:
        self._is_over |= for_good
        if self._is_taken:
            self._is_taken = False
            self._places.free += 1


def _refusal(scope: Scope, receive: Receive) -> ASGIApp:
    return problem(
        Request(scope, receive),
        503,
        "overloaded",
        f"The service has too much to do. Nothing was done; repeat after {RETRY_SECONDS} second.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )
