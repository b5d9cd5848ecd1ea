"""How long a job goes on delivering before it makes room for others."""

from datetime import timedelta

import httpx
from prometheus_client import REGISTRY

from app.db.outbox import record
from app.db.session import Database
from app.services.deliveries import SLOTS
from app.worker.runner import Runner
from app.worker.tasks.webhooks import SHIFT
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.receiver import Answer, Received, Receiver
from tests.support.tenants import Tenant

DELIVERIES = 8
LEASE = timedelta(seconds=60)


async def jobs_run(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    receiver: Receiver,
) -> int:
    """How many jobs it took to deliver a queue; all of it must have arrived, and once."""
    made(await client.post("/v1/webhook_endpoints", json={"url": receiver.url}))
    async with database.transaction() as session:
        for _ in range(DELIVERIES):
            record(
                session,
                workspace_id=tenant.workspace_id,
                type="person.created",
                data={},
                now=MONDAY,
            )
    before = _done()
    await runner.run_until_idle()
    numbers = sorted(int(each.headers["hotseat-delivery-number"]) for each in receiver.requests)
    assert numbers == list(range(1, DELIVERIES + 1))
    return _done() - before


def _done() -> int:
    labels = {"kind": "webhook.deliver", "outcome": "done"}
    return int(REGISTRY.get_sample_value("hotseat_jobs_total", labels) or 0)


async def test_a_job_delivers_one_after_the_other(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, runner: Runner
) -> None:
    async with Receiver() as receiver:
        assert await jobs_run(client, database, tenant, runner, receiver) <= SLOTS


async def test_a_job_begins_nothing_more_after_its_share_of_the_lease(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
) -> None:
    async def take_long(_request: Received) -> Answer:
        clock.advance(LEASE * SHIFT + timedelta(seconds=1))
        return Answer()

    async with Receiver(take_long) as receiver:
        assert await jobs_run(client, database, tenant, runner, receiver) >= DELIVERIES
