"""Deliveries over real HTTP on the loopback, driven through the API and a worker."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
import standardwebhooks
from sqlalchemy import select

from app.adapters.keyring import Keyring
from app.api.runtime import Runtime
from app.db.models import Job, WebhookEndpoint
from app.db.session import Database
from app.services import attempts
from app.services.deliveries import DELIVER
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.hooks import (
    detail,
    emit,
    listed,
    live_in_our_time,
    make_endpoint,
    read_endpoint,
    verify,
)
from tests.support.receiver import Answer, Received, Receiver
from tests.support.tenants import Tenant

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _receivers_live_in_our_time(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    live_in_our_time(monkeypatch, clock)


async def state_of(client: httpx.AsyncClient, endpoint: Any) -> str:
    state: str = (await read_endpoint(client, endpoint))["state"]
    return state


async def test_a_delivery_is_what_the_specification_says(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver() as receiver:
        endpoint = await make_endpoint(client, receiver)
        await emit(database, tenant)
        await runner.run_until_idle()
    (request,) = receiver.requests
    (event,) = made(await client.get("/v1/events"))["data"]
    verify(request, endpoint["secret"])
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["webhook-id"] == event["id"]
    assert request.headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
    assert request.headers["hotseat-delivery-number"] == "1"
    assert request.headers["content-type"] == "application/json"
    assert request.json() == {
        "type": "person.created",
        "timestamp": "2026-11-23T09:00:00Z",
        "data": {"person_id": "per_0", "name": "Zoë"},
    }
    tampered = Received("POST", "/", request.headers, request.body.replace(b"Zo", b"Jo"))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verify(tampered, endpoint["secret"])
    (delivery,) = await listed(client)
    read = await detail(client, delivery)
    assert (read["status"], read["attempts"], read["number"]) == ("succeeded", 1, 1)
    assert [attempt["status"] for attempt in read["attempt_log"]] == [200]


async def test_retries_follow_the_schedule_and_repeat_the_bytes(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(500, b"broken")) as receiver:
        endpoint = await make_endpoint(client, receiver)
        await emit(database, tenant)
        times = []
        for _ in range(12):
            await runner.run_until_idle()
            if len(receiver.requests) > len(times):
                times.append(clock.now())
            (delivery,) = await listed(client)
            if delivery["next_attempt_at"] is None:
                break
            clock.set(datetime.fromisoformat(delivery["next_attempt_at"]))
    waits = [(b - a).total_seconds() for a, b in pairwise(times)]
    hours = [2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600]
    for wait, planned in zip(waits, [5, 300, 1800, *hours], strict=True):
        assert planned * 0.8 - 1 <= wait <= planned * 1.2 + 1
    assert len({request.body for request in receiver.requests}) == 1
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 10
    verify(receiver.requests[-1], endpoint["secret"])
    read = await detail(client, delivery)
    assert (read["status"], read["attempts"]) == ("failed", 10)
    assert [each["number"] for each in read["attempt_log"]] == list(range(1, 11))
    assert read["attempt_log"][0]["response"] == "broken"


async def test_during_a_rotation_both_secrets_sign(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver() as receiver:
        endpoint = await make_endpoint(client, receiver)
        path = f"/v1/webhook_endpoints/{endpoint['id']}"
        rotated = made(await client.post(f"{path}/rotate_secret"))
        await emit(database, tenant)
        await runner.run_until_idle()
        verify(receiver.requests[0], rotated["secret"])
        verify(receiver.requests[0], endpoint["secret"])

        clock.advance(DAY)
        await emit(database, tenant)
        await runner.run_until_idle()
        verify(receiver.requests[1], rotated["secret"])
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verify(receiver.requests[1], endpoint["secret"])
    assert made(await client.get(path))["previous_secret_until"] is None
    async with database.transaction() as session:
        (row,) = await session.scalars(select(WebhookEndpoint))
    assert row.previous_secret is None


async def test_gone_disables_the_endpoint_and_keeps_its_queue(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async def gone_and_slow(_request: Received) -> Answer:
        await asyncio.sleep(0.05)
        return Answer(410)

    async with Receiver(gone_and_slow) as receiver:
        endpoint = await make_endpoint(client, receiver)
        await emit(database, tenant, 5)
        await runner.run_until_idle()
        assert await state_of(client, endpoint) == "disabled"
        assert 1 <= len(receiver.requests) <= 2
        waiting = await listed(client, status="pending")
        assert len(waiting) == 5 - len(receiver.requests)

        receiver.answer = Answer()
        receiver.requests.clear()
        made(await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/enable"))
        await runner.run_until_idle()
        assert {r.headers["hotseat-delivery-number"] for r in receiver.requests} >= {
            str(delivery["number"]) for delivery in waiting
        }
    types = [event["type"] for event in made(await client.get("/v1/events"))["data"]]
    assert types[5:] == ["endpoint.disabled", "endpoint.enabled"]


async def test_five_days_of_nothing_but_failures_disable_the_endpoint(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver)
        for day in range(5):
            clock.set(MONDAY + day * DAY)
            await emit(database, tenant, now=clock.now())
            await runner.run_until_idle()
            assert await state_of(client, endpoint) == "enabled", day
        clock.set(MONDAY + 5 * DAY + timedelta(seconds=1))
        await emit(database, tenant, now=clock.now())
        await runner.run_until_idle()
        read = made(await client.get(f"/v1/webhook_endpoints/{endpoint['id']}"))
        assert (read["state"], read["disabled_reason"]) == ("disabled", "failing")

        before = len(receiver.requests)
        await emit(database, tenant, now=clock.now())
        await runner.run_until_idle()
        assert len(receiver.requests) == before
        receiver.answer = Answer()
        made(await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/enable"))
        await runner.run_until_idle()
        assert "person.created" in {
            request.json()["type"] for request in receiver.requests[before:]
        }


async def test_one_success_ends_the_series_of_failures(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver)
        path = f"/v1/webhook_endpoints/{endpoint['id']}"
        await emit(database, tenant)
        await runner.run_until_idle()
        assert made(await client.get(path))["failing_since"] is not None
        receiver.answer = Answer(204)
        clock.advance(timedelta(seconds=10))
        await runner.run_until_idle()
        assert made(await client.get(path))["failing_since"] is None


async def test_what_is_of_use_only_for_a_time_expires_unsent(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver() as receiver:
        await make_endpoint(client, receiver)
        await emit(database, tenant, expires_at=MONDAY + timedelta(minutes=5))
        await emit(database, tenant, expires_at=MONDAY + timedelta(minutes=20))
        clock.advance(timedelta(minutes=10))
        await runner.run_until_idle()
        assert [r.headers["hotseat-delivery-number"] for r in receiver.requests] == ["2"]
    (expired,) = await listed(client, status="expired")
    assert (expired["number"], expired["attempts"]) == (1, 0)
    resent = await client.post(f"/v1/deliveries/{expired['id']}/resend")
    assert (resent.status_code, resent.json()["code"]) == (409, "event_expired")


async def test_at_most_two_deliveries_of_an_endpoint_run_at_once(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runtime: Runtime,
    worker_database: Database,
) -> None:
    async def slow(_request: Received) -> Answer:
        await asyncio.sleep(0.3)
        return Answer()

    runners = [
        Runner(worker_database, runtime.keyring, runtime.settings, runtime.clock) for _ in range(2)
    ]
    async with Receiver(slow) as busy, Receiver(slow) as other:
        await make_endpoint(client, busy)
        await make_endpoint(client, other)
        await emit(database, tenant, 6)
        await asyncio.gather(*(runner.run_until_idle() for runner in runners))
        for runner in runners:
            await runner.run_until_idle()
            await runner.close()
        for receiver in (busy, other):
            assert receiver.most_at_once == 2
            numbers = sorted(int(r.headers["hotseat-delivery-number"]) for r in receiver.requests)
            assert numbers == list(range(1, 7))


async def test_an_endpoint_that_hangs_holds_nobody_else_up(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    hung = asyncio.Event()

    async def hang(_request: Received) -> Answer:
        await hung.wait()
        return Answer(500)

    async with Receiver(hang) as dead, Receiver() as healthy:
        await make_endpoint(client, dead)
        await make_endpoint(client, healthy)
        await emit(database, tenant, 20)
        working = asyncio.create_task(runner.run())
        try:
            await dead.wait_for(1, seconds=60)
            await healthy.wait_for(20, seconds=60)
            assert dead.most_at_once <= 2, "and one after a time-out, on a slow machine"
            assert 1 <= len(dead.requests) < 20
        finally:
            hung.set()
            await runner.stop()
            await working


async def test_a_hundred_endpoints_that_hang_hold_nobody_up(
    database: Database, tenant: Tenant, runner: Runner, runtime: Runtime
) -> None:
    """They have taken long before, so they share a quarter of the worker's 64 places."""
    hung = asyncio.Event()

    async def hang(_request: Received) -> Answer:
        await hung.wait()
        return Answer(500)

    async with Receiver(hang) as dead, Receiver() as healthy:
        async with database.transaction() as session:
            session.add_all(
                WebhookEndpoint(
                    workspace_id=tenant.workspace_id,
                    url=url,
                    event_types=["*"],
                    secret=runtime.keyring.encrypt("whsec_c2VjcmV0"),
                    slow=slow,
                    created_at=MONDAY,
                    updated_at=MONDAY,
                )
                for url, slow, count in ((dead.url, True, 100), (healthy.url, False, 20))
                for _ in range(count)
            )
        await emit(database, tenant, 2)
        working = asyncio.create_task(runner.run())
        try:
            await healthy.wait_for(40, seconds=60)
            assert dead.most_at_once <= 16, "and their time-outs come long after"
        finally:
            hung.set()
            await runner.stop()
            await working


