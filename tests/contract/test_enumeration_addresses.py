"""Every operation: what its address must not have, in the path and in the query."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.db.base import new_id
from app.domain import ids
from tests.contract.conftest import Stage
from tests.support.enumeration import Behaviour, Case, Refusal, enumerate_all, settle
from tests.support.faulty_bodies import variants
from tests.support.operations import Call, calls, noun_of

CALLS = calls()
NOT_FOUND = Refusal(404, "not_found")


def named(call: Call) -> dict[str, str]:
    """The parts of its path that must name what is there: a PUT makes what has no such name."""
    free = {"external_id"} | ({"name"} if call.method == "PUT" else set())
    return {name: text for name, text in call.ids.items() if name not in free}


def unknown(call: Call) -> Iterator[Case]:
    names = ["nonesuch", "Limit", "limit ", "dry_run", "cursor", "include", "sort"]
    for name in names:
        if name not in call.parameters:
            variant = replace(call, query={**call.query, name: "1"})
            yield variant, Refusal(422, "unknown_parameter")


def wrong_values(schema: dict[str, Any]) -> Iterator[str]:
    """Texts that a parameter can't be."""
    for each in variants(schema):
        if each["type"] in {"integer", "boolean"}:
            yield from ("many", "1.5", "NaN", "", "null", "[]")
        if "maximum" in each:
            yield from (str(each["maximum"] + 1), str(each["minimum"] - 1))
        if "maxLength" in each:
            yield "x" * (each["maxLength"] + 1)
        if {"enum", "format", "pattern"} & (each.keys() | schema.keys()) and each["type"] != "null":
            pattern = re.compile(each.get("pattern", schema.get("pattern", r"(?!)")))
            yield from (text for text in ("nonesuch", "", "1", "\t") if not pattern.search(text))


def wrong(call: Call) -> Iterator[Case]:
    for name, schema in call.parameters.items():
        for value in wrong_values(schema):
            variant = replace(call, query={**call.query, name: value})
            yield variant, Refusal(422, "validation_failed", [f"#query/{name}"])


def null_characters(call: Call) -> Iterator[Case]:
    for name in call.parameters:
        variant = replace(call, query={**call.query, name: "a\0b"})
        yield variant, Refusal(422, "invalid_characters")
    for name in call.ids:
        variant = replace(call, ids={**call.ids, name: "%00"})
        yield variant, Refusal(422, "invalid_characters")


def absent(call: Call) -> Iterator[Case]:
    for name, text in named(call).items():
        noun = noun_of(text)
        others = ["99999", "nonesuch"]
        if noun is not None:
            other = next(each for each in ids.PREFIXES if each != noun)
            uuid = new_id()
            encoded = ids.encode(noun, uuid)
            others = [encoded, encoded.upper(), encoded[:-1], ids.encode(other, uuid), str(uuid)]
            others += ["nonesuch", "1", "null"]
        for each in others:
            yield replace(call, ids={**call.ids, name: each}), NOT_FOUND


def trailing_slash(call: Call) -> Iterator[Case]:
    nowhere = {**call.operation, "responses": {"404": {}}}
    for path in (f"{call.path}/", f"/{call.path}", f"{call.path}//"):
        yield replace(call, path=path, operation=nowhere), NOT_FOUND


BEHAVIOURS = [
    Behaviour("unknown parameter", unknown),
    Behaviour("wrong parameter", wrong, lambda call: bool(call.parameters)),
    Behaviour("null character", null_characters, lambda c: bool(c.parameters or c.ids)),
    Behaviour("absent id", absent, lambda call: bool(named(call))),
    Behaviour("trailing slash", trailing_slash),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name)
async def test_every_operation_refuses(
    stage: Stage, behaviour: Behaviour, record_property: Callable[[str, object], None]
) -> None:
    settle(await enumerate_all(stage.client, behaviour, CALLS), record_property)
