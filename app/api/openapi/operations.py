"""Completing what FastAPI says of each operation, by the life of a request in `app.api.route`."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.api.openapi.problems import LIMITS, codes_of, responses_of, shared_headers
from app.api.openapi.request_examples import BODIES, PATHS, example_of
from app.api.route import SCOPE_KEY, StreamRoute, checks_version, creates_by_put, scope_of

PREFIX = "/v1"
JSON = "application/json"
ANSWERS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("answers.json").read_text(encoding="utf-8")
)
"""By operation and status, an answer that was given: `python -m tests.support.answers` asks."""
NAMED_BY_CALLER = ("/{external_id}", "/{name}")
"""What a PUT to such a path does not find, it creates."""


def complete(document: dict[str, Any], routes: APIRouter) -> None:
    """Complete the operations of one router in place."""
    for route in routes.routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        for method in route.methods or ():
            operation = document["paths"][PREFIX + route.path_format][method.lower()]
            _complete(operation, route, method, document["components"]["schemas"])


def _complete(
    operation: dict[str, Any], route: APIRoute, method: str, schemas: dict[str, Any]
) -> None:
    operation["summary"] = route.name.replace("_", " ").capitalize()
    operation["security"] = [{"api_key": []}]
    operation[SCOPE_KEY] = scope_of(route, method)
    _show_examples(operation, route.name, schemas)
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"} for name in _headers(route, method)
    )
    responses = operation["responses"]
    if method == "PUT" and route.path_format.endswith(NAMED_BY_CALLER):
        responses["201"] = deepcopy(responses["200"])
    if method == "GET" and not isinstance(route, StreamRoute):
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    responses.update(responses_of(codes_of(operation, route, method)))
    for status, headers in (("200", ["ETag"]), ("201", ["Location", "ETag"])):
        if status in responses and JSON in responses[status].get("content", {}):
            responses[status]["headers"] = shared_headers(headers)
    for status, response in responses.items():
        if status.startswith("2"):
            response["description"] = _DONE[status]
            response.setdefault("headers", {}).update(shared_headers(LIMITS))
    for status, answer in ANSWERS.get(route.name, {}).items():
        responses[status]["content"][JSON]["example"] = answer
    operation["responses"] = dict(sorted(responses.items()))


_DONE = {"200": "Done.", "201": "Created.", "202": "Accepted.", "204": "Done; nothing to show."}


def _headers(route: APIRoute, method: str) -> Iterator[str]:
    if method == "POST":
        yield "IdempotencyKey"
    if method == "GET" and not isinstance(route, StreamRoute):
        yield "IfNoneMatch"
    if checks_version(route):
        yield "IfMatch"
    if creates_by_put(route):
        yield "IfNoneMatchToCreate"
    yield "HotseatActor"


def _show_examples(operation: dict[str, Any], name: str, schemas: dict[str, Any]) -> None:
    """One example for the path and one for the body; none where a parameter can be left out, since
    a form that is filled in would send it.
    """
    ids = PATHS.get(name, {})
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["example"] = ids.get(parameter["name"]) or example_of(
                parameter["schema"], schemas
            )
        if parameter["in"] == "path" or not parameter.get("required"):
            _forget_examples(parameter["schema"])
    if "requestBody" in operation:
        content = operation["requestBody"]["content"][JSON]
        content["example"] = (
            BODIES[name] if name in BODIES else example_of(content["schema"], schemas)
        )


def _forget_examples(schema: dict[str, Any]) -> None:
    schema.pop("examples", None)
    for variant in schema.get("anyOf", ()):
        variant.pop("examples", None)