async def test_how_long_the_last_attempt_took_says_whether_an_endpoint_is_slow(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Receiver(Answer(500)) as receiver:
        endpoint = await make_endpoint(client, receiver)
        await emit(database, tenant)
        for limit, slow in ((0, True), (10**6, False)):
            monkeypatch.setattr(attempts, "SLOW_MS", limit)
            await runner.run_until_idle()
            async with database.transaction() as session:
                (row,) = await session.scalars(
                    select(WebhookEndpoint).where(
                        WebhookEndpoint.workspace_id == tenant.workspace_id
                    )
                )
                paces = await session.scalars(
                    select(Job.slow).where(
                        Job.workspace_id == tenant.workspace_id, Job.kind == DELIVER
                    )
                )
            # The job that made the attempt knows; the endpoint's other one learns it in its turn.
            assert row.slow is slow
            assert slow in paces.all()
            clock.advance(timedelta(seconds=10))
    read = await read_endpoint(client, endpoint)
    assert read["version"] == 2, "its pace is no change; that it fails is one"


async def test_a_failing_endpoint_gets_one_delivery_at_a_time(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver(Answer(500)) as receiver:
        await make_endpoint(client, receiver)
        await emit(database, tenant, 4)
        await runner.run_until_idle()
        await emit(database, tenant, 4)
        await runner.run_until_idle()
        assert len(receiver.requests) == 8
    async with database.transaction() as session:
        slots = [job.payload["slot"] for job in await session.scalars(select(Job))]
    assert slots == [1]


async def test_a_paused_endpoint_catches_up(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver() as receiver:
        endpoint = await make_endpoint(client, receiver)
        path = f"/v1/webhook_endpoints/{endpoint['id']}"
        made(await client.post(f"{path}/pause"))
        await emit(database, tenant, 3)
        await runner.run_until_idle()
        assert receiver.requests == []
        assert len(await listed(client, status="pending")) == 4, "and one of the pause itself"
        made(await client.post(f"{path}/resume"))
        await runner.run_until_idle()
        told = [request.json()["type"] for request in receiver.requests]
        assert sorted(told) == ["endpoint.paused", "endpoint.resumed", *["person.created"] * 3]


async def test_a_test_goes_the_real_way_to_one_endpoint(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    async with Receiver() as receiver, Receiver() as other:
        endpoint = await make_endpoint(client, receiver)
        await make_endpoint(client, other)
        answer = await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/test")
        assert answer.status_code == 202
        assert answer.json()["status"] == "pending"
        await runner.run_until_idle()
        (request,) = receiver.requests
        assert other.requests == []
    verify(request, endpoint["secret"])
    assert request.json()["type"] == "endpoint.test"
    polled = made(await client.get(answer.headers["Location"]))
    assert (polled["status"], polled["event_type"]) == ("succeeded", "endpoint.test")
    (event,) = made(await client.get("/v1/events"))["data"]
    assert (event["id"], event["position"]) == (polled["event_id"], 1)


async def test_resend_delivers_once_more_with_the_same_id(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver() as receiver:
        await make_endpoint(client, receiver)
        await emit(database, tenant)
        await runner.run_until_idle()
        (delivery,) = await listed(client)
        path = f"/v1/deliveries/{delivery['id']}/resend"
        assert made(await client.post(path))["status"] == "pending"
        again = await client.post(path)
        assert (again.status_code, again.json()["code"]) == (409, "delivery_pending")
        receiver.answer = Answer(500)
        await runner.run_until_idle()
        first, second = receiver.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
    read = await detail(client, delivery)
    assert (read["status"], read["attempts"]) == ("pending", 2)
    wait = datetime.fromisoformat(read["next_attempt_at"]) - MONDAY
    assert timedelta(seconds=4) <= wait <= timedelta(seconds=7), "the schedule starts again"


async def test_recover_delivers_what_failed_since_then(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(500)) as receiver:
        endpoint = await make_endpoint(client, receiver)
        path = f"/v1/webhook_endpoints/{endpoint['id']}"
        for start in (MONDAY, MONDAY + 5 * DAY):
            clock.set(start)
            await emit(database, tenant, now=start)
            for _ in range(10):
                if pending := await _next(client, runner):
                    clock.set(pending)
            receiver.answer = Answer(200)
            made(await client.post(f"{path}/test"))
            await runner.run_until_idle()
            receiver.answer = Answer(500)
        assert len(await listed(client, status="failed")) == 2
        receiver.answer = Answer(200)
        receiver.requests.clear()
        since = (MONDAY + 3 * DAY).isoformat()
        made(await client.post(f"{path}/recover", json={"since": since}))
        await runner.run_until_idle()
        assert len(receiver.requests) == 1
        assert len(await listed(client, status="failed")) == 1
        clock.set(MONDAY + 30 * DAY)
        late = await client.post(f"{path}/recover", json={"since": since})
        assert (late.status_code, late.json()["code"]) == (422, "too_long_ago")


async def _next(client: httpx.AsyncClient, runner: Runner) -> datetime | None:
    await runner.run_until_idle()
    waiting = await listed(client, status="pending")
    return datetime.fromisoformat(waiting[0]["next_attempt_at"]) if waiting else None


async def test_a_removed_endpoint_leaves_no_work(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver(Answer(500)) as receiver:
        endpoint = await make_endpoint(client, receiver)
        await emit(database, tenant, 2)
        await runner.run_until_idle()
        before = len(receiver.requests)
        assert (await client.delete(f"/v1/webhook_endpoints/{endpoint['id']}")).status_code == 204
        assert await listed(client) == []
        async with database.transaction() as session:
            for job in await session.scalars(select(Job)):
                job.run_at = MONDAY
        await runner.run_until_idle()
        assert len(receiver.requests) == before
    async with database.transaction() as session:
        assert list(await session.scalars(select(Job))) == []


async def test_a_refused_destination_is_recorded_and_never_called(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runtime: Runtime,
    worker_database: Database,
) -> None:
    strict = runtime.settings.model_copy(update={"allowed_networks": ()})
    runner = Runner(worker_database, runtime.keyring, strict, runtime.clock)
    async with Receiver() as receiver:
        await make_endpoint(client, receiver)
        await emit(database, tenant)
        await runner.run_until_idle()
        await runner.close()
        assert receiver.requests == []
    (delivery,) = await listed(client)
    (attempt,) = (await detail(client, delivery))["attempt_log"]
    assert (attempt["status"], attempt["error"], attempt["response"]) == (
        None,
        "refused_destination",
        None,
    )


async def test_secrets_rest_encrypted(
    client: httpx.AsyncClient, database: Database, runtime: Runtime
) -> None:
    async with Receiver() as receiver:
        endpoint = await make_endpoint(client, receiver)
    async with database.transaction() as session:
        (row,) = await session.scalars(select(WebhookEndpoint))
    assert endpoint["secret"].encode() not in row.secret
    assert runtime.keyring.decrypt(row.secret) == endpoint["secret"]
    assert isinstance(runtime.keyring, Keyring)
