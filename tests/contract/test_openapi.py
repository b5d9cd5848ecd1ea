"""The document: complete, without orphans, and the one that is committed."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.openapi.components import TAGS
from app.cli.document import document, document_text
from app.domain.events import EVENT_TYPES
from app.domain.ids import PREFIXES

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
PROBLEM = "application/problem+json"
CREATING_PUTS = {
    "put_cadence",
    "put_commitment_by_external_id",
    "put_group_by_external_id",
    "put_meeting",
    "put_membership_by_external_id",
    "put_person_by_external_id",
}


@cache
def doc() -> dict[str, Any]:
    return document()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in doc()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def names_of(operation: dict[str, Any]) -> set[str]:
    """Names of an operation's parameters, whether they stand there or are referred to."""
    return {resolved(each)["name"] for each in operation["parameters"]}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = doc()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_the_committed_document_is_the_present_one() -> None:
    assert COMMITTED.read_text() == document_text(), "run `make openapi`"


def test_the_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(doc()).iter_errors()] == []


def test_schemas_have_names_of_their_own() -> None:
    """No twins for input and output, no module in front where two classes share a name."""
    names = doc()["components"]["schemas"]
    assert [name for name in names if "__" in name or name.endswith(("-Input", "-Output"))] == []


def test_version_and_names() -> None:
    assert doc()["openapi"] == "3.1.0"
    names = [operation["operationId"] for _, _, operation in operations()]
    names += [item["post"]["operationId"] for item in doc()["webhooks"].values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_every_operation_has_one_tag_and_every_tag_a_description() -> None:
    used = {tuple(operation["tags"]) for _, _, operation in operations()}
    assert all(len(tags) == 1 for tags in used)
    described = [tag["name"] for tag in doc()["tags"]]
    assert {tag for (tag,) in used} | {"webhooks"} == set(described)
    assert set(described) == set(TAGS), "a tag that nobody uses"


@pytest.mark.parametrize("key", ["description", "summary", "x-required-scope"])
def test_every_operation_says(key: str) -> None:
    assert [o["operationId"] for _, _, o in operations() if not o.get(key)] == []


def test_every_operation_wants_a_key_and_says_how_it_fails() -> None:
    for _, method, operation in operations():
        assert operation["security"] == [{"api_key": []}]
        expected = {"401", "403", "422", "429", "500", "503"}
        expected |= {"400", "408", "409", "413", "415"} if method != "get" else set()
        expected |= {"412", "428"} if "If-Match" in names_of(operation) else set()
        assert expected <= set(operation["responses"]), operation["operationId"]
        for status, response in operation["responses"].items():
            if status >= "400":
                assert set(resolved(response)["content"]) == {PROBLEM}


def test_headers_are_parameters_where_they_apply() -> None:
    for _, method, operation in operations():
        names = names_of(operation)
        assert "Hotseat-Actor" in names
        assert ("Idempotency-Key" in names) == (method == "post")
        if operation["operationId"] != "stream_events":
            is_conditional = method == "get" or operation["operationId"] in CREATING_PUTS
            assert ("If-None-Match" in names) == is_conditional
        if method in {"patch", "delete"} and "412" not in operation["responses"]:
            assert "If-Match" not in names


def test_answers_to_a_known_key_say_what_is_left_of_its_budget() -> None:
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            declared = set(resolved(response).get("headers", ()))
            shown = {"RateLimit", "RateLimit-Policy"} <= declared
            assert shown == (status != "401"), (operation["operationId"], status)


def test_bodies_and_paths_have_an_example_and_nothing_else_is_filled_in() -> None:
    for path, _, operation in operations():
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            assert isinstance(content["example"], dict), operation["operationId"]
        for parameter in map(resolved, operation["parameters"]):
            if parameter["in"] == "path":
                assert parameter["example"], path
            elif not parameter.get("required"):
                assert "example" not in json.dumps(parameter), operation["operationId"]


def test_every_schema_is_used_and_every_reference_leads_somewhere() -> None:
    used = set(references(doc()))
    for reference in used:
        resolved({"$ref": reference})
    schemas = {f"#/components/schemas/{name}" for name in doc()["components"]["schemas"]}
    parts = {
        f"#/components/{kind}/{name}"
        for kind in ("responses", "parameters", "headers", "examples")
        for name in doc()["components"][kind]
    }
    assert schemas | parts == used
    assert not {"HTTPValidationError", "ValidationError"} & set(doc()["components"]["schemas"])


def test_every_event_type_is_a_webhook_with_an_example() -> None:
    assert list(doc()["webhooks"]) == list(EVENT_TYPES)
    for name, item in doc()["webhooks"].items():
        operation = item["post"]
        assert operation["security"] == [{"webhook_signature": []}]
        scheme = doc()["components"]["securitySchemes"]["webhook_signature"]
        assert scheme["name"] in {each["name"] for each in operation["parameters"]}
        example = operation["requestBody"]["content"]["application/json"]["example"]
        assert example["type"] == name
        assert example["data"]["version"] >= 1
        assert len(json.dumps(example)) < 20_000
        assert ("calendar" in example["data"]) == EVENT_TYPES[name].calendar


def test_ids_are_described_by_their_form() -> None:
    read = doc()["components"]["schemas"]["GroupRead"]["properties"]["id"]
    assert read["pattern"] == f"^{PREFIXES['group']}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
