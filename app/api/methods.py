"""What HTTP asks of every resource: HEAD wherever there is GET, OPTIONS and 405 that list all."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Methods:
    """The methods of each path, from the document."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def allowed(self, path: str) -> str | None:
        """The value of Allow; None for a path that the document does not know."""
        for pattern, methods in self._paths:
            if pattern.match(path):
                return ", ".join(methods)
        return None

    @cached_property
    def _paths(self) -> list[tuple[Any, list[str]]]:
        paths: dict[str, dict[str, Any]] = self._app.openapi()["paths"]
        # What is literal comes before what is a parameter, as the routes are tried.
        ordered = sorted(paths.items(), key=lambda item: item[0].count("{"))
        return [(compile_path(path)[0], _with_implied(item)) for path, item in ordered]


def _with_implied(item: dict[str, Any]) -> list[str]:
    methods = {method.upper() for method in item}
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def install(app: FastAPI) -> None:
    """Keep the table at `app.state.methods`, for `refused`."""
    app.state.methods = Methods(app)


def refused(request: Request) -> tuple[Response | None, dict[str, str]]:
    """For a method that no route has: the answer to OPTIONS, and the headers of a 405."""
    allow = request.app.state.methods.allowed(request.url.path)
    headers = {"Allow": allow} if allow else {}
    if request.method == "OPTIONS" and allow:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers), headers
    return None, headers


class HeadRequests:
    """Pure ASGI middleware: HEAD is answered as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_start(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app({**scope, "method": "GET"}, receive, send_start)
