"""What HTTP asks of every resource: HEAD wherever there is GET, OPTIONS and 405 that list all."""

import re
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ESCAPED_SLASH = re.compile("%2F", re.IGNORECASE)
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
        """Whether a request has met the route of an id by a path of another, `batch` or
        `external/…`, which does not know its method.
        """
        path = _path(request)
        if self._like_ids.isdisjoint(path.split("/")):
            return False
        return request.method not in (self.allowed(path) or request.method).split(", ")

    @cached_property
    def _like_ids(self) -> frozenset[str]:
        """The literal parts of paths that another path takes for an id."""
        split = [path.split("/") for path in _methods_of(self._app)]
        return frozenset(
            part
            for one in split
            for other in split
            if _meet(one, other) and _by_literals(one) < _by_literals(other)
            for part, wide in zip(one, other, strict=True)
            if wide.startswith("{") and not part.startswith("{")
        )

    @cached_property
    def _paths(self) -> list[tuple[Any, list[str]]]:
        paths = _methods_of(self._app)
        # What is literal comes before what is a parameter, the earlier part first.
        ordered = sorted(paths.items(), key=lambda item: _by_literals(item[0].split("/")))
        return [(compile_path(path)[0], _with_implied(item)) for path, item in ordered]


def _by_literals(parts: list[str]) -> list[bool]:
    return [part.startswith("{") for part in parts]


def _meet(one: list[str], other: list[str]) -> bool:
    """Whether there is an address that both paths match."""
    return len(one) == len(other) and all(
        a == b or "{" in (a[:1], b[:1]) for a, b in zip(one, other, strict=True)
    )


def _methods_of(app: FastAPI) -> dict[str, set[str]]:
    """By path, the methods of all its routes. Parameters are without the converters of routes."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        path = CONVERTER.sub("}", str(route.path))
        found.setdefault(path, set()).update(route.methods or ())
    return found


def _with_implied(methods: set[str]) -> list[str]:
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def _path(request: Request) -> str:
    """The path of a request, in which a slash that was escaped is part of a name."""
    raw: bytes | None = request.scope.get("raw_path")  # Servers need not send it (ASGI).
    if raw is None:
        return str(request.scope["path"])
    return unquote(ESCAPED_SLASH.sub("%252F", raw.decode("latin-1")))


def install(app: FastAPI) -> None:
    """Keep the table at `app.state.methods`, for `refused`."""
    app.state.methods = Methods(app)


def prepare(app: FastAPI) -> None:
    """Build all routes and the table now, once the last route is there.

    FastAPI builds a router when it is first asked: half a second and more of the first request's
    time, in which the process does nothing else.
    """
    app.state.methods.allowed("/")


def refused(request: Request) -> tuple[Response | None, dict[str, str]]:
    """For a method that no route has: the answer to OPTIONS, and the headers of a 405."""
    allow = request.app.state.methods.allowed(_path(request))
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
