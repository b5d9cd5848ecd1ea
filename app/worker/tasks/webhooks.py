"""Deliveries to webhook endpoints. No transaction is open while a receiver is being called."""

import random
from datetime import datetime
from typing import Final
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
from app.services.endpoint_verbs import begin_probe
from app.telemetry import ATTEMPTS
from app.worker.context import Context

SHIFT: Final = 1 / 12
"""Share of its lease in which a job begins attempts. The last of them ends long before the lease,
and others that wait for the job's place in its worker do not wait long.
"""

log = structlog.get_logger(__name__)


async def deliver(context: Context, claim: Claim) -> None:
    """Attempt the due deliveries of an endpoint one after the other, then sleep until the next.

    What came of one and the beginning of the next are one transaction.
    """
    async with context.database.transaction() as session:
        shipment = await _begin(context, session, claim)
    while shipment is not None:
        result = await _send(context, shipment)
        following = None
        async with context.database.transaction() as session:
            endpoint = await _end(session, claim, shipment, result)
            if endpoint is not None:
                following = await _next(context, session, claim, endpoint, context.clock.now())
        _tell(shipment, result)
        shipment = following


async def probe(context: Context, claim: Claim) -> None:
    """Look whether an endpoint that was disabled for failing is back: one attempt, out of turn."""
    async with context.database.transaction() as session:
        shipment = None
        endpoint = await begin_probe(
            session, claim.workspace_id, UUID(claim.payload["id"]), claim.claimed_at
        )
        if endpoint is not None:
            shipment = await begin_attempt(
                session,
                context.keyring,
                endpoint,
                claim.lease_until,
                claim.claimed_at,
                probe=True,
            )
        if shipment is None:
            await jobs.finish(session, claim)
    if shipment is None:
        return
    result = await _send(context, shipment)
    async with context.database.transaction() as session:
        if await _end(session, claim, shipment, result) is not None:
            await jobs.finish(session, claim)
    _tell(shipment, result)


async def _send(context: Context, shipment: Shipment) -> AttemptResult:
    return await send(
        context.client,
        url=shipment.url,
        secrets=shipment.secrets,
        event_id=shipment.event_id,
        timestamp=shipment.at,
        body=shipment.body,
        delivery_number=shipment.number,
    )


async def _begin(context: Context, session: AsyncSession, claim: Claim) -> Shipment | None:
    endpoint = await webhook_endpoints.find(session, claim.workspace_id, _endpoint_id(claim))
    if endpoint is None:
        await jobs.finish(session, claim)
        return None
    return await _next(context, session, claim, endpoint, claim.claimed_at)


async def _next(
    context: Context, session: AsyncSession, claim: Claim, endpoint: WebhookEndpoint, now: datetime
) -> Shipment | None:
    """Begin the next attempt, or settle the job."""
    if claim.payload["slot"] > 1 and endpoint.failing_since is not None:
        # An endpoint in trouble is left to the first job, which may sleep longer than it should.
        await wake(session, claim.workspace_id, [endpoint], claim.claimed_at)
        await jobs.finish(session, claim)
        return None
    shipment = None
    in_shift = now - claim.claimed_at <= SHIFT * (claim.lease_until - claim.claimed_at)
    if in_shift and endpoint.state == "enabled" and not _is_held(endpoint, now):
        shipment = await begin_attempt(session, context.keyring, endpoint, claim.lease_until, now)
    if shipment is None:
        await _sleep(session, claim, endpoint)
    return shipment


async def _end(
    session: AsyncSession, claim: Claim, shipment: Shipment, result: AttemptResult
) -> WebhookEndpoint | None:
    """Write down what came of it; the endpoint, or None if it was removed meanwhile."""
    endpoint = await webhook_endpoints.find(
        session, claim.workspace_id, shipment.endpoint_id, lock=True
    )
    if endpoint is None:
        await jobs.finish(session, claim)
    else:
        jitter = random.random()  # noqa: S311 - no secret
        await end_attempt(session, endpoint, shipment, result, jitter)
    return endpoint


def _is_held(endpoint: WebhookEndpoint, now: datetime) -> bool:
    return endpoint.held_until is not None and endpoint.held_until > now


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
        held_until = endpoint.held_until or due_at
        run_at = max(due_at, held_until, claim.claimed_at)
        await jobs.reschedule(session, claim, run_at=run_at, slow=endpoint.slow)


def _tell(shipment: Shipment, result: AttemptResult) -> None:
    outcome = result.error or f"{(result.status or 0) // 100}xx"
    ATTEMPTS.labels(outcome).inc()
    log.info(
        "delivery_attempted",
        delivery_id=ids.encode("delivery", shipment.delivery_id),
        event_id=shipment.event_id,
        endpoint_id=ids.encode("webhook_endpoint", shipment.endpoint_id),
        request_id=shipment.request_id,
        attempt=shipment.attempt,
        outcome=outcome,
        ms=result.duration_ms,
    )


def _endpoint_id(claim: Claim) -> UUID:
    return UUID(claim.payload["endpoint_id"])
