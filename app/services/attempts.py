"""An attempt at a delivery, in two short transactions: what to send, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.keyring import Keyring
from app.adapters.webhooks.payload import body_of
from app.adapters.webhooks.retry import (
    SLOW_MS,
    AttemptResult,
    Decision,
    Failed,
    RetryAt,
    Succeeded,
    decide,
    rest_after,
)
from app.db.models import Attempt, WebhookEndpoint
from app.db.queries import deliveries, webhook_endpoints
from app.domain import ids
from app.services.endpoint_health import note_failure, note_success

GONE: Final = Failed(disable_endpoint=True)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one attempt sends, and where: `attempt` counts from 1 over the delivery's whole life,
    `attempt_in_schedule` since it was last queued. `secrets` sign: the present one first.
    `request_id` is that of the event's request. A `probe` looks whether a disabled endpoint is
    back, and takes nothing from the delivery's schedule.
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
    request_id: str | None
    at: datetime
    probe: bool


async def begin_attempt(
    session: AsyncSession,
    keyring: Keyring,
    endpoint: WebhookEndpoint,
    lease_until: datetime,
    now: datetime,
    *,
    probe: bool = False,
) -> Shipment | None:
    """Take the next due delivery of an endpoint; None if there is none. What has expired is closed.

    A worker that dies now leaves a delivery that comes due again at `lease_until`. A probe takes
    one before its time.
    """
    where = (endpoint.workspace_id, endpoint.id)
    await deliveries.expire(session, *where, now)
    taken = await deliveries.take_next(session, *where, lease_until, now, early=probe)
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
        request_id=event.request_id,
        at=now,
        probe=probe,
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
        **_outcome(shipment, decision, ended_at),
    )
    if not settled:
        return
    session.add(_attempt(shipment, result))
    await session.flush()
    await webhook_endpoints.note_pace(session, endpoint, slow=result.duration_ms >= SLOW_MS)
    if isinstance(decision, Succeeded):
        await note_success(session, endpoint, ended_at)
        return
    rest = rest_after(result, now=ended_at)
    if rest is not None:
        await webhook_endpoints.hold(session, endpoint, ended_at + rest)
    await note_failure(session, endpoint, decision, ended_at)


def _outcome(shipment: Shipment, decision: Decision, ended_at: datetime) -> dict[str, Any]:
    if shipment.probe and not isinstance(decision, Succeeded) and decision != GONE:
        before = shipment.attempt - shipment.attempt_in_schedule
        return {"next_attempt_at": ended_at, "attempts_before": before + 1}
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
