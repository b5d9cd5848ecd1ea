"""The event log over the API: pages, and a stream over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from app.api.routes import events as routes
from app.api.runtime import Runtime
from app.db.models import Event, EventCounter
from app.db.outbox import record
from app.db.session import Database
from app.domain import ids
from app.services.epochs import FIRST_SECOND, begin_epoch
from app.services.housekeeping import forget_events
from app.services.relay import relay
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.live import serving
from tests.support.tenants import Tenant, make_tenant


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


async def test_the_id_of_an_event_names_its_place(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created", "person.updated", "person.deleted")
    first, *rest = made(await client.get("/v1/events"))["data"]
    params = {"after": first["id"]}
    assert made(await client.get("/v1/events", params=params))["data"] == rest
    await new_epoch(database, tenant, MONDAY)
    ids_after = [e["id"] for e in made(await client.get("/v1/events", params=params))["data"]]
    assert ids_after[:2] == [event["id"] for event in rest], "an id outlives its epoch"
    for unknown in ("evt_01h455vb4pex5vsknk084sn02q", first["id"]):
        answer = await other_client.get("/v1/events", params={"after": unknown})
        assert (answer.status_code, answer.json()["code"]) == (410, "event_unknown")
    await emit(database, tenant, "person.created", numbered=False)
    async with database.reader() as connection:
        of_ours = Event.workspace_id == tenant.workspace_id
        query = select(Event.id).where(of_ours, Event.position.is_(None))
        (late,) = await connection.scalars(query)
    params = {"after": ids.encode("event", late)}
    assert made(await client.get("/v1/events", params=params))["data"] == []


@pytest.mark.parametrize("cursor", ["evt_", "evt_x", "x", "1-", "-1", "1-2-3", "", "\uff19"])
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
    restored = MONDAY + timedelta(hours=1)
    await new_epoch(database, tenant, restored)
    old = await client.get("/v1/events", params={"after": "1-1"})
    assert (old.status_code, old.json()["code"]) == (410, "log_restarted")
    assert "Read the resources" in old.json()["detail"]
    first, told = made(await client.get("/v1/events"))["data"]
    epoch = int((restored - FIRST_SECOND).total_seconds())
    assert (first["cursor"], told["cursor"]) == (f"{epoch}-1", f"{epoch}-2")
    assert told["type"] == "log.restarted"
    assert told["data"] == {"schema_version": 1, "epoch": epoch, "version": epoch}
    page = made(await client.get("/v1/events", params={"after": first["cursor"]}))
    assert [event["position"] for event in page["data"]] == [2]


async def test_two_restorations_of_one_backup_begin_two_epochs(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    await emit(database, tenant, "person.created")
    await new_epoch(database, tenant, MONDAY)
    lost = made(await client.get("/v1/events"))["data"][-1]["cursor"]
    async with database.transaction() as session:  # the backup knows nothing of that epoch
        await session.execute(
            update(EventCounter)
            .where(EventCounter.workspace_id == tenant.workspace_id)
            .values(epoch=1)
        )
    await new_epoch(database, tenant, MONDAY + timedelta(seconds=1))
    answer = await client.get("/v1/events", params={"after": lost})
    assert (answer.status_code, answer.json()["code"]) == (410, "log_restarted")


async def test_an_epoch_rises_even_if_the_clock_does_not(
    database: Database, tenant: Tenant
) -> None:
    await new_epoch(database, tenant, MONDAY)
    await new_epoch(database, tenant, MONDAY - timedelta(days=9))
    async with database.transaction() as session:
        counter = await session.get_one(EventCounter, tenant.workspace_id)
    assert counter.epoch == int((MONDAY - FIRST_SECOND).total_seconds()) + 1


async def new_epoch(database: Database, tenant: Tenant, now: datetime) -> None:
    async with database.transaction() as session:
        assert await begin_epoch(session, now) >= 1
    async with database.transaction() as session:
        await relay(session, tenant.workspace_id, now, 500)


async def test_an_event_tells_which_request_brought_it_about(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    body = {"name": "Jack", "time_zone": "Europe/London"}
    answer = await client.post("/v1/people", json=body)
    await emit(database, tenant, "person.updated")
    of_the_call, of_the_clock = made(await client.get("/v1/events"))["data"]
    assert of_the_call["request_id"] == answer.headers["x-request-id"]
    assert of_the_clock["request_id"] is None


@pytest.fixture
async def live(
    runtime: Runtime, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, Runtime]]:
    """The app behind a real server: a stream has no end, which ASGITransport would wait for."""
    monkeypatch.setattr(routes, "POLL_SECONDS", 0.02)
    async with (
        serving(runtime) as (url, own),
        httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {tenant.key}"}, timeout=60
        ) as client,
    ):
        yield client, own


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
    async with asyncio.timeout(120), stream(client, params={"after": "1-1"}) as found:
        assert "retry" in await anext(found)
        first = await anext(found)
        assert (first["id"], first["event"]) == ("1-2", "person.updated")
        (event,) = made(await client.get("/v1/events", params={"after": "1"}))["data"]
        assert json.loads(first["data"]) == event
        await emit(database, tenant, "person.deleted")
        assert (await anext(found))["id"] == "1-3"
    headers = {"Last-Event-ID": "1-2"}
    async with (
        asyncio.timeout(120),
        stream(client, headers=headers, params={"after": "0"}) as found,
    ):
        await anext(found)
        assert (await anext(found))["id"] == "1-3"


async def test_a_stream_without_a_cursor_begins_now_and_keeps_to_its_type(
    live: Live, database: Database, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = live
    monkeypatch.setattr(routes, "HEARTBEAT_SECONDS", 0.1)
    await emit(database, tenant, "person.deleted")
    params = {"type": "person.deleted"}
    async with asyncio.timeout(120), stream(client, params=params) as found:
        await anext(found)
        assert set(await anext(found)) == {"comment"}, "a heartbeat, as nothing has happened"
        await emit(database, tenant, "person.created", "person.deleted")
        event = await anext(found)
        while "id" not in event:
            event = await anext(found)
        assert (event["id"], event["event"]) == ("1-3", "person.deleted")


async def test_a_stream_ends_when_the_process_stops(live: Live) -> None:
    client, runtime = live
    async with asyncio.timeout(120), stream(client) as found:
        await anext(found)
        runtime.signals.stopping.set()
        assert [frame async for frame in found] == []


async def test_a_key_has_so_many_streams_and_one_that_ends_makes_room(
    live: Live, database: Database, tenant: Tenant
) -> None:
    client, runtime = live
    most = runtime.settings.max_streams
    other = await make_tenant(database, workspace_id=tenant.workspace_id)
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(stream(client)) for _ in range(most)]
        assert all(["retry" in await anext(each) for each in opened])
        refused = await client.get("/v1/events/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["Retry-After"]) > 0
        assert REGISTRY.get_sample_value("hotseat_event_streams") == most
        headers = {"Authorization": f"Bearer {other.key}"}
        async with stream(client, headers=headers) as found:
            assert "retry" in await anext(found), "another key has streams of its own"
    async with asyncio.timeout(60):
        while await status_of_a_stream(client) == 429:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
        while REGISTRY.get_sample_value("hotseat_event_streams"):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.02)


async def status_of_a_stream(client: httpx.AsyncClient) -> int:
    async with client.stream("GET", "/v1/events/stream") as response:
        return response.status_code


async def test_a_stream_ends_after_a_while_so_that_its_key_is_looked_at_again(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = live
    monkeypatch.setattr(routes, "LONGEST_SECONDS", 0.1)
    async with asyncio.timeout(120), stream(client) as found:
        assert [set(frame) for frame in [f async for f in found]] == [{"comment", "retry"}]


async def test_a_stream_ends_with_its_epoch(live: Live, database: Database, tenant: Tenant) -> None:
    client, _ = live
    async with asyncio.timeout(120), stream(client) as found:
        await anext(found)
        await new_epoch(database, tenant, MONDAY)
        assert [frame.get("event") async for frame in found] == ["log.restarted"]


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
