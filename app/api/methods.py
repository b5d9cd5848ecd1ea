"""What HTTP asks of every resource: HEAD wherever there is GET, OPTIONS and 405 that list all."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
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
        paths: dict[str, dict[str, Any]] = {
            **_undocumented(self._app),
            **self._app.openapi()["paths"],
        }
        # What is literal comes before what is a parameter, as the routes are tried.
        ordered = sorted(paths.items(), key=lambda item: item[0].count("{"))
        return [(compile_path(path)[0], _with_implied(item)) for path, item in ordered]


def _undocumented(app: FastAPI) -> dict[str, dict[str, Any]]:
    """What is there beside the API: pages, files, health."""
    found: dict[str, dict[str, Any]] = {}
    for route in iter_route_contexts(app.routes):
        if not route.include_in_schema:
            found.setdefault(str(route.path), {}).update(dict.fromkeys(route.methods or ()))
    return found


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


IS_HEAD = "hotseat.is_head"
"""In a request's scope where nothing of the body will be sent."""


class HeadRequests:
    """Pure ASGI middleware: HEAD is answered as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET", IS_HEAD: True}

        async def send_start(message: Message) -> None:
            # Whoever is around sees which route it was.
            scope["route"] = as_get.get("route")
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(as_get, receive, send_start)
