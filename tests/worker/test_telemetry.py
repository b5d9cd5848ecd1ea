"""What operators see: figures at /metrics, and log lines that belong together."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from structlog.testing import capture_logs

from app.api.runtime import Runtime
from app.db.session import Database
from app.worker.runner import Runner
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.hooks import detail, emit, listed, make_endpoint
from tests.support.receiver import Answer, Receiver
from tests.support.tenants import Tenant

PERSON = {"name": "Jack", "time_zone": "Europe/London"}
PEOPLE = {"event_types": ["person.*"]}


async def figures(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """Samples of /metrics by their name and the values of their labels."""
    answer = await client.get("/metrics", headers={"Authorization": ""})
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_figures_of_webhooks(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async with Receiver() as receiver, Receiver(Answer(500)) as failing:
        await make_endpoint(client, receiver, **PEOPLE)
        await make_endpoint(client, failing, **PEOPLE)
        paused = await make_endpoint(client, receiver, **PEOPLE)
        made(await client.post(f"/v1/webhook_endpoints/{paused['id']}/pause"))
        before = await figures(client)
        assert before["hotseat_webhook_endpoints", "enabled"] == 2
        assert before["hotseat_webhook_endpoints", "paused"] == 1
        assert before["hotseat_webhook_endpoints", "disabled"] == 0
        await emit(database, tenant, 3)
        await runner.run_until_idle()
        after = await figures(client)

    def added(*name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert added("hotseat_delivery_attempts_total", "2xx") == 3
    assert added("hotseat_delivery_attempts_total", "5xx") == 3
    assert after["hotseat_deliveries_pending", "enabled"] == 3, "those that failed are tried again"
    assert after["hotseat_deliveries_pending", "paused"] == 3
    assert after["hotseat_deliveries_pending", "disabled"] == 0
    assert (after["hotseat_jobs_due",], after["hotseat_jobs_oldest_due_seconds",]) == (0, 0)

    clock.advance(timedelta(seconds=100))
    late = await figures(client)
    assert late["hotseat_jobs_due",] in {1, 2}, "one job for each slot of the failing endpoint"
    assert 90 <= late["hotseat_jobs_oldest_due_seconds",] <= 97


async def test_the_figures_of_the_process_are_there_without_a_database(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE jobs RENAME TO jobs_elsewhere"))
    try:
        with capture_logs() as logs:
            found = await figures(client)
    finally:
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE jobs_elsewhere RENAME TO jobs"))
    assert any(name == "hotseat_http_requests_total" for name, *_ in found)
    assert "backlog_not_observed" in [line["event"] for line in logs]


async def test_a_delivery_is_logged_with_the_request_that_brought_it_about(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    async with Receiver() as receiver:
        endpoint = await make_endpoint(client, receiver, **PEOPLE)
        call = await client.post("/v1/people", json=PERSON)
        with capture_logs() as logs:
            await runner.run_until_idle()
    (delivery,) = await listed(client)
    (line,) = [line for line in logs if line["event"] == "delivery_attempted"]
    assert line["request_id"] == call.headers["x-request-id"]
    assert line["event_id"] == delivery["event_id"]
    assert line["delivery_id"] == delivery["id"]
    assert line["endpoint_id"] == endpoint["id"]
    assert (line["attempt"], line["outcome"]) == (1, "2xx")


async def test_secrets_bodies_and_urls_stay_out_of_the_logs(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runtime: Runtime,
    runner: Runner,
    clock: ManualClock,
    caplog: Any,
) -> None:
    """Neither of what is sent, nor of a destination that is refused; both kinds of logging."""
    caplog.set_level("INFO")
    strict = Runner(
        runtime.database,
        runtime.keyring,
        runtime.settings.model_copy(update={"allowed_networks": ()}),
        runtime.clock,
    )
    with capture_logs() as logs:
        async with Receiver(Answer(500, b"internal-page")) as receiver:
            url = f"{receiver.url}?token=hush-hush"
            endpoint = made(await client.post("/v1/webhook_endpoints", json={"url": url, **PEOPLE}))
            rotated = made(
                await client.post(f"/v1/webhook_endpoints/{endpoint['id']}/rotate_secret")
            )
            await emit(database, tenant)
            await strict.run_until_idle()
            assert receiver.requests == [], "refused"
            clock.advance(timedelta(minutes=1))
            await runner.run_until_idle()
            assert len(receiver.requests) == 1, "allowed"
        await strict.close()
    said = "\n".join([*map(str, logs), caplog.text])
    assert "delivery_attempted" in said
    for secret in (endpoint["secret"], rotated["secret"], "hush-hush", "internal-page", "Zoë"):
        assert secret not in said
    (delivery,) = await listed(client)
    read = await detail(client, delivery)
    refused, answered = read["attempt_log"]
    assert (refused["error"], refused["response"]) == ("refused_destination", None)
    assert (answered["status"], answered["response"]) == (500, "internal-page")
    assert "hush-hush" not in str(read)


async def test_requests_are_counted_by_route(client: httpx.AsyncClient, app: FastAPI) -> None:
    name = ("hotseat_http_requests_total", "GET", "/people", "200")
    before = (await figures(client)).get(name, 0.0)
    await client.get("/v1/people")
    assert (await figures(client))[name] == before + 1
