"""How much one request may ask for."""

import json
from typing import Any

import httpx
import pytest

from app.api.body import MAX_DEPTH, MAX_DIGITS
from tests.support.builders import make_group

JACK = {"name": "Jack", "time_zone": "Europe/London"}
JSON = {"Content-Type": "application/json"}


def person(metadata: str) -> bytes:
    return json.dumps(JACK).encode()[:-1] + b', "metadata": {"x": ' + metadata.encode() + b"}}"


def nested(levels: int) -> str:
    """Arrays around a number; the person, its metadata and the number are three levels more."""
    return "[" * (levels - 3) + "1" + "]" * (levels - 3)


@pytest.mark.parametrize(
    "metadata", [nested(MAX_DEPTH), "9" * MAX_DIGITS, "-1.5e300", '"' + "x" * 2000 + '"']
)
async def test_what_fits(client: httpx.AsyncClient, metadata: str) -> None:
    answer = await client.post("/v1/people", content=person(metadata), headers=JSON)
    assert answer.status_code == 201, answer.text
    assert answer.json()["metadata"] == {"x": json.loads(metadata)}


@pytest.mark.parametrize(
    ("metadata", "status", "code"),
    [
        (nested(MAX_DEPTH + 1), 400, "malformed_json"),
        ("[" * 200_000, 400, "malformed_json"),
        ("[" * 200_000 + "]" * 200_000, 400, "malformed_json"),
        ('{"x":' * 100_000 + "1" + "}" * 100_000, 400, "malformed_json"),
        ("9" * (MAX_DIGITS + 1), 400, "malformed_json"),
        ("9" * 500_000, 400, "malformed_json"),
        ("-1e400", 400, "malformed_json"),
        ("NaN", 400, "malformed_json"),
        ("-Infinity", 400, "malformed_json"),
        ('{"a": 1, "a": 2}', 400, "malformed_json"),
        ('"' + "x" * 2100 + '"', 422, "validation_failed"),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_what_does_not(
    client: httpx.AsyncClient, metadata: str, status: int, code: str
) -> None:
    answer = await client.post("/v1/people", content=person(metadata), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(answer.text) < 1000
    assert "sys." not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"rrule": "FREQ=WEEKLY;BYDAY=" + "MO," * 200 + "MO"},
        {"rrule": "FREQ=DAILY;INTERVAL=1000000"},
        {"rrule": "FREQ=SECONDLY"},
        {"duration_minutes": 10**30},
    ],
)
async def test_a_recurrence_is_no_way_to_keep_the_service_busy(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    group = await make_group(client)
    cadence = {
        "rrule": "FREQ=WEEKLY;BYDAY=TH",
        "local_start": "2026-11-26T19:30:00",
        "duration_minutes": 90,
        **change,
    }
    answer = await client.put(f"/v1/groups/{group['id']}/cadence", json=cadence)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("limit", ["0", "101", "-1", "9" * 30])
async def test_a_page_has_a_largest_size(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get("/v1/people", params={"limit": limit})).status_code == 422
