"""Every path, in the API and beside it: HEAD, OPTIONS, 405, and no redirects."""

from collections.abc import Callable
from itertools import product
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.cli.document import document
from tests.contract.conftest import Stage
from tests.support.enumeration import Refusal, Tally, settle
from tests.support.operations import Call, calls

CALLS = calls()
PATHS: dict[str, dict[str, Any]] = document()["paths"]
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}
JSON = {"Content-Type": "application/json"}
WRONG_BODY = (422, "validation_failed")
ANONYMOUS = {"Authorization": ""}
OWN = {"x-request-id"}
BESIDE = {
    "/": "/",
    "/livez": "/livez",
    "/readyz": "/readyz",
    "/metrics": "/metrics",
    "/docs": "/docs",
    "/openapi.json": "/openapi.json",
    "/favicon.ico": "/favicon.ico",
    "/static/favicon.svg": "/static/favicon.svg",
    "/static/front.css": "/static/front.css",
    "/static/{name}": "/static/swagger-ui.css",
    "/calendars/{token}.ics": "/calendars/nobodys.ics",
    "/opt_out/{token}": "/opt_out/nobodys",
}
"""What there is beside the API, with an address of each. Nobody needs a key for it, so that there
are no scopes; whoever scrapes, probes, browses or subscribes may add parameters, which are passed
over; nothing of it reads a body, has an id, or is changed under a version.
"""


def beside(app: FastAPI) -> dict[str, set[str]]:
    """The methods of each path that the document doesn't have."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        if not route.include_in_schema:
            found.setdefault(str(route.path), set()).update(route.methods or ())
    return found


def addresses(app: FastAPI) -> list[tuple[Call, set[str]]]:
    """A call of each path, and the methods that it has to know."""
    found = [
        (next(call for call in CALLS if call.path == path), {name.upper() for name in item})
        for path, item in PATHS.items()
    ]
    operation: dict[str, Any] = {"responses": {"404": {}, "405": {}}}
    for path, methods in beside(app).items():
        found.append((Call(path, "GET", BESIDE[path], operation=operation), methods))
    return [(call, methods | implied(methods)) for call, methods in found]


def implied(methods: set[str]) -> set[str]:
    return {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}


async def test_options(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    tally = Tally("OPTIONS")
    for call, known in addresses(stage.app):
        answer = await stage.client.options(call.url, headers=ANONYMOUS)
        tally.check(call, (answer.status_code, answer.content), (204, b""))
        tally.check(call, set(answer.headers.get("allow", "").split(", ")), known)
    settle(tally, record_property)


async def test_every_other_method(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("405 with Allow")
    refusal = Refusal(405, "method_not_allowed")
    for call, known in addresses(stage.app):
        documented = {**call.operation, "responses": {"405": {}}}
        for method in sorted(METHODS - known):
            asked = Call(call.name, method, call.url, operation=documented)
            for headers in (ANONYMOUS, {}):
                answer = await stage.client.request(method, call.url, headers=headers)
                if method == "HEAD":
                    tally.check(asked, (answer.status_code, answer.content), (405, b""))
                else:
                    tally.refused(asked, answer, refusal)
                tally.check(asked, set(answer.headers.get("allow", "").split(", ")), known)
    settle(tally, record_property)


def crossings() -> list[tuple[str, str]]:
    """Addresses that two paths match, with the path that they belong to: the one that is literal
    where the other has an id.
    """
    found = []
    for near, far in product((path.split("/") for path in PATHS), repeat=2):
        shared = [(a, b) for a, b in zip(near, far, strict=False) if a != b]
        is_near = shared and _is_id(shared[0][1]) and not _is_id(shared[0][0])
        if is_near and len(near) == len(far) and all(_is_id(a) or _is_id(b) for a, b in shared):
            found.append(("/".join(near), "/".join(map(_literal, zip(near, far, strict=True)))))
    return found


def _is_id(part: str) -> bool:
    return part.startswith("{")


def _literal(parts: tuple[str, str]) -> str:
    return next((part for part in parts if not _is_id(part)), "nonesuch")


async def test_where_two_paths_cross(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """`/people/external/overview` is the person whom a caller names `overview`, by every method."""
    tally = Tally("405 where paths cross")
    refusal = Refusal(405, "method_not_allowed")
    for path, address in crossings():
        known = {method.upper() for method in PATHS[path]}
        known |= implied(known)
        call = next(call for call in CALLS if call.path == path)
        documented = {**call.operation, "responses": {"405": {}}}
        for method in sorted(METHODS - known - {"HEAD"}):
            asked = Call(call.name, method, address, operation=documented)
            answer = await asked.send(stage.client)
            tally.refused(asked, answer, refusal)
            tally.check(asked, set(answer.headers.get("allow", "").split(", ")), known)
        for method in sorted(known - {"OPTIONS"}):
            asked = Call(call.name, method, address, raw=b"[]", headers=JSON)
            answer = await asked.send(stage.client)
            tally.check(asked, (answer.status_code, answer.json()["code"]), WRONG_BODY, address)
    assert len(crossings()) > 30
    settle(tally, record_property)


async def test_a_slash_that_is_escaped_is_part_of_a_name(stage: Stage) -> None:
    known = {"PUT", "OPTIONS"}
    for address in ("/v1/people/external/a%2Fb", "/v1/people/external/a%2fb%2Foverview"):
        for method, status in (("OPTIONS", 204), ("GET", 405), ("POST", 405)):
            answer = await stage.client.request(method, address)
            assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (status, known)


async def test_head(stage: Stage, record_property: Callable[[str, object], None]) -> None:
    tally = Tally("HEAD as GET")
    for call, known in addresses(stage.app):
        if "GET" not in known:
            continue
        get = await stage.client.get(call.url)
        head = await stage.client.head(call.url)
        tally.check(call, (head.status_code, head.content), (get.status_code, b""))
        told, shown = [
            {name: value for name, value in answer.headers.items() if name not in OWN}
            for answer in (head, get)
        ]
        if call.name == "/metrics":
            # It counts the call between.
            told["content-length"] = shown["content-length"]
        tally.check(call, told, shown)
    settle(tally, record_property)


async def test_a_trailing_slash_is_another_path(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally("trailing slash beside the API")
    for call, known in addresses(stage.app):
        if call.url == "/" or call.path in PATHS:
            continue
        for method in sorted(known):
            asked = Call(call.name, method, f"{call.url}/", operation=call.operation)
            answer = await asked.send(stage.client)
            tally.check(asked, answer.status_code, 404, answer.headers.get("location"))
    settle(tally, record_property)


async def test_there_is_nothing_at_other_addresses(stage: Stage) -> None:
    for method in sorted(METHODS - {"HEAD"}):
        answer = await stage.client.request(method, "/v1/nonesuch")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method
