"""What an integrator would trip over between two documents of the API.

Pure: two documents in, sentences out. A difference breaks a caller who was right before: something
is gone, an answer shows less or other things, or a request is refused that was taken. What is added
to answers, and what may be left out of requests, breaks nobody who ignores what they don't know.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]
JSON = "application/json"
UPPER = {"maximum", "maxLength", "maxItems"}
LOWER = {"minimum", "minLength", "minItems"}
METHODS = ("get", "post", "put", "patch", "delete")


def breaking_changes(old: Document, new: Document) -> list[str]:
    """What is in `old` and not kept by `new`, one sentence each."""
    gone = old.get("webhooks", {}).keys() - new.get("webhooks", {}).keys()
    found = [f"webhook {name} is gone" for name in sorted(gone)]
    return found + [text for path in old["paths"] for text in _path(path, old, new)]


def allows_breaking(old_version: str, new_version: str) -> bool:
    """Whether the new version says that it breaks: a higher major, or a higher minor under 1.0."""
    old, new = (tuple(map(int, version.split(".")[:2])) for version in (old_version, new_version))
    return new > old if old[0] == 0 else new[0] > old[0]


def refusals(old: Document, new: Document) -> list[str]:
    """The breaking changes that the versions of the documents don't announce."""
    if allows_breaking(old["info"]["version"], new["info"]["version"]):
        return []
    return breaking_changes(old, new)


def _path(path: str, old: Document, new: Document) -> Iterator[str]:
    before, after = old["paths"][path], new["paths"].get(path)
    if after is None:
        yield f"{path} is gone"
        return
    for method in METHODS:
        if method not in before:
            continue
        where = f"{method.upper()} {path}"
        if method not in after:
            yield f"{where} is gone"
        else:
            yield from _operation(where, before[method], after[method], old, new)


def _operation(
    where: str, before: Schema, after: Schema, old: Document, new: Document
) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:
        yield f"{where}: operationId was {before['operationId']}, is {after['operationId']}"
    yield from _parameters(where, before, after, old, new)
    yield from _request(where, before, after, old, new)
    yield from _responses(where, before, after, old, new)


def _parameters(
    where: str, before: Schema, after: Schema, old: Document, new: Document
) -> Iterator[str]:
    known, present = _by_name(before, old), _by_name(after, new)
    for key, parameter in known.items():
        label = f"{where}: parameter {key[1]}"
        if key not in present:
            yield f"{label} is gone"
            continue
        if present[key].get("required") and not parameter.get("required"):
            yield f"{label} is required now"
        yield from Comparison(old, new, sent=True).schemas(
            label, parameter["schema"], present[key]["schema"]
        )
    for key, parameter in present.items():
        if key not in known and parameter.get("required"):
            yield f"{where}: parameter {key[1]} is new and required"


def _by_name(operation: Schema, document: Document) -> dict[tuple[str, str], Schema]:
    found = [resolved(each, document) for each in operation.get("parameters", ())]
    return {(each["in"], each["name"]): each for each in found}


def _request(
    where: str, before: Schema, after: Schema, old: Document, new: Document
) -> Iterator[str]:
    was, now = before.get("requestBody"), after.get("requestBody")
    if now is None:
        if was is not None:
            yield f"{where}: the body is gone"
        return
    if now.get("required") and not (was or {}).get("required"):
        yield f"{where}: a body is required now"
    if was is not None:
        yield from Comparison(old, new, sent=True).schemas(
            f"{where}: body", _schema(was), _schema(now)
        )


def _responses(
    where: str, before: Schema, after: Schema, old: Document, new: Document
) -> Iterator[str]:
    for status, response in before["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in after["responses"]:
            yield f"{where}: answers no {status} any more"
            continue
        was, now = resolved(response, old), resolved(after["responses"][status], new)
        yield from Comparison(old, new, sent=False).schemas(
            f"{where}: {status}", _schema(was), _schema(now)
        )


def _schema(part: Schema) -> Schema:
    schema: Schema = part.get("content", {}).get(JSON, {}).get("schema", {})
    return schema


def resolved(part: Schema, document: Document) -> Schema:
    """A part of a document, or what it refers to."""
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


class Comparison:
    """Of what is sent to the service (`sent`), or of what it answers.

    What is sent may become wider, what is answered narrower, never the other way round.
    """

    def __init__(self, old: Document, new: Document, *, sent: bool) -> None:
        self._old = old
        self._new = new
        self._sent = sent
        self._seen: set[tuple[str, str]] = set()

    def schemas(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """What breaks between two schemas of the same place."""
        pair = (before.get("$ref", ""), after.get("$ref", ""))
        if all(pair):
            if pair in self._seen:
                return
            self._seen.add(pair)
        yield from self._values(where, resolved(before, self._old), resolved(after, self._new))
        before, after = _core(before, self._old), _core(after, self._new)
        yield from self._bounds(where, before, after)
        yield from self._properties(where, before, after)
        if "items" in before and "items" in after:
            yield from self.schemas(f"{where}[]", before["items"], after["items"])

    def _values(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        narrow, wide = (before, after) if self._sent else (after, before)
        was, now = (self._old, self._new) if self._sent else (self._new, self._old)
        lost = _types(narrow, was) - _types(wide, now)
        if _types(wide, now) and lost:
            yield f"{where}: type {', '.join(sorted(lost))} {self._verb}"
        allowed, known = _enum(narrow), _enum(wide)
        if self._sent and known is not None and (allowed is None or allowed - known):
            gone = ", ".join(sorted(map(str, (allowed or set()) - known))) or "free values"
            yield f"{where}: value {gone} {self._verb}"

    def _bounds(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """A bound of what is sent that is new, or nearer."""
        if not self._sent:
            return
        for names, sign in ((UPPER, 1), (LOWER, -1)):
            for name in names & after.keys():
                if name not in before or sign * after[name] < sign * before[name]:
                    yield f"{where}: {name} is {after[name]} now"

    @property
    def _verb(self) -> str:
        return "is refused now" if self._sent else "is new in answers"

    def _properties(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        known, present = before.get("properties", {}), after.get("properties", {})
        was, now = set(before.get("required", ())), set(after.get("required", ()))
        for name in known:
            if name not in present:
                yield f"{where}.{name} is gone"
                continue
            if not self._sent and name in was - now:
                yield f"{where}.{name} can be missing now"
            yield from self.schemas(f"{where}.{name}", known[name], present[name])
        if self._sent:
            for name in sorted(now - was):
                yield f"{where}.{name} is required now"


def _core(schema: Schema, document: Document) -> Schema:
    """What a reference, or an alternative to null, is about."""
    schema = resolved(schema, document)
    variants = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return _core(variants[0], document) if len(variants) == 1 else schema


def _types(schema: Schema, document: Document) -> set[str]:
    """The JSON types that a schema takes; empty where it takes all."""
    found: set[str] = set()
    for variant in schema.get("anyOf") or schema.get("oneOf") or [schema]:
        kind = resolved(variant, document).get("type")
        if kind is None and "const" not in variant and "enum" not in variant:
            return set()
        found |= {kind} if isinstance(kind, str) else set(kind or ())
    return found | ({"integer"} if "number" in found else set())


def _enum(schema: Schema) -> set[Any] | None:
    """The values that a schema names, without null; None where it takes any of its type."""
    found: set[Any] = set()
    for variant in schema.get("anyOf", [schema]):
        if variant.get("type") == "null":
            continue
        values = [variant["const"]] if "const" in variant else variant.get("enum")
        if values is None:
            return None
        found |= set(values)
    return found
