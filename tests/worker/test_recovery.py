"""What a receiver does after trouble of its own, by the examples of docs/webhooks.md."""

import asyncio
import json
import os
from datetime import datetime, timedelta

import httpx
import pytest

from app.api.runtime import Runtime
from app.db.session import Database
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.clock import ManualClock
from tests.support.guide import EXAMPLES, function, needs
from tests.support.hooks import emit, listed, live_in_our_time, make_endpoint, verify
from tests.support.live import serving
from tests.support.receiver import Answer, Received, Receiver
from tests.support.tenants import Tenant


@pytest.fixture(autouse=True)
def _receivers_live_in_our_time(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    live_in_our_time(monkeypatch, clock)


async def test_a_gap_in_the_delivery_numbers_is_closed_from_the_log(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner, runtime: Runtime
) -> None:
    lost = {3, 4}

    async def lossy(request: Received) -> Answer:
        return Answer(500 if int(request.headers["hotseat-delivery-number"]) in lost else 204)

    async with Receiver(lossy) as receiver:
        endpoint = await make_endpoint(client, receiver, event_types=["person.*"])
        await emit(database, tenant, 6)
        await runner.run_until_idle()

    handled: dict[int, str] = {}
    for request in receiver.requests:
        verify(request, endpoint["secret"])
        number = int(request.headers["hotseat-delivery-number"])
        if number not in lost:
            handled[number] = request.headers["webhook-id"]
    gaps = sorted(set(range(1, max(handled) + 1)) - set(handled))
    assert gaps == sorted(lost)

    events_after = function("close_gap.py", "events_after")
    before_the_gap = handled[gaps[0] - 1]
    async with serving(runtime) as (url, _):
        log = await asyncio.to_thread(lambda: list(events_after(url, tenant.key, before_the_gap)))
    missed = [event["id"] for event in log if event["id"] not in handled.values()]
    failed = {each["number"]: each["event_id"] for each in await listed(client, status="pending")}
    assert missed == [failed[number] for number in gaps]
    assert all(event["type"] == "person.created" for event in log)


async def test_after_an_outage_everything_is_sent_again(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    runtime: Runtime,
    clock: ManualClock,
) -> None:
    needs("sh", "curl")
    async with Receiver(Answer(500)) as receiver:
        endpoint = await make_endpoint(client, receiver, event_types=["person.*"])
        await emit(database, tenant, 2)
        for _ in range(10):
            await runner.run_until_idle()
            pending = await listed(client, status="pending")
            if not pending:
                break
            clock.set(max(datetime.fromisoformat(each["next_attempt_at"]) for each in pending))
        failed = await listed(client, status="failed")
        assert len(failed) == 2

        receiver.answer = Answer()
        receiver.requests.clear()
        async with serving(runtime) as (url, _):
            shell = await asyncio.create_subprocess_exec(
                "sh",
                "-e",
                "-c",
                EXAMPLES["recover.sh"],
                env={
                    "PATH": os.environ["PATH"],
                    "HOTSEAT": url,
                    "KEY": tenant.key,
                    "ENDPOINT": endpoint["id"],
                    "SINCE": (MONDAY - timedelta(days=1)).isoformat().replace("+00:00", "Z"),
                },
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await asyncio.wait_for(shell.communicate(), 60)
            assert (shell.returncode, err) == (0, b"")
        tested, recovered, waiting = documents(out.decode())
        assert tested["event_type"] == "endpoint.test"
        assert recovered["id"] == endpoint["id"]
        assert len(waiting["data"]) == 3
        await runner.run_until_idle()
        again = {request.headers["webhook-id"] for request in receiver.requests}
        assert {each["event_id"] for each in failed} | {tested["event_id"]} == again
    assert await listed(client, status="failed") == []


def documents(text: str) -> list[dict[str, object]]:
    """The JSON documents of a text, one behind the other."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found
