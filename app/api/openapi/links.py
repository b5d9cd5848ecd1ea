"""`links`: from what an operation creates or lists to the operations that can come next.

They are derived: an operation follows if the answer's `id` fits into its path, and everything else
that its path needs was in the path or the answer already.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

JSON = "application/json"
CREATED = ("201", "200")


class _Operation(NamedTuple):
    path: str
    method: str
    body: dict[str, Any]

    @property
    def ids(self) -> dict[str, str]:
        """The parameters of the path, with the patterns of their texts."""
        return {
            each["name"]: each["schema"].get("pattern", "")
            for each in self.body.get("parameters", ())
            if each.get("in") == "path"
        }


def add(document: dict[str, Any]) -> None:
    """Add all links to a document that is complete otherwise."""
    operations = [
        _Operation(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    schemas = document["components"]["schemas"]
    for source in operations:
        for response in _sources(source):
            links = dict(_links(source, response, operations, schemas))
            if links:
                response["links"] = links


def _sources(operation: _Operation) -> Iterator[dict[str, Any]]:
    """The answers that show what there was not before, or lists."""
    responses = operation.body["responses"]
    creates = "201" in responses
    for status in CREATED:
        if status in responses and (creates or operation.method == "get"):
            yield responses[status]


def _links(
    source: _Operation,
    response: Mapping[str, Any],
    operations: list[_Operation],
    schemas: Mapping[str, Any],
) -> Iterator[tuple[str, dict[str, Any]]]:
    shown = _schema(response, schemas)
    listed = _schema_of(shown.get("data", {}).get("items", {}), schemas)
    for target in operations:
        if listed and target.method != "get":
            continue
        if source.method == "get" and not listed:
            continue
        where = "$response.body#/data/0" if listed else "$response.body#"
        parameters = _filled(source, target, listed or shown, where)
        if parameters:
            name = target.body["operationId"]
            yield name, {"operationId": name, "parameters": parameters}


def _filled(
    source: _Operation, target: _Operation, shown: Mapping[str, Any], where: str
) -> dict[str, str]:
    """What fills the path of the target; nothing if something is missing, or nothing is new."""
    found: dict[str, str] = {}
    made = shown.get("id", {}).get("pattern")
    below = target.path.rpartition("/")[0] == source.path
    follows = False
    for name, pattern in target.ids.items():
        if name in source.ids:
            found[name] = f"$request.path.{name}"
        elif made and pattern == made:
            found[name] = f"{where}/id"
            follows = True
        elif below and name in shown:
            found[name] = f"{where}/{name}"
            follows = True
        else:
            return {}
    return found if follows else {}


def _schema(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    return _schema_of(response.get("content", {}).get(JSON, {}).get("schema", {}), schemas)


def _schema_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a schema that may be a reference."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    properties: dict[str, Any] = schema.get("properties", {})
    return properties
