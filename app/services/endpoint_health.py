"""How webhook endpoints fare: trouble noted, disabled after days of it, found to be back."""

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.webhooks.retry import PROBE_EVERY, Decision, Failed, should_auto_disable
from app.db.models import WebhookEndpoint
from app.db.queries import deliveries
from app.services.deliveries import wake
from app.services.events import emit
from app.services.facts import endpoint_facts
from app.telemetry import ENDPOINT_CHANGES

log = structlog.get_logger(__name__)


async def note_success(session: AsyncSession, endpoint: WebhookEndpoint, at: datetime) -> None:
    """It answers. One that was disabled for failing is back, and gets what waits in its queue."""
    if endpoint.state == "disabled" and endpoint.disabled_reason == "failing":
        facts = endpoint_facts(endpoint)
        ENDPOINT_CHANGES.labels("enabled", "answers").inc()
        log.info("endpoint_enabled", endpoint_id=facts["endpoint_id"], reason="answers")
        await enable(session, endpoint, "endpoint.enabled", at)
    elif endpoint.failing_since is not None:
        endpoint.failing_since = None
        endpoint.touch(at)
        await session.flush()
        await wake(session, endpoint.workspace_id, [endpoint], at)


async def note_failure(
    session: AsyncSession, endpoint: WebhookEndpoint, decision: Decision, at: datetime
) -> None:
    """It does not answer, or wants nothing more (410)."""
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        endpoint.touch(at)
    if isinstance(decision, Failed) and decision.disable_endpoint:
        await _disable(session, endpoint, "gone", at)
    elif should_auto_disable(first_failure_at=endpoint.failing_since, last_failure_at=at, now=at):
        await _disable(session, endpoint, "failing", at)
    await session.flush()


async def enable(
    session: AsyncSession, endpoint: WebhookEndpoint, event_type: str, now: datetime
) -> None:
    """Send again, first what waits in the queue, and tell so by an event of that type."""
    if endpoint.state == "disabled":
        await deliveries.bring_forward(session, endpoint.workspace_id, endpoint.id, now)
    endpoint.state = "enabled"
    endpoint.disabled_reason = None
    endpoint.failing_since = None
    endpoint.held_until = None
    endpoint.probe_due_at = None
    endpoint.touch(now)
    await session.flush()
    emit(session, event_type, endpoint.workspace_id, endpoint_facts(endpoint), now)
    await session.flush()
    await wake(session, endpoint.workspace_id, [endpoint], now)


async def _disable(
    session: AsyncSession, endpoint: WebhookEndpoint, reason: str, at: datetime
) -> None:
    if endpoint.state == "disabled" and endpoint.disabled_reason in {reason, "gone"}:
        return
    endpoint.state = "disabled"
    endpoint.disabled_reason = reason
    endpoint.probe_due_at = at + PROBE_EVERY if reason == "failing" else None
    endpoint.touch(at)
    await session.flush()
    facts = endpoint_facts(endpoint)
    emit(session, "endpoint.disabled", endpoint.workspace_id, facts, at)
    ENDPOINT_CHANGES.labels("disabled", reason).inc()
    log.warning("endpoint_disabled", endpoint_id=facts["endpoint_id"], reason=reason)
