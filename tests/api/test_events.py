"""The event log over the API: pages, and a stream over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import update

from app.api.routes import events as routes
from app.api.runtime import Runtime
from app.db.models import EventCounter
from app.db.outbox import record
from app.db.session import Database
from app.domain.events import EVENT_TYPES
from app.main import create_app
from app.services.housekeeping import forget_events
from app.services.relay import relay
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.tenants import Tenant


async def emit(database: Database, tenant: Tenant, *types: str, numbered: bool = True) -> None:
    async with database.transaction() as session:
        for name in types:
            record(
                session,
                workspace_id=tenant.workspace_id,
                type=name,
                data={"person_id": name},
                now=MONDAY,
            )
    if numbered:
        async with database.transaction() as session:
            await relay(session, tenant.workspace_id, MONDAY, 500)


async def test_the_log_is_read_in_order_and_by_pages(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, *["person.created", "person.updated"] * 2, "person.deleted")
    seen: list[int] = []
    after: str | None = None
    for _ in range(3):
        params = {"limit": "2", **({"after": after} if after else {})}
        page = made(await client.get("/v1/events", params=params))
        seen += [event["position"] for event in page["data"]]
        after = page["next_cursor"]
    assert (seen, after) == ([1, 2, 3, 4, 5], None)
    last = page["data"][-1]
    assert last["cursor"] == "1-5"
    assert last["type"] == "person.deleted"
    assert last["occurred_at"] == "2026-11-23T09:00:00Z"
    assert last["data"] == {"person_id": "person.deleted"}
    assert last["id"].startswith("evt_")
    for empty in ("5", "1-5"):
        page = made(await client.get("/v1/events", params={"after": empty}))
        assert page == {"data": [], "next_cursor": None}


async def test_types_are_filtered(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created", "person.updated", "person.created")
    params = {"type": "person.created", "limit": "1"}
    first = made(await client.get("/v1/events", params=params))
    second = made(await client.get("/v1/events", params={**params, "after": first["next_cursor"]}))
    assert [each["position"] for each in first["data"] + second["data"]] == [1, 3]
    assert second["next_cursor"] is None


async def test_an_event_without_a_position_is_not_shown_yet(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created")
    await emit(database, tenant, "person.updated", numbered=False)
    assert len(made(await client.get("/v1/events"))["data"]) == 1


async def test_tenants_have_logs_of_their_own(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created")
    assert made(await other_client.get("/v1/events"))["data"] == []


@pytest.mark.parametrize("cursor", ["x", "1-", "-1", "1-2-3", "", "\uff19"])
async def test_what_is_no_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/v1/events", params={"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_a_place_whose_followers_are_gone_is_410(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created", "person.updated")
    async with database.transaction() as session:
        await forget_events(session, tenant.workspace_id, MONDAY + timedelta(days=90), 500)
    assert made(await client.get("/v1/events"))["data"] == []
    assert made(await client.get("/v1/events", params={"after": "2"}))["data"] == []
    for gone in ("0", "1-1"):
        answer = await client.get("/v1/events", params={"after": gone})
        assert (answer.status_code, answer.json()["code"]) == (410, "events_expired")
    await emit(database, tenant, "person.deleted")
    page = made(await client.get("/v1/events", params={"after": "2"}))
    assert [event["position"] for event in page["data"]] == [3]
    assert (await client.get("/v1/events", params={"after": "1"})).status_code == 410


async def test_a_cursor_of_another_epoch_or_of_the_future_is_410(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created")
    ahead = await client.get("/v1/events", params={"after": "2"})
    assert (ahead.status_code, ahead.json()["code"]) == (410, "log_restarted")
    async with database.transaction() as session:
        await session.execute(
            update(EventCounter)
            .where(EventCounter.workspace_id == tenant.workspace_id)
            .values(epoch=2)
        )
    assert (await client.get("/v1/events", params={"after": "1-1"})).status_code == 410
    assert made(await client.get("/v1/events"))["data"][0]["cursor"] == "2-1"


async def test_the_catalogue_is_listed(client: httpx.AsyncClient) -> None:
    listed = made(await client.get("/v1/event_types"))
    assert [each["name"] for each in listed["data"]] == list(EVENT_TYPES)
    assert all(each["description"] for each in listed["data"])


@pytest.fixture
async def live(
    runtime: Runtime, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, Runtime]]:
    """The app behind a real server: a stream has no end, which ASGITransport would wait for."""
    monkeypatch.setattr(routes, "POLL_SECONDS", 0.02)
    own = Runtime(runtime.settings, runtime.database, runtime.keyring, runtime.clock)
    config = uvicorn.Config(create_app(own), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {tenant.key}"},
        timeout=10,
    ) as client:
        yield client, own
    own.signals.stopping.set()
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


Frames = AsyncIterator[dict[str, Any]]


@asynccontextmanager
async def stream(client: httpx.AsyncClient, **options: Any) -> AsyncIterator[Frames]:
    async with client.stream("GET", "/v1/events/stream", **options) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield frames(response)


async def frames(response: httpx.Response) -> Frames:
    fields: dict[str, Any] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name or "comment"] = value
        else:
            yield fields
            fields = {}


Live = tuple[httpx.AsyncClient, Runtime]


async def test_a_stream_begins_behind_the_cursor_and_follows_the_log(
    live: Live, database: Database, tenant: Tenant
) -> None:
    client, _ = live
    await emit(database, tenant, "person.created", "person.updated")
    async with asyncio.timeout(20), stream(client, params={"after": "1-1"}) as found:
        assert "retry" in await anext(found)
        first = await anext(found)
        assert (first["id"], first["event"]) == ("1-2", "person.updated")
        (event,) = made(await client.get("/v1/events", params={"after": "1"}))["data"]
        assert json.loads(first["data"]) == event
        await emit(database, tenant, "person.deleted")
        assert (await anext(found))["id"] == "1-3"
    headers = {"Last-Event-ID": "1-2"}
    async with asyncio.timeout(20), stream(client, headers=headers, params={"after": "0"}) as found:
        await anext(found)
        assert (await anext(found))["id"] == "1-3"


async def test_a_stream_without_a_cursor_begins_now_and_keeps_to_its_type(
    live: Live, database: Database, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = live
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.1)
    await emit(database, tenant, "person.deleted")
    params = {"type": "person.deleted"}
    async with asyncio.timeout(20), stream(client, params=params) as found:
        await anext(found)
        assert set(await anext(found)) == {"comment"}, "a heartbeat, as nothing has happened"
        await emit(database, tenant, "person.created", "person.deleted")
        event = await anext(found)
        while "id" not in event:
            event = await anext(found)
        assert (event["id"], event["event"]) == ("1-3", "person.deleted")


async def test_a_stream_ends_when_the_process_stops(live: Live) -> None:
    client, runtime = live
    async with asyncio.timeout(20), stream(client) as found:
        await anext(found)
        runtime.signals.stopping.set()
        assert [frame async for frame in found] == []


async def test_a_stream_is_refused_like_any_request(live: Live, app: FastAPI) -> None:
    client, _ = live
    path = "/v1/events/stream"
    assert (await client.get(path, headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await client.get(path, params={"from": "1"})).status_code == 422
    assert (await client.get(path, params={"after": "x"})).status_code == 422
    assert (await client.get(path, headers={"Last-Event-ID": "9-1"})).status_code == 410


async def test_a_committed_write_wakes_the_worker_of_the_process(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[None] = []
    monkeypatch.setattr(runtime.signals, "wake", lambda: woken.append(None))
    await client.get("/v1/events")
    assert woken == []
    refused = await client.post("/v1/people", json={})
    assert (refused.status_code, woken) == (422, [])
    made(await client.post("/v1/people", json={"name": "Jack", "time_zone": "Europe/London"}))
    assert woken == [None]
