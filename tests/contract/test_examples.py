"""Every example of the document works as it stands, in the sample workspace."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.adapters.keyring import Keyring, new_key
from app.api.event_examples import example_data
from app.api.runtime import Runtime
from app.api.schemas.examples import SampleMeeting, sample_text
from app.cli import sample
from app.clock import SystemClock
from app.db.migrate import upgrade
from app.db.models import Event
from app.db.session import Database
from app.domain.events import EVENT_TYPES
from app.main import create_app
from app.settings import Settings
from tests.support.clock import ManualClock
from tests.support.service import sqlite_url

EVENTS = {kind.name: example_data(kind) for kind in EVENT_TYPES.values()}
COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
ENDLESS = {"stream_events"}


@dataclass(frozen=True)
class Call:
    name: str
    method: str
    path: str
    body: Any


def calls() -> Iterator[Call]:
    """All examples of the committed document; another test holds it to the code."""
    for path, item in json.loads(COMMITTED.read_text())["paths"].items():
        for method, operation in item.items():
            if operation["operationId"] in ENDLESS:
                continue
            filled = path
            for parameter in operation["parameters"]:
                if parameter.get("in") == "path":
                    filled = filled.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("example")
            yield Call(operation["operationId"], method.upper(), filled, body)


@dataclass(frozen=True)
class Sample:
    file: Path
    app: FastAPI
    key: str


def runtime_of(file: Path, keyring: Keyring) -> Runtime:
    url = f"sqlite+aiosqlite:///{file}"
    settings = Settings(database_url=url, allowed_networks=("127.0.0.0/8",), calls_per_minute=0)
    return Runtime(settings, Database(url), keyring, SystemClock())


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    file = tmp_path_factory.mktemp("sample") / "hotseat.db"
    # The migration runs an event loop of its own.
    await asyncio.to_thread(upgrade, sqlite_url(file.parent))
    runtime = runtime_of(file, Keyring([new_key()]))
    key = await sample.ensure(runtime)
    await runtime.database.dispose()
    assert key is not None
    return Sample(file, create_app(runtime), key)


@pytest.fixture
async def client(made: Sample, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The API over a sample of the test's own."""
    file = tmp_path / "hotseat.db"
    shutil.copy(made.file, file)
    runtime = runtime_of(file, made.app.state.runtime.keyring)
    made.app.state.runtime = runtime
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(made.app, raise_app_exceptions=False),
        base_url="http://hotseat.test",
        headers={"Authorization": f"Bearer {made.key}"},
    ) as client:
        yield client
    await runtime.database.dispose()


async def events(made: Sample) -> list[tuple[str, dict[str, Any]]]:
    async with made.app.state.runtime.database.reader() as connection:
        rows = await connection.execute(select(Event.type, Event.data).order_by(Event.id))
        return [(row.type, row.data) for row in rows]


@pytest.mark.parametrize("call", list(calls()), ids=lambda call: call.name)
async def test_the_example_works(made: Sample, client: httpx.AsyncClient, call: Call) -> None:
    """And the events of it say what the examples of events say."""
    before = await events(made)
    response = await client.request(call.method, call.path, json=call.body)
    assert response.is_success, response.text
    for event_type, said in (await events(made))[len(before) :]:
        assert set(said) == set(EVENTS[event_type]), event_type


async def test_the_sample_itself_says_what_the_examples_say(
    made: Sample, client: httpx.AsyncClient
) -> None:
    said = await events(made)
    assert len({event_type for event_type, _ in said}) > 10
    for event_type, data in said:
        assert set(data) == set(EVENTS[event_type]), event_type


async def test_a_later_start_keeps_the_sample_and_puts_tonight_at_the_present(
    made: Sample, client: httpx.AsyncClient
) -> None:
    runtime = made.app.state.runtime
    groups = (await client.get("/v1/groups")).json()
    tonight = f"/v1/meetings/{sample_text('meeting', SampleMeeting.TONIGHT)}"
    before = (await client.get(tonight)).json()
    later = replace(runtime, clock=ManualClock(runtime.clock.now() + timedelta(days=30)))
    assert await sample.ensure(later) is None
    assert (await client.get("/v1/groups")).json() == groups
    after = (await client.get(tonight)).json()
    assert after["starts_at"] > before["starts_at"]
    assert (await client.post(f"{tonight}/start")).status_code == 409
    made.app.state.runtime = later
    assert (await client.post(f"{tonight}/start")).status_code == 200


async def test_the_examples_work_one_after_another_on_both_databases(
    runtime: Runtime, app: FastAPI
) -> None:
    """In one workspace, in the document's order: none takes away what a later one needs."""
    key = await sample.ensure(runtime)
    assert await sample.ensure(runtime) is None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://hotseat.test",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        names = [group["name"] for group in (await client.get("/v1/groups")).json()["data"]]
        assert names[0] == "The Inklings"
        for call in calls():
            response = await client.request(call.method, call.path, json=call.body)
            assert response.is_success, (call.name, response.text)
