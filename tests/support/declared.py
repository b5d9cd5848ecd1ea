"""Every problem that a test's app answers is one that the document declares for the operation."""

import json
from functools import cache
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import PROBLEM
from app.cli.document import document

METHOD_NOT_ALLOWED = 405
"""Of a path, not of an operation."""
undeclared: list[str] = []
"""What was answered though no operation declares it; a fixture looks here after each test."""


@cache
def doc() -> dict[str, Any]:
    return document()


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what it refers to."""
    while "$ref" in part:
        found: Any = doc()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


@cache
def declared() -> dict[str, set[tuple[int, str]]]:
    """By operation, the statuses and codes of its problems."""
    return {
        operation["operationId"]: {
            (int(status), code)
            for status, response in operation["responses"].items()
            if status >= "400"
            for code in resolved(response)["content"][PROBLEM]["examples"]
        }
        for item in doc()["paths"].values()
        for operation in item.values()
    }


class Listening:
    """Pure ASGI middleware: notes the problems that the document doesn't declare."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0

        async def listen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and status >= 400:
                _note(scope, status, message.get("body", b""))
            await send(message)

        await self.app(scope, receive, listen)


def _note(scope: Scope, status: int, body: bytes) -> None:
    name = getattr(scope.get("route"), "name", None)
    if name not in declared() or status == METHOD_NOT_ALLOWED or not body:
        return
    code = json.loads(body)["code"]
    if (status, code) not in declared()[name]:
        undeclared.append(f"{name} answered {status} {code}")
