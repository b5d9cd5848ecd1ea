"""An attempt at a delivery, in two short transactions: what to send, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import Keyring
from app.adapters.webhooks.payload import body_of
from app.adapters.webhooks.retry import (
    AttemptResult,
    Decision,
    Failed,
    RetryAt,
    Succeeded,
    decide,
    should_auto_disable,
)
from app.db.models import Attempt, WebhookEndpoint
from app.db.queries import deliveries
from app.domain import ids
from app.services.deliveries import wake
from app.services.events import emit
from app.services.facts import endpoint_facts

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one attempt sends, and where: `attempt` counts from 1 over the delivery's whole life,
    `attempt_in_schedule` since it was last queued. `secrets` sign: the present one first.
    """

    workspace_id: UUID
    endpoint_id: UUID
    delivery_id: UUID
    attempt: int
    attempt_in_schedule: int
    url: str
    secrets: tuple[str, ...]
    event_id: str
    body: bytes
    number: int
    at: datetime


async def begin_attempt(
    session: AsyncSession,
    keyring: Keyring,
    endpoint: WebhookEndpoint,
    lease_until: datetime,
    now: datetime,
) -> Shipment | None:
    """Take the next due delivery of an endpoint; None if there is none. What has expired is closed.

    A worker that dies now leaves a delivery that comes due again at `lease_until`.
    """
    where = (endpoint.workspace_id, endpoint.id)
    await deliveries.expire(session, *where, now)
    taken = await deliveries.take_next(session, *where, lease_until, now)
    if taken is None:
        return None
    event = await deliveries.event_of(session, endpoint.workspace_id, taken.event_id)
    return Shipment(
        workspace_id=endpoint.workspace_id,
        endpoint_id=endpoint.id,
        delivery_id=taken.id,
        attempt=taken.attempts,
        attempt_in_schedule=taken.attempts - taken.attempts_before,
        url=endpoint.url,
        secrets=_secrets(endpoint, keyring, now),
        event_id=ids.encode("event", event.id),
        body=body_of(type=event.type, occurred_at=event.occurred_at, data=event.data),
        number=taken.number,
        at=now,
    )


def _secrets(endpoint: WebhookEndpoint, keyring: Keyring, now: datetime) -> tuple[str, ...]:
    until = endpoint.previous_secret_until
    rotating = endpoint.previous_secret is not None and until is not None and now < until
    stored = [endpoint.secret, endpoint.previous_secret if rotating else None]
    return tuple(keyring.decrypt(secret) for secret in stored if secret is not None)


async def end_attempt(
    session: AsyncSession,
    endpoint: WebhookEndpoint,
    shipment: Shipment,
    result: AttemptResult,
    jitter: float,
) -> None:
    """Write down what came of an attempt at a delivery of a locked endpoint, and what follows.

    Nothing is written if the delivery has moved on since: the attempt outlived its lease.
    """
    ended_at = shipment.at + timedelta(milliseconds=result.duration_ms)
    decision = decide(
        result, attempt_number=shipment.attempt_in_schedule, now=ended_at, jitter=jitter
    )
    settled = await deliveries.settle(
        session,
        shipment.workspace_id,
        shipment.delivery_id,
        shipment.attempt,
        **_outcome(decision, ended_at),
    )
    if not settled:
        return
    session.add(_attempt(shipment, result))
    if isinstance(decision, Succeeded):
        await _note_success(session, endpoint, ended_at)
    else:
        await _note_failure(session, endpoint, decision, ended_at)
    await session.flush()


def _outcome(decision: Decision, ended_at: datetime) -> dict[str, Any]:
    if isinstance(decision, RetryAt):
        return {"next_attempt_at": decision.at}
    state = "succeeded" if isinstance(decision, Succeeded) else "failed"
    return {"state": state, "next_attempt_at": None, "finished_at": ended_at}


def _attempt(shipment: Shipment, result: AttemptResult) -> Attempt:
    return Attempt(
        workspace_id=shipment.workspace_id,
        delivery_id=shipment.delivery_id,
        number=shipment.attempt,
        at=shipment.at,
        status=result.status,
        duration_ms=result.duration_ms,
        error=result.error,
        response=result.response_body,
    )


async def _note_success(session: AsyncSession, endpoint: WebhookEndpoint, at: datetime) -> None:
    if endpoint.failing_since is None:
        return
    endpoint.failing_since = None
    endpoint.touch(at)
    await session.flush()
    await wake(session, endpoint.workspace_id, [endpoint], at)


async def _note_failure(
    session: AsyncSession, endpoint: WebhookEndpoint, decision: Decision, at: datetime
) -> None:
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        endpoint.touch(at)
    if isinstance(decision, Failed) and decision.disable_endpoint:
        await _disable(session, endpoint, "gone", at)
    elif should_auto_disable(first_failure_at=endpoint.failing_since, last_failure_at=at, now=at):
        await _disable(session, endpoint, "failing", at)


async def _disable(
    session: AsyncSession, endpoint: WebhookEndpoint, reason: str, at: datetime
) -> None:
    if endpoint.state == "disabled":
        return
    endpoint.state = "disabled"
    endpoint.disabled_reason = reason
    endpoint.touch(at)
    await session.flush()
    facts = endpoint_facts(endpoint)
    emit(session, "endpoint.disabled", endpoint.workspace_id, facts, at)
    log.warning("endpoint_disabled", endpoint_id=facts["endpoint_id"], reason=reason)
