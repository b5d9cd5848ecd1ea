"""Endpoints in trouble: given a rest, disabled after days of it, looked at until they are back."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.api.runtime import Runtime
from app.db.session import Database
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.hooks import detail, emit, listed, make_endpoint, read_endpoint
from tests.support.receiver import Answer, Receiver
from tests.support.tenants import Tenant

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PEOPLE = {"event_types": ["person.*"]}


def changes(to: str, reason: str) -> float:
    labels = {"to": to, "reason": reason}
    return REGISTRY.get_sample_value("hotseat_webhook_endpoint_changes_total", labels) or 0.0


async def disable(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    endpoint: Any,
) -> Any:
    """Let everything fail for five days; the endpoint as it is then."""
    for day in range(6):
        clock.set(MONDAY + day * DAY + timedelta(seconds=day))
        await emit(database, tenant, now=clock.now())
        await runner.run_until_idle()
    disabled = await read_endpoint(client, endpoint)
    assert (disabled["state"], disabled["disabled_reason"]) == ("disabled", "failing")
    return disabled


async def test_a_probe_brings_a_disabled_endpoint_back_with_its_queue(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        with capture_logs() as logs:
            before = changes("disabled", "failing")
            disabled = await disable(client, database, tenant, runner, clock, endpoint)
        assert changes("disabled", "failing") == before + 1
        told = [line for line in logs if line["event"] == "endpoint_disabled"]
        assert [(line["endpoint_id"], line["log_level"]) for line in told] == [
            (endpoint["id"], "warning")
        ]
        due = datetime.fromisoformat(disabled["probe_due_at"])
        assert timedelta() <= due - clock.now() - 6 * HOUR < HOUR
        receiver.requests.clear()

        # It is still away: one request, and the queue is as it was.
        waiting = await listed(client, status="pending")
        clock.set(due)
        await runner.run_until_idle()
        assert len(receiver.requests) == 1
        still = await read_endpoint(client, endpoint)
        assert still["state"] == "disabled"
        assert datetime.fromisoformat(still["probe_due_at"]) == due + 6 * HOUR
        assert {each["id"] for each in await listed(client, status="pending")} == {
            each["id"] for each in waiting
        }
        await runner.run_until_idle()
        assert len(receiver.requests) == 1, "nothing goes out between two looks"

        # It is back: everything that waited arrives.
        receiver.answer = Answer()
        clock.set(due + 6 * HOUR)
        with capture_logs() as logs:
            await runner.run_until_idle()
            clock.advance(timedelta(seconds=30))
            await runner.run_until_idle()
        enabled = await read_endpoint(client, endpoint)
        assert (enabled["state"], enabled["failing_since"]) == ("enabled", None)
        assert enabled["probe_due_at"] is None
        assert await listed(client, status="pending") == []
        numbers = [int(r.headers["hotseat-delivery-number"]) for r in receiver.requests[1:]]
        assert sorted(numbers) == sorted(each["number"] for each in waiting)
        assert [line["event"] for line in logs].count("endpoint_enabled") == 1
    types = [event["type"] for event in made(await client.get("/v1/events"))["data"]]
    assert types[-2:] == ["endpoint.disabled", "endpoint.enabled"]


async def test_a_look_takes_nothing_from_the_schedule_of_the_delivery(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await disable(client, database, tenant, runner, clock, endpoint)
        (oldest, *_) = sorted(await listed(client, status="pending"), key=lambda d: d["number"])
        for _ in range(12):
            clock.advance(7 * HOUR)
            await runner.run_until_idle()
        attempts = [(await detail(client, each))["attempts"] for each in await listed(client)]
        assert sum(attempts) == len(receiver.requests)
        assert (await detail(client, oldest))["status"] == "pending"


async def test_an_endpoint_with_an_empty_queue_is_looked_at_with_a_test(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await disable(client, database, tenant, runner, clock, endpoint)
        for each in await listed(client, status="pending"):
            async with database.transaction() as session:
                await expire_now(session, tenant, each, clock.now())
        receiver.answer = Answer()
        receiver.requests.clear()
        clock.advance(7 * HOUR)
        await runner.run_until_idle()
        assert [request.json()["type"] for request in receiver.requests] == ["endpoint.test"]
        assert (await read_endpoint(client, endpoint))["state"] == "enabled"


async def expire_now(session: Any, tenant: Tenant, delivery: Any, now: datetime) -> None:
    from app.db.queries import deliveries
    from app.domain import ids

    row = await deliveries.load(
        session, tenant.workspace_id, ids.decode("delivery", delivery["id"])
    )
    row.expires_at = now


async def test_a_look_that_hears_gone_is_the_last(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await disable(client, database, tenant, runner, clock, endpoint)
        receiver.answer = Answer(410)
        clock.advance(7 * HOUR)
        await runner.run_until_idle()
        gone = await read_endpoint(client, endpoint)
        assert (gone["disabled_reason"], gone["probe_due_at"]) == ("gone", None)
        receiver.requests.clear()
        clock.advance(30 * DAY)
        await runner.run_until_idle()
        assert receiver.requests == []


async def test_two_workers_look_once(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    runtime: Runtime,
    clock: ManualClock,
) -> None:
    """A probe is keyed by the instant at which it fell due; who comes late finds it done."""
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await disable(client, database, tenant, runner, clock, endpoint)
        receiver.requests.clear()
        clock.advance(7 * HOUR)
        second = Runner(runtime.database, runtime.keyring, runtime.settings, runtime.clock)
        await runner.run_until_idle()
        await second.run_until_idle()
        await second.close()
        assert len(receiver.requests) == 1


async def test_failures_less_than_five_days_apart_disable_nothing(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        for hours in (0, 13, 119):
            clock.set(MONDAY + hours * HOUR)
            await emit(database, tenant, now=clock.now())
            await runner.run_until_idle()
        assert (await read_endpoint(client, endpoint))["state"] == "enabled"


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(429), 60),
        (Answer(429, headers=(("retry-after", "90"),)), 90),
        (Answer(429, headers=(("retry-after", "9999"),)), 120),
        (Answer(429, headers=(("retry-after", "1"),)), 60),
        (Answer(503, headers=(("retry-after", "75"),)), 75),
    ],
    ids=["429", "in between", "at most twice", "at least once", "503 that asks"],
)
async def test_who_asks_for_a_rest_gets_nothing_else_meanwhile(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    answer: Answer,
    seconds: int,
) -> None:
    async with Receiver(answer) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await emit(database, tenant)
        await runner.run_until_idle()
        assert len(receiver.requests) == 1
        held = await read_endpoint(client, endpoint)
        until = datetime.fromisoformat(held["held_until"])
        assert 0 <= (until - MONDAY).total_seconds() - seconds < 30
        version = held["version"]

        receiver.answer = Answer()
        await emit(database, tenant, 4)
        clock.set(until - timedelta(seconds=1))
        await runner.run_until_idle()
        assert len(receiver.requests) == 1
        clock.set(until + timedelta(seconds=100))
        await runner.run_until_idle()
        assert len(receiver.requests) == 6
        well = await read_endpoint(client, endpoint)
        assert (well["failing_since"], well["version"]) == (None, version + 1)


async def test_a_plain_failure_holds_up_only_its_own_delivery(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver(Answer(503)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await emit(database, tenant, 3)
        await runner.run_until_idle()
        assert len(receiver.requests) == 3
        assert (await read_endpoint(client, endpoint))["held_until"] is None


async def test_a_test_goes_out_to_an_endpoint_that_rests(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver(Answer(429)) as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        await emit(database, tenant)
        await runner.run_until_idle()
        receiver.answer = Answer()
        made(await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/test"))
        await runner.run_until_idle()
        assert receiver.requests[-1].json()["type"] == "endpoint.test"
        assert len(receiver.requests) == 2
