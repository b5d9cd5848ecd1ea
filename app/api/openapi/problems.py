"""What each operation can refuse: by its kind from here, by its rules from `problem_codes.json`.

The rules' codes are read from the code (`python -m tests.support.refusals`); a test compares, and
another that no answer has a code which its operation doesn't declare.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from app.api.errors import PROBLEM
from app.api.openapi.problem_examples import EXAMPLES
from app.api.route import checks_version, creates_by_put

CODES: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("problem_codes.json").read_text(encoding="utf-8")
)
"""By operation, the codes of its own rules."""

ALWAYS = (
    "unauthenticated", "missing_scope", "bad_actor", "unknown_parameter", "too_many_requests",
    "internal_error", "database_busy", "overloaded", "timed_out",
)  # fmt: skip
OF_WRITES = (
    "malformed_json", "invalid_characters", "body_too_slow", "body_too_large",
    "unsupported_media_type", "conflicting_change",
)  # fmt: skip
OF_POSTS = (
    "invalid_idempotency_key", "idempotency_key_reused", "idempotency_in_progress",
    "answer_erased",
)  # fmt: skip
OF_VERSIONS = ("stale_version", "if_match_required")
OF_CREATING_PUTS = ("no_such_version", "already_exists")

DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "The API key is missing, unknown, expired or revoked.",
    403: "The key lacks a scope, or the acting person must not do this.",
    404: "There is no such resource in this workspace.",
    408: "The body did not arrive in time.",
    409: "The present state does not allow it; `code` says why.",
    410: "What you ask for is no longer kept; `code` says why.",
    412: "The resource is not in the state that you made a condition of the change.",
    413: "The body is larger than the service reads.",
    415: "The body is not sent as JSON.",
    422: "The input can never be right as it stands; `errors` says where and why.",
    428: "This workspace demands `If-Match`.",
    429: "Too many calls: `Retry-After` says when the next is welcome.",
    500: "A fault of the service. Nothing was changed.",
    503: "The service has too much to do just now, or its database does not answer. Repeat the "
    "call, a POST with its `Idempotency-Key`: if the database went away in the last moment of a "
    "change, it may be made.",
}
WITH_RETRY_AFTER = {429, 503}
LIMITS = ("RateLimit", "RateLimit-Policy")
"""What every answer to a known key has, and the refusal of an address."""
FURTHER_STATUSES = {"batch_refused": (409,)}
"""Codes whose status is not always the one of their example: a batch's is that of its items."""
SHOWN_REQUEST_ID = "0198f2d57c8a7d7fa4f0b7ce3f3f4f55"


def codes_of(operation: Mapping[str, Any], route: APIRoute, method: str) -> set[str]:
    """All codes that an operation can answer with."""
    return {*_by_kind(operation, route, method), *CODES.get(route.name, ())}


def _by_kind(operation: Mapping[str, Any], route: APIRoute, method: str) -> Iterator[str]:
    places = {parameter.get("in") for parameter in operation.get("parameters", ())}
    yield from ALWAYS
    if "path" in places:
        yield "not_found"
    if "query" in places or method != "GET":
        yield "validation_failed"
    if places & {"path", "query"}:
        yield "invalid_characters"
    if method != "GET":
        yield from OF_WRITES
    if method == "POST":
        yield from OF_POSTS
    if checks_version(route):
        yield from OF_VERSIONS
    elif method != "GET":
        yield "version_not_checked"
    if creates_by_put(route):
        yield from OF_CREATING_PUTS


def responses_of(codes: set[str]) -> dict[str, dict[str, Any]]:
    """The responses for these codes, by status."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        for status in (EXAMPLES[code].status, *FURTHER_STATUSES.get(code, ())):
            by_status.setdefault(status, []).append(code)
    return {str(status): _shared(status, found) for status, found in by_status.items()}


def _shared(status: int, codes: list[str]) -> dict[str, Any]:
    """A reference, where the codes are those that everybody has."""
    if codes == _SHARED.get(status):
        return {"$ref": f"#/components/responses/{_name(status)}"}
    return _response(status, codes)


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    examples = {code: _shown(code, status) for code in codes}
    response: dict[str, Any] = {
        "description": DESCRIPTIONS[status],
        "content": {
            PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }
    headers = ["Retry-After"] if status in WITH_RETRY_AFTER else []
    if status != HTTPStatus.UNAUTHORIZED:
        headers += LIMITS
    if headers:
        response["headers"] = shared_headers(headers)
    return response


def shared_headers(names: Iterable[str]) -> dict[str, Any]:
    """References to headers that answers have in common."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _shown(code: str, status: int) -> dict[str, Any]:
    if EXAMPLES[code].status == status:
        return {"$ref": f"#/components/examples/{code}"}
    return {"summary": f"{status} {code}", "value": example(code, status)}


def _name(status: int) -> str:
    """The name of a status's shared response, such as `Forbidden`."""
    return "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))


def example(code: str, status: int) -> dict[str, Any]:
    """The whole body of an answer with a code."""
    shown = EXAMPLES[code]
    fault = {"pointer": shown.pointer, "code": code, "detail": shown.detail}
    return {
        "type": f"urn:hotseat:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": shown.detail,
        "request_id": SHOWN_REQUEST_ID,
        "errors": [fault] if shown.pointer is not None else [],
    }


_SHARED: dict[int, list[str]] = {}
for _code in sorted({*ALWAYS, *OF_WRITES, *OF_VERSIONS, "not_found"} - {"unknown_parameter"}):
    _SHARED.setdefault(EXAMPLES[_code].status, []).append(_code)
for _status in (409, 422):
    # These differ from operation to operation.
    _SHARED.pop(_status, None)

PROBLEM_RESPONSES = {_name(status): _response(status, codes) for status, codes in _SHARED.items()}
PROBLEM_EXAMPLES = {
    code: {"summary": f"{each.status} {code}", "value": example(code, each.status)}
    for code, each in EXAMPLES.items()
}
