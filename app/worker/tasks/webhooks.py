"""Deliveries to webhook endpoints. No transaction is open while a receiver is being called."""

import random
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.webhooks.retry import AttemptResult
from app.adapters.webhooks.sender import send
from app.db import jobs
from app.db.jobs import Claim
from app.db.models import WebhookEndpoint
from app.db.queries import deliveries, webhook_endpoints
from app.domain import ids
from app.services.attempts import Shipment, begin_attempt, end_attempt
from app.services.deliveries import wake
from app.telemetry import ATTEMPTS
from app.worker.context import Context

log = structlog.get_logger(__name__)


async def deliver(context: Context, claim: Claim) -> None:
    """Attempt the next due delivery of an endpoint, then sleep until the one after."""
    async with context.database.transaction() as session:
        shipment = await _begin(context, session, claim)
    if shipment is None:
        return
    result = await send(
        context.client,
        url=shipment.url,
        secrets=shipment.secrets,
        event_id=shipment.event_id,
        timestamp=shipment.at,
        body=shipment.body,
        delivery_number=shipment.number,
    )
    async with context.database.transaction() as session:
        await _end(session, claim, shipment, result)
    _tell(shipment, result)


async def _begin(context: Context, session: AsyncSession, claim: Claim) -> Shipment | None:
    endpoint = await webhook_endpoints.find(session, claim.workspace_id, _endpoint_id(claim))
    if endpoint is None:
        await jobs.finish(session, claim)
        return None
    if claim.payload["slot"] > 1 and endpoint.failing_since is not None:
        # An endpoint in trouble is left to the first job, which may sleep longer than it should.
        await wake(session, claim.workspace_id, [endpoint], claim.claimed_at)
        await jobs.finish(session, claim)
        return None
    shipment = None
    if endpoint.state == "enabled":
        shipment = await begin_attempt(
            session, context.keyring, endpoint, claim.lease_until, claim.claimed_at
        )
    if shipment is None:
        await _sleep(session, claim, endpoint)
    return shipment


async def _end(
    session: AsyncSession, claim: Claim, shipment: Shipment, result: AttemptResult
) -> None:
    endpoint = await webhook_endpoints.find(
        session, claim.workspace_id, shipment.endpoint_id, lock=True
    )
    if endpoint is None:
        await jobs.finish(session, claim)
        return
    await end_attempt(session, endpoint, shipment, result, random.random())  # noqa: S311 - jitter
    await _sleep(session, claim, endpoint)


async def _sleep(session: AsyncSession, claim: Claim, endpoint: WebhookEndpoint) -> None:
    """Until the endpoint's queue wants attention, or for good while there is nothing to send.

    Whoever queues a delivery or enables the endpoint wakes its jobs.
    """
    due_at = None
    if endpoint.state == "enabled":
        due_at = await deliveries.next_due(session, claim.workspace_id, endpoint.id)
    if due_at is None:
        await jobs.finish(session, claim)
    else:
        await jobs.reschedule(session, claim, run_at=max(due_at, claim.claimed_at))


def _tell(shipment: Shipment, result: AttemptResult) -> None:
    outcome = result.error or f"{(result.status or 0) // 100}xx"
    ATTEMPTS.labels(outcome).inc()
    log.info(
        "delivery_attempted",
        delivery_id=ids.encode("delivery", shipment.delivery_id),
        event_id=shipment.event_id,
        endpoint_id=ids.encode("webhook_endpoint", shipment.endpoint_id),
        attempt=shipment.attempt,
        outcome=outcome,
        ms=result.duration_ms,
    )


def _endpoint_id(claim: Claim) -> UUID:
    return UUID(claim.payload["endpoint_id"])
