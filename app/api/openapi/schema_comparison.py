"""What breaks between two schemas of the same place. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]
UPPER = {"maximum", "maxLength", "maxItems"}
LOWER = {"minimum", "minLength", "minItems"}
FORMS = ("format", "pattern")
UNIONS = ("anyOf", "oneOf")
# One or more of some words, with commas between.
_LISTED = re.compile(r"\^\(([\w|]+)\)\(,\(\1\)\)\*\$")


def resolved(part: Schema, document: Document) -> Schema:
    """A part of a document, or what it refers to."""
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


class Comparison:
    """Of what is sent to the service (`sent`), or of what it answers and tells.

    What is sent may become wider, what is answered narrower, never the other way round. Two schemas
    that have names are compared once, at the first place.
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
        known, present = _variants(before, self._old), _variants(after, self._new)
        yield from self._types(where, known, present)
        known.pop("null", None)
        present.pop("null", None)
        if len(known) == len(present) == 1:
            # Whatever they are called.
            yield from self._variant(where, *known.values(), *present.values())
            return
        for name in known:
            if name in present:
                yield from self._variant(where, known[name], present[name])
            elif "properties" in known[name]:
                yield f"{where}: {name} is gone"

    def _variant(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        yield from self._values(where, before, after)
        yield from self._bounds(where, before, after)
        yield from self._forms(where, before, after)
        yield from self._properties(where, before, after)
        for name, place in (("items", f"{where}[]"), ("additionalProperties", f"{where}.*")):
            was, now = before.get(name), after.get(name)
            if isinstance(was, Mapping) and isinstance(now, Mapping):
                yield from self.schemas(place, was, now)

    def _types(
        self, where: str, known: Mapping[str, Schema], present: Mapping[str, Schema]
    ) -> Iterator[str]:
        was, now = _types(known), _types(present)
        narrow, wide = (was, now) if self._sent else (now, was)
        if narrow is not None and wide is not None and (lost := narrow - wide):
            verb = "is refused now" if self._sent else "is new in answers"
            yield f"{where}: type {', '.join(sorted(lost))} {verb}"

    def _values(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """A value that is taken or answered no more; answers may have further ones."""
        was, now = _enum(before), _enum(after)
        if now is None or (was is None and not self._sent):
            return
        if was is None or was - now:
            gone = ", ".join(sorted(map(str, (was or set()) - now))) or "free values"
            yield f"{where}: value {gone} {'is refused now' if self._sent else 'is gone'}"

    def _bounds(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """A bound of what is sent that is new, or nearer."""
        if not self._sent:
            return
        for names, sign in ((UPPER, 1), (LOWER, -1)):
            for name in sorted(names & after.keys()):
                if name not in before or sign * after[name] < sign * before[name]:
                    yield f"{where}: {name} is {after[name]} now"

    def _forms(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """A form of what is sent that is new, of what is answered that is gone; either, if it is
        another: which of two patterns is the wider, nobody can tell.
        """
        for name in FORMS:
            was, now = before.get(name), after.get(name)
            relied_on = now if self._sent else was
            if was != now and relied_on is not None and not (self._sent and _lists_more(was, now)):
                yield f"{where}: {name} was {was}, is {now}"

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
            if after.get("additionalProperties") is False is not before.get("additionalProperties"):
                yield f"{where}: further fields are refused now"


def _variants(schema: Schema, document: Document) -> dict[str, Schema]:
    """What a schema may be, by the names of references, else by type; one that is no union is the
    only one.
    """
    found: dict[str, Schema] = {}
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = _whole(schema, document)
    union = next((whole[key] for key in UNIONS if key in whole), None)
    if union is None:
        kinds = whole.get("type")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            key = "null" if kind == "null" else name or str(kind)
            found[key] = {**whole, "type": kind} if kind else whole
        return found
    beside = {key: value for key, value in whole.items() if key not in UNIONS}
    for each in union:
        for key, variant in _variants(each, document).items():
            found[key] = {**beside, **variant}
    return found


def _whole(schema: Schema, document: Document) -> Schema:
    """A schema with what it refers to and all that it consists of."""
    schema = resolved(schema, document)
    if "allOf" not in schema:
        return schema
    parts = [_whole(each, document) for each in schema["allOf"]] + [schema]
    merged = {key: value for part in parts for key, value in part.items() if key != "allOf"}
    required = [name for part in parts for name in part.get("required", ())]
    properties: dict[str, Schema] = {}
    for part in parts:
        for name, each in part.get("properties", {}).items():
            properties[name] = {**properties.get(name, {}), **each}
    return {**merged, "properties": properties, "required": required}


def _types(variants: Mapping[str, Schema]) -> set[str] | None:
    """The JSON types that are taken; None where all are."""
    kinds = [
        each.get("type") for each in variants.values() if _enum(each) is None or "type" in each
    ]
    if None in kinds:
        return None
    found = {str(kind) for kind in kinds}
    return found | ({"integer"} if "number" in found else set())


def _enum(schema: Schema) -> set[Any] | None:
    """The values that a schema names; None where it takes any of its type."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else set(values) - {None}


def _lists_more(was: str | None, now: str | None) -> bool:
    """Whether both are lists of words, and all that were known are."""
    before, after = _LISTED.fullmatch(was or ""), _LISTED.fullmatch(now or "")
    if before is None or after is None:
        return False
    return set(before[1].split("|")) <= set(after[1].split("|"))
