"""Requests that work as they stand in the sample workspace."""

from collections.abc import Mapping
from typing import Any

PATHS: dict[str, dict[str, str]] = {}
"""By operation, the ids of its path where the noun's usual one does not fit."""

BODIES: dict[str, Any] = {}
"""By operation, the body where the examples of its fields do not make a sensible one."""

_NONE = object()


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value made of the examples within a schema; None if a required part has none.

    Properties without an example are left out, so they must not be required.
    """
    found = _example(schema, schemas)
    return None if found is _NONE else found


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for variant in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if variant != {"type": "null"}:
            return _example(variant, schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return _object(schema, schemas)
    if "items" in schema:
        item = _example(schema["items"], schemas)
        return item if item is _NONE else [item]
    return _NONE


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    found = {name: _example(part, schemas) for name, part in schema["properties"].items()}
    if any(found[name] is _NONE for name in schema.get("required", ())):
        return _NONE
    return {name: value for name, value in found.items() if value is not _NONE}
