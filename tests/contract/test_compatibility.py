"""No change breaks a caller of the last released document, unless the version says so."""

import json
from copy import copy, deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.api.openapi.compatibility import allows_breaking, breaking_changes, refusals
from tests.support.declared import doc
from tests.support.service import environment, hotseat

RELEASED = Path(__file__).parents[2] / "openapi" / "released.json"


@cache
def released() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(RELEASED.read_text())
    return document


def test_the_present_document_keeps_what_was_released() -> None:
    assert refusals(released(), doc()) == []


def small() -> dict[str, Any]:
    """A document with one of everything that is compared."""
    field = {
        "name": {"type": "string", "maxLength": 80},
        "kind": {"enum": ["open", "closed"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "at": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "pattern": "^[a-z]$"},
        "include": {"type": "string", "pattern": "^(a|b)(,(a|b))*$"},
        "inner": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
    }
    schemas = {
        "Read": {"type": "object", "required": ["name"], "properties": deepcopy(field)},
        "Create": {"type": "object", "required": ["name"], "properties": deepcopy(field)},
        "Inner": {"type": "object", "properties": {"deep": {"type": "integer"}}},
    }
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Read"}}
    post = {
        "operationId": "create_thing",
        "parameters": [{"name": "dry_run", "in": "query", "schema": {"type": "boolean"}}],
        "requestBody": {"required": True, **content({"$ref": "#/components/schemas/Create"})},
        "responses": {"201": content({"$ref": "#/components/schemas/Read"}), "409": {}},
    }
    get = {"operationId": "list_things", "parameters": [], "responses": {"200": content(listed)}}
    return {
        "info": {"version": "0.3.1"},
        "webhooks": {"thing.made": {"post": {}}},
        "paths": {"/things": {"post": post, "get": get}},
        "components": {"schemas": schemas},
    }


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def changed(where: str, value: Any, of: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document, else the small one, with one value put at a place, or for None without it."""
    document = copy(small() if of is None else of)
    *steps, last = where.split(" ")
    found: Any = document
    for step in steps:
        key: Any = int(step) if isinstance(found, list) else step
        found[key] = copy(found[key])
        found = found[key]
    if isinstance(found, list):
        found[int(last) :] = [] if value is None else [value]
    elif value is None:
        del found[last]
    else:
        found[last] = value
    return document


READ = "components schemas Read"
CREATE = "components schemas Create"
POST = "paths /things post"
BREAKING = {
    "path": ("paths /things", None, "/things is gone"),
    "operation": ("paths /things get", None, "GET /things is gone"),
    "webhook": ("webhooks thing.made", None, "webhook thing.made is gone"),
    "operation id": (f"{POST} operationId", "make_thing", "operationId was create_thing"),
    "parameter": (f"{POST} parameters", [], "parameter dry_run is gone"),
    "parameter required": (f"{POST} parameters 0 required", True, "dry_run is required now"),
    "parameter's type": (f"{POST} parameters 0 schema type", "string", "type boolean is refused"),
    "new required parameter": (
        f"{POST} parameters",
        [
            {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}},
            {"name": "who", "in": "query", "required": True, "schema": {"type": "string"}},
        ],
        "parameter who is new and required",
    ),
    "status": (f"{POST} responses 201", None, "answers no 201 any more"),
    "answered field": (f"{READ} properties note", None, "200[].note is gone"),
    "answered field can be missing": (f"{READ} required", [], "200[].name can be missing"),
    "answered type": (f"{READ} properties name type", "integer", "type integer is new"),
    "answered null": (
        f"{READ} properties name",
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "200[].name: type null is new in answers",
    ),
    "within a reference": (
        "components schemas Inner properties deep",
        None,
        "200[].inner.deep is gone",
    ),
    "sent field": (f"{CREATE} properties note", None, "body.note is gone"),
    "sent field required": (f"{CREATE} required", ["name", "kind"], "body.kind is required"),
    "sent type": (f"{CREATE} properties name type", "integer", "type string is refused"),
    "sent null": (f"{CREATE} properties note", {"type": "string"}, "type null is refused"),
    "sent value": (f"{CREATE} properties kind enum", ["open"], "value closed is refused"),
    "sent values at all": (
        f"{CREATE} properties name enum",
        ["Jack"],
        "value free values is refused",
    ),
    "answered value": (f"{READ} properties kind enum", ["open"], "value closed is gone"),
    "answered form": (f"{READ} properties at format", None, "format was date-time, is None"),
    "sent form": (f"{CREATE} properties name format", "email", "format was None, is email"),
    "sent pattern": (f"{CREATE} properties code pattern", "^a$", "pattern was ^[a-z]$, is ^a$"),
    "sent list of words": (
        f"{CREATE} properties include pattern",
        "^(a|c)(,(a|c))*$",
        "include: pattern was",
    ),
    "sent further fields": (f"{CREATE} additionalProperties", False, "further fields are refused"),
    "sent bound": (f"{CREATE} properties name maxLength", 40, "maxLength is 40 now"),
    "new bound": (f"{CREATE} properties name minLength", 3, "minLength is 3 now"),
}
COMPATIBLE = {
    "nothing": ("info title", "Things"),
    "new path": ("paths /others", {"get": {"operationId": "list_others", "responses": {}}}),
    "new answered field": (f"{READ} properties colour", {"type": "string"}),
    "answered for certain": (f"{READ} required", ["name", "kind"]),
    "answered without null": (f"{READ} properties note", {"type": "string"}),
    "new answered value": (f"{READ} properties kind enum", ["open", "closed", "paused"]),
    "new field that may be left out": (f"{CREATE} properties colour", {"type": "string"}),
    "sent null too": (
        f"{CREATE} properties name",
        {"anyOf": [{"type": "string", "maxLength": 80}, {"type": "null"}]},
    ),
    "sent not required": (f"{CREATE} required", []),
    "new sent value": (f"{CREATE} properties kind enum", ["open", "closed", "paused"]),
    "sent form that is gone": (f"{CREATE} properties code pattern", None),
    "answered form that is new": (f"{READ} properties name format", "email"),
    "longer list of words": (f"{CREATE} properties include pattern", "^(b|a|c)(,(b|a|c))*$"),
    "wider bound": (f"{CREATE} properties name maxLength", 120),
    "body may be left out": (f"{POST} requestBody required", False),
    "new parameter": (
        f"{POST} parameters",
        [
            {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}},
            {"name": "who", "in": "query", "schema": {"type": "string"}},
        ],
    ),
    "new problem": (f"{POST} responses 410", {}),
    "problem that is gone": (f"{POST} responses 409", None),
}


@pytest.mark.parametrize(("where", "value", "said"), BREAKING.values(), ids=list(BREAKING))
def test_breaks(where: str, value: Any, said: str) -> None:
    found = breaking_changes(small(), changed(where, value))
    assert any(said in each for each in found), found


@pytest.mark.parametrize(("where", "value"), COMPATIBLE.values(), ids=list(COMPATIBLE))
def test_breaks_nothing(where: str, value: Any) -> None:
    assert breaking_changes(small(), changed(where, value)) == []


SCHEMAS = "components schemas"
TARGET = "paths /v1/calendar_targets post"
ON_STARTED = "webhooks meeting.started post"
STARTED = f"{ON_STARTED} requestBody content application/json schema properties data"
PEOPLE = "paths /v1/people post"
STREAM = "paths /v1/events/stream get responses 200 content"
OF_RELEASED = {
    "event's name of its operation": (f"{ON_STARTED} operationId", "began", "operationId was"),
    "event's field": (f"{STARTED} properties quorum_met", None, "meeting.started.data.quorum_met"),
    "event's field at times": (f"{STARTED} required", [], "data.quorum_met can be missing"),
    "every event's field": (f"{SCHEMAS} WebhookEvent properties timestamp", None, ".timestamp is"),
    "every event's field at times": (f"{SCHEMAS} WebhookEvent required", [], "data can be missing"),
    "event's type": (f"{STARTED} properties version type", "string", "type string is new"),
    "event's null": (f"{STARTED} properties version type", ["integer", "null"], "type null is new"),
    "event's header": (f"{ON_STARTED} parameters", [], "header webhook-signature is gone"),
    "event's header at times": (
        f"{ON_STARTED} parameters 0 required",
        False,
        "webhook-id can be missing",
    ),
    "event's media type": (f"{ON_STARTED} requestBody content", {}, "application/json is gone"),
    "variant sent": (
        f"{TARGET} requestBody content application/json schema oneOf 1",
        None,
        "MailTargetCreate is gone",
    ),
    "variant's field sent": (f"{SCHEMAS} MailTargetCreate properties settings", None, ".settings"),
    "variant's field required": (
        f"{SCHEMAS} MailTargetCreate required",
        ["person_id", "kind", "settings"],
        "body.settings is required now",
    ),
    "variant of a field": (
        f"{SCHEMAS} CalendarTargetUpdate properties settings oneOf 0",
        None,
        "CaldavChange is gone",
    ),
    "field of a field's variant": (
        f"{SCHEMAS} CaldavChange properties calendar",
        None,
        ".calendar",
    ),
    "variant answered": (
        f"{SCHEMAS} CalendarTargetRead properties settings anyOf 0",
        None,
        "CaldavSettingsRead is gone",
    ),
    "variant's field answered": (
        f"{SCHEMAS} CaldavSettingsRead properties username",
        None,
        "settings.username is gone",
    ),
    "variant's field at times": (
        f"{SCHEMAS} MailSettingsRead required",
        ["sends"],
        "settings.address can be missing",
    ),
    "pattern added": (f"{SCHEMAS} PersonCreate properties name pattern", "^A", "name: pattern was"),
    "pattern of a path": (
        "paths /v1/people/{person_id} get parameters 0 schema pattern",
        "^per_0",
        "parameter person_id: pattern was",
    ),
    "format added": (f"{SCHEMAS} PersonCreate properties name format", "uri", "name: format was"),
    "format answered": (
        f"{SCHEMAS} PersonRead properties created_at format",
        None,
        "created_at: format was date-time",
    ),
    "scope": (f"{PEOPLE} x-required-scope", "admin", "the scope was write, is admin"),
    "problem's field": (f"{SCHEMAS} Problem properties code", None, "problem+json.code is gone"),
    "problem's field at times": (f"{SCHEMAS} Problem required", [], ".code can be missing"),
    "fault's field": (
        f"{SCHEMAS} ProblemError properties pointer",
        None,
        "errors[].pointer is gone",
    ),
    "problem's media type": (
        "components responses NotFound content",
        {},
        "404: application/problem+json is gone",
    ),
    "answer's media type": (f"{PEOPLE} responses 201 content", {}, "201: application/json is gone"),
    "answer's header": (f"{PEOPLE} responses 201 headers", {}, "no header Location any more"),
    "body's media type": (f"{PEOPLE} requestBody content", {}, "body: application/json is gone"),
    "stream": (f"{STREAM} text/event-stream", None, "200: text/event-stream is gone"),
    "stream's type": (f"{STREAM} text/event-stream schema type", "object", "type object is new"),
    "values by name": (
        f"{SCHEMAS} Reason properties params additionalProperties",
        {"type": "object"},
        "params.*: type object is new",
    ),
}
"""Changes of the document that was released, by where and what."""


@pytest.mark.parametrize(("where", "value", "said"), OF_RELEASED.values(), ids=list(OF_RELEASED))
def test_breaks_what_was_released(where: str, value: Any, said: str) -> None:
    found = breaking_changes(released(), changed(where, value, released()))
    assert any(said in each for each in found), found


def test_what_was_released_breaks_nothing() -> None:
    assert breaking_changes(released(), released()) == []
    event = f"{STARTED} properties mood", {"type": "string"}
    field = f"{SCHEMAS} MailSettingsRead properties mood", {"type": "string"}
    option = f"{SCHEMAS} MailTargetCreate properties mood", {"type": "string"}
    variant = f"{TARGET} requestBody content application/json schema oneOf 2", {"type": "object"}
    for where, value in (event, field, option, variant):
        assert breaking_changes(released(), changed(where, value, released())) == [], where


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("0.3.1", "0.3.2", False),
        ("0.3.1", "0.4.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.3.1", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.2.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
        ("0.3.1", "0.2.9", False),
    ],
)
def test_a_version_says_that_it_breaks(old: str, new: str, allowed: bool) -> None:  # noqa: FBT001 - of a table
    assert allows_breaking(old, new) is allowed
    before, after = small(), changed("paths /things", None)
    before["info"]["version"], after["info"]["version"] = old, new
    assert (refusals(before, after) == []) is allowed


def test_the_command_names_what_breaks(tmp_path: Path) -> None:
    document = deepcopy(doc())
    document["paths"]["/v1/gone"] = document["paths"]["/v1/people"]
    file = tmp_path / "released.json"
    file.write_text(json.dumps(document))
    done = hotseat("openapi", "--compatible-with", str(file), env=environment("not read"))
    assert done.returncode == 1
    assert done.stderr.startswith("/v1/gone is gone\n")
    file.write_text(json.dumps(doc()))
    done = hotseat("openapi", "--compatible-with", str(file), env=environment("not read"))
    assert (done.returncode, done.stderr) == (0, "")
