"""No change breaks a caller of the last released document, unless the version says so."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.api.openapi.compatibility import allows_breaking, breaking_changes, refusals
from tests.support.declared import doc
from tests.support.service import environment, hotseat

RELEASED = Path(__file__).parents[2] / "openapi" / "released.json"


def test_the_present_document_keeps_what_was_released() -> None:
    assert refusals(json.loads(RELEASED.read_text()), doc()) == []


def small() -> dict[str, Any]:
    """A document with one of everything that is compared."""
    field = {
        "name": {"type": "string", "maxLength": 80},
        "kind": {"enum": ["open", "closed"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
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


def changed(where: str, value: Any) -> dict[str, Any]:
    """The small document with one value put at a place, or with the place removed for None."""
    document = small()
    *steps, last = where.split(" ")
    found: Any = document
    for step in steps:
        found = found[int(step) if step.isdecimal() else step]
    if value is None:
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
    "answered field": (f"{READ} properties note", None, "201.note is gone"),
    "answered field can be missing": (f"{READ} required", [], "201.name can be missing"),
    "answered type": (f"{READ} properties name type", "integer", "type integer is new"),
    "answered null": (
        f"{READ} properties name",
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "201.name: type null is new in answers",
    ),
    "within a reference": (
        "components schemas Inner properties deep",
        None,
        "201.inner.deep is gone",
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
    released = deepcopy(doc())
    released["paths"]["/v1/gone"] = released["paths"]["/v1/people"]
    file = tmp_path / "released.json"
    file.write_text(json.dumps(released))
    done = hotseat("openapi", "--compatible-with", str(file), env=environment("not read"))
    assert done.returncode == 1
    assert done.stderr.startswith("/v1/gone is gone\n")
    file.write_text(json.dumps(doc()))
    done = hotseat("openapi", "--compatible-with", str(file), env=environment("not read"))
    assert (done.returncode, done.stderr) == (0, "")
