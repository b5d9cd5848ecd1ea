"""What tests of deliveries do again and again: endpoints, events, what came of them."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import standardwebhooks
import svix.webhooks

from app.db.outbox import record
from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.receiver import Received, Receiver
from tests.support.tenants import Tenant


def live_in_our_time(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    """The libraries refuse a timestamp more than five minutes off: give them the test's clock."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.now().astimezone(tz or UTC)

    for module in (standardwebhooks.webhooks, svix.webhooks):
        monkeypatch.setattr(module, "datetime", Now)


def verify(request: Received, secret: str) -> None:
    """Both libraries accept the raw bytes; each raises if not."""
    standardwebhooks.Webhook(secret).verify(request.body.decode(), request.headers)
    svix.webhooks.Webhook(secret).verify(request.body, request.headers)


async def make_endpoint(client: httpx.AsyncClient, receiver: Receiver, **fields: Any) -> Any:
    return made(await client.post("/v1/webhook_endpoints", json={"url": receiver.url, **fields}))


async def emit(database: Database, tenant: Tenant, n: int = 1, **fields: Any) -> None:
    """Record events; `now`, `expires_at` and the like go with them."""
    async with database.transaction() as session:
        for number in range(n):
            record(
                session,
                workspace_id=tenant.workspace_id,
                type="person.created",
                data={"person_id": f"per_{number}", "name": "Zoë"},
                **{"now": MONDAY, **fields},
            )


async def listed(client: httpx.AsyncClient, **filters: str) -> list[Any]:
    """Deliveries, the newest first."""
    deliveries: list[Any] = made(await client.get("/v1/deliveries", params=filters))["data"]
    return deliveries


async def detail(client: httpx.AsyncClient, delivery: Any) -> Any:
    return made(await client.get(f"/v1/deliveries/{delivery['id']}"))


async def read_endpoint(client: httpx.AsyncClient, endpoint: Any) -> Any:
    return made(await client.get(f"/v1/webhook_endpoints/{endpoint['id']}"))
