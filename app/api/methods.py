"""What HTTP asks of every resource: HEAD wherever there is GET, OPTIONS and 405 that list all."""

import re
from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONVERTER = re.compile(r":\w+\}")


class Methods:
    """The methods of each path, from its routes."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def allowed(self, path: str) -> str | None:
        """The value of Allow; None for a path that nobody knows."""
        for pattern, methods in self._paths:
            if pattern.match(path):
                return ", ".join(methods)
        return None

    def refuses(self, request: Request) -> bool:
        """Whether a request has met the route of an id by what is a path of its own, `batch`."""
        path = request.url.path
        if path.rpartition("/")[2] not in self._like_ids:
            return False
        return request.method not in (self.allowed(path) or request.method).split(", ")

    @cached_property
    def _like_ids(self) -> frozenset[str]:
        """The ends of paths that the pattern of another path takes for an id."""
        return frozenset(
            path.rpartition("/")[2]
            for path in _methods_of(self._app)
            if sum(pattern.match(path) is not None for pattern, _ in self._paths) > 1
        )

    @cached_property
    def _paths(self) -> list[tuple[Any, list[str]]]:
        paths = _methods_of(self._app)
        # What is literal comes before what is a parameter, as the routes are tried.
        ordered = sorted(paths.items(), key=lambda item: item[0].count("{"))
        return [(compile_path(path)[0], _with_implied(item)) for path, item in ordered]


def _methods_of(app: FastAPI) -> dict[str, set[str]]:
    """By path, the methods of all its routes. Parameters are without the converters of routes."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        path = CONVERTER.sub("}", str(route.path))
        found.setdefault(path, set()).update(route.methods or ())
    return found


def _with_implied(methods: set[str]) -> list[str]:
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


def check(request: Request) -> None:
    """HTTPException 405 where the path does not know the method, although a route took it."""
    if request.app.state.methods.refuses(request):
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)


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
