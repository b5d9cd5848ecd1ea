"""Every operation that writes: what its body must not be, each fault in each place."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.conftest import Stage
from tests.support import faulty_bodies
from tests.support.enumeration import (
    Behaviour,
    Case,
    Refusal,
    Tally,
    enumerate_all,
    settle,
)
from tests.support.faulty_bodies import Faulty, pointer
from tests.support.operations import Call, calls

CALLS = calls()
CAP = 1_048_576
JSON = {"Content-Type": "application/json"}
NO_JSON = Refusal(400, "malformed_json")
INVALID, BATCH_REFUSED = "validation_failed", "batch_refused"
BATCHES = {"batch_people", "batch_memberships", "batch_commitments"}
"""What is wrong within an item is told of that item, or refuses all where they go together."""
TEXTS = {
    "malformed JSON": [b"{", b"{'a': 1}", b'{"a": 1,}', b"\xff\xfe", b'{"a": "\x00"}', b"{} {}"],
    "NaN": [b'{"a": NaN}', b'{"a": [Infinity]}', b'{"a": {"b": -Infinity}}', b'{"a": 1e999}'],
    "duplicate key": [b'{"a": 1, "a": 1}', b'{"a": {"b": 1, "b": 2}}', b'[{"a": 1, "a": 2}]'],
    "absurd nesting": [b"[" * 33 + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 100_000],
}
MEDIA_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
MEDIA_TYPES += ["application/xml", "text/json"]


def writes(call: Call) -> bool:
    return not call.is_read


def has_body(call: Call) -> bool:
    return call.schema is not None


def has_none(call: Call) -> bool:
    return writes(call) and not has_body(call)


def texts(name: str) -> Callable[[Call], Iterator[Case]]:
    def cases(call: Call) -> Iterator[Case]:
        for raw in TEXTS[name]:
            yield replace(call, raw=raw, headers=JSON), NO_JSON

    return cases


def other_media_types(call: Call) -> Iterator[Case]:
    raw = json.dumps(call.body or {}).encode()
    for name in MEDIA_TYPES:
        variant = replace(call, raw=raw, headers={"Content-Type": name})
        yield variant, Refusal(415, "unsupported_media_type")


def too_large(call: Call) -> Iterator[Case]:
    raw = json.dumps(call.body or {}).encode().ljust(CAP + 1)
    # Told by the header, and found out while reading.
    for headers in (JSON, JSON | {"Content-Length": "1"}):
        yield replace(call, raw=raw, headers=headers), Refusal(413, "body_too_large")


def impossible_texts(call: Call) -> Iterator[Case]:
    for raw in (rb'{"a": "\u0000"}', rb'{"a": "\ud83d"}', rb'{"\u0000": 1}'):
        yield replace(call, raw=raw, headers=JSON), Refusal(422, "invalid_characters")


def faulty(
    bodies: Callable[[Any, Any], Iterator[Faulty]],
) -> Callable[[Call], Iterator[Case]]:
    def cases(call: Call) -> Iterator[Case]:
        for body, paths in bodies(call.schema, call.body):
            code = INVALID
            if call.name in BATCHES and all(path[:2] == ("items", 0) for path in paths):
                code, body["atomic"] = BATCH_REFUSED, True
            # As bytes, since httpx sends no body at all for None.
            raw = json.dumps(body).encode()
            refusal = Refusal(422, code, [*map(pointer, paths)])
            yield replace(call, raw=raw, headers=JSON), refusal

    return cases


def read_only(call: Call) -> Iterator[Case]:
    names = faulty_bodies.read_only_fields(call.schema or {}, call.answer_schema)
    names |= {"id", "created_at", "version", "workspace_id"}
    body = {**(call.body or {}), **dict.fromkeys(names, "2199-06-06T18:30:00Z")}
    pointers = [pointer((name,)) for name in sorted(names)]
    yield replace(call, body=body), Refusal(422, INVALID, pointers)


def anything(call: Call) -> Iterator[Case]:
    for body, where in (({"nonesuch": 1}, "/nonesuch"), ([], ""), ("text", ""), (1, "")):
        raw = json.dumps(body).encode()
        yield replace(call, raw=raw, headers=JSON), Refusal(422, INVALID, [where])


def has_required(call: Call) -> bool:
    schema = call.schema or {}
    return any(True for _ in faulty_bodies.without_required_fields(schema, call.body))


BEHAVIOURS = [
    *(Behaviour(name, texts(name), writes) for name in TEXTS),
    Behaviour("wrong content type", other_media_types, writes),
    Behaviour("too large a body", too_large, writes),
    Behaviour("impossible text", impossible_texts, writes),
    Behaviour("unknown field", faulty(faulty_bodies.with_unknown_fields), has_body),
    Behaviour("read-only field", read_only, writes),
    Behaviour("wrong type", faulty(faulty_bodies.with_wrong_types), has_body),
    Behaviour("missing field", faulty(faulty_bodies.without_required_fields), has_required),
    Behaviour("body where none is read", anything, has_none),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.name)
async def test_every_operation_refuses(
    stage: Stage, behaviour: Behaviour, record_property: Callable[[str, object], None]
) -> None:
    settle(await enumerate_all(stage.client, behaviour, CALLS), record_property)


async def test_a_read_looks_at_no_body(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """RFC 9110, 9.3.1: the content of a GET has no meaning, so it is not even parsed."""
    tally = Tally("body of a read")
    for call in filter(lambda call: call.is_read, CALLS):
        plain, with_body = [
            await variant.send(stage.client) for variant in (call, replace(call, raw=b"{"))
        ]
        tally.check(call, (with_body.status_code, with_body.content), (200, plain.content))
    settle(tally, record_property)


async def test_an_empty_object_is_no_body(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """Some clients send one with every POST."""
    tally = Tally("empty object")
    for call in filter(has_none, CALLS):
        answer = await replace(call, raw=b"{}", headers=JSON).send(stage.client)
        tally.check(call, answer.is_success, True, answer.text[:200])
    settle(tally, record_property)
