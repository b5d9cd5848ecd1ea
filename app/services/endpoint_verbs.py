"""Turning webhook endpoints on and off, and trying them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.webhooks.retry import PROBE_EVERY
from app.db.models import Delivery, WebhookEndpoint
from app.db.queries import deliveries, webhook_endpoints
from app.domain.errors import Conflict
from app.domain.versions import Expected
from app.services.deliveries import queue_events
from app.services.endpoint_health import enable
from app.services.events import emit
from app.services.facts import endpoint_facts


async def enable_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
) -> WebhookEndpoint:
    """Turn an endpoint on again, whatever turned it off; what waits in its queue goes out."""
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
    if endpoint.state != "enabled":
        await enable(session, endpoint, "endpoint.enabled", now)
    return endpoint


async def pause_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
) -> WebhookEndpoint:
    """Send nothing for a while; the queue is kept and grows. Conflict if it is disabled."""
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
    _refuse_disabled(endpoint)
    if endpoint.state != "paused":
        endpoint.state = "paused"
        endpoint.touch(now)
        await session.flush()
        emit(session, "endpoint.paused", workspace_id, endpoint_facts(endpoint), now)
    return endpoint


async def resume_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
) -> WebhookEndpoint:
    """End a pause; what waits in the queue goes out. Conflict if it is disabled."""
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
    _refuse_disabled(endpoint)
    if endpoint.state == "paused":
        await enable(session, endpoint, "endpoint.resumed", now)
    return endpoint


def _refuse_disabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.state == "disabled":
        raise Conflict(
            "The service has disabled the endpoint: `enable` turns it on again.",
            code="endpoint_disabled",
            facts={"reason": endpoint.disabled_reason},
        )


async def check_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
) -> Delivery:
    """Send a test event the way that every event goes, to this endpoint alone, and soon."""
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
    if endpoint.state != "enabled":
        raise Conflict(
            "Nothing is sent while the endpoint is not enabled. Enable it first.",
            code="endpoint_not_enabled",
            facts={"state": endpoint.state},
        )
    await webhook_endpoints.hold(session, endpoint, None)
    return await _queue_test(session, endpoint, now)


async def begin_probe(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> WebhookEndpoint | None:
    """See to it that a disabled endpoint has something in its queue to be looked at with, and note
    when to look next. None if it is not to be looked at now.
    """
    endpoint = await webhook_endpoints.find(session, workspace_id, endpoint_id, lock=True)
    if endpoint is None or endpoint.probe_due_at is None or endpoint.probe_due_at > now:
        return None
    endpoint.probe_due_at = now + PROBE_EVERY
    endpoint.touch(now)
    await session.flush()
    if not await deliveries.has_pending(session, workspace_id, endpoint_id, now):
        await _queue_test(session, endpoint, now)
    return endpoint


async def _queue_test(session: AsyncSession, endpoint: WebhookEndpoint, now: datetime) -> Delivery:
    workspace_id = endpoint.workspace_id
    facts = endpoint_facts(endpoint)
    event = emit(session, "endpoint.test", workspace_id, facts, now, endpoint_id=endpoint.id)
    await session.flush()
    (delivery,) = await queue_events(session, workspace_id, [(endpoint, [event])], now)
    return delivery


async def load_to_change(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, expected: Expected
) -> WebhookEndpoint:
    """The endpoint, held until the transaction ends: its worker waits and sees the change."""
    endpoint = await webhook_endpoints.load(session, workspace_id, endpoint_id)
    expected.check(endpoint.version)
    return endpoint
