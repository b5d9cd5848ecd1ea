"""Operations that will go: the document says so, and every answer of theirs does.

`Deprecation` (RFC 9745) tells since when an operation should not be used any more, `Sunset`
(RFC 8594) when it will stop to answer, `Link` where both are explained.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS_KEY = "x-deprecation-headers"


def deprecated(*, on: datetime, sunset: datetime | None = None, link: str) -> dict[str, Any]:
    """The `openapi_extra` of a route that is deprecated from `on`, and gone after `sunset`.

    `link` is the page that says what to call instead. Both instants are in UTC. ValueError for a
    sunset before the deprecation, which RFC 9745 forbids.
    """
    if sunset is not None and sunset < on:
        raise ValueError("an operation is deprecated before its sunset")
    headers = {
        "Deprecation": f"@{int(on.timestamp())}",
        "Link": f'<{link}>; rel="deprecation"; type="text/html"',
    }
    if sunset is not None:
        headers["Sunset"] = format_datetime(sunset, usegmt=True)
        headers["Link"] += f', <{link}>; rel="sunset"; type="text/html"'
    return {"deprecated": True, HEADERS_KEY: headers}


class Deprecations:
    """Pure ASGI middleware: the answers of deprecated routes carry their headers, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _headers(scope).items():
                    headers.append(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _headers(scope: Scope) -> Mapping[str, str]:
    """By now the router has found the route."""
    extra: Mapping[str, Any] = getattr(scope.get("route"), "openapi_extra", None) or {}
    found: Mapping[str, str] = extra.get(HEADERS_KEY, {})
    return found
