"""Bodies with one fault each, made from the schema of a body and its example."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from app.cli.document import document

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]
Faulty = tuple[Any, list[Path]]
"""A body, and where its faults are."""
OF_EACH_TYPE: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "1",
    "array": [],
    "object": {},
}
"""A value of each JSON type. The text looks like a number, so that a lax reader would take it."""
ALSO = {"number": {"integer"}}
"""By type, what is of it too."""


def pointer(path: Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


@cache
def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = document()["components"]["schemas"]
    return schemas


def variants(schema: Schema) -> Iterator[Schema]:
    """The schemas of which a value has to fit one."""
    if "$ref" in schema:
        yield from variants(_schemas()[schema["$ref"].rpartition("/")[2]])
        return
    among = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    for each in among:
        yield from variants(each)
    if not among:
        yield schema


def types(schema: Schema) -> set[str]:
    """The JSON types that a schema allows: all, if it says nothing."""
    found: set[str] = set()
    for each in variants(schema):
        told = each.get("type", list(OF_EACH_TYPE))
        for name in [told] if isinstance(told, str) else told:
            found |= {name} | ALSO.get(name, set())
    return found


def objects(schema: Schema, example: Any, path: Path = ()) -> Iterator[tuple[Path, Schema, Any]]:
    """Each object of a body with fields of its own: where, its schema, an example of it."""
    for each in variants(schema):
        if "items" in each:
            first = example[0] if isinstance(example, list) and example else None
            yield from objects(each["items"], first, (*path, 0))
        if "properties" not in each:
            continue
        own = dict(example) if isinstance(example, dict) else {}
        fitting = own | _tags(each)
        yield path, each, fitting
        for name, part in each["properties"].items():
            yield from objects(part, fitting.get(name), (*path, name))


def _tags(schema: Schema) -> dict[str, Any]:
    """The values that tell a variant from its siblings."""
    return {name: part["const"] for name, part in schema["properties"].items() if "const" in part}


def put(body: Any, path: Path, value: Any) -> Any:
    """The body with a value at a place, and with whatever is missing around that."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        items = list(body) if isinstance(body, list) and body else [None]
        return [put(items[0], tuple(rest), value), *items[1:]]
    fields = dict(body) if isinstance(body, dict) else {}
    return fields | {step: put(fields.get(step), tuple(rest), value)}


def with_unknown_fields(schema: Schema, example: Any) -> Iterator[Faulty]:
    """A field that nobody knows, in each object in turn."""
    for path, _, own in objects(schema, example):
        yield put(example, path, own | {"nonesuch": 1}), [(*path, "nonesuch")]


def with_wrong_types(schema: Schema, example: Any) -> Iterator[Faulty]:
    """Each field with a value of each type that it isn't of, the whole as well.

    The fields of one object have theirs at once: an answer tells of all of them.
    """
    for name in sorted(OF_EACH_TYPE.keys() - types(schema)):
        yield OF_EACH_TYPE[name], [()]
    for path, each, own in objects(schema, example):
        for name, value in OF_EACH_TYPE.items():
            wrong = [
                field
                for field, part in each["properties"].items()
                if name not in types(part) and "const" not in part
            ]
            if wrong:
                body = put(example, path, own | dict.fromkeys(wrong, value))
                yield body, [(*path, field) for field in wrong]


def without_required_fields(schema: Schema, example: Any) -> Iterator[Faulty]:
    """Each object without the fields that it must have."""
    for path, each, own in objects(schema, example):
        needed = each.get("required", ())
        if needed:
            rest = {name: value for name, value in own.items() if name not in needed}
            yield put(example, path, rest), [(*path, field) for field in needed]


def read_only_fields(schema: Schema, answer: Schema) -> set[str]:
    """What the answer shows of the resource and the body can't set."""
    shown = {name for each in variants(answer) for name in each.get("properties", ())}
    known = {name for each in variants(schema) for name in each.get("properties", ())}
    return shown - known
