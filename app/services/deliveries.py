"""Writes of deliveries: the queue of each webhook endpoint.

The deliveries of an endpoint are worked on by at most SLOTS jobs, across all workers. Each takes
the next due one, and sleeps until the one after: however long a queue is, it has so many jobs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import jobs
from app.db.base import new_id
from app.db.jobs import NewJob
from app.db.models import Delivery, Event, WebhookEndpoint
from app.db.queries import deliveries, webhook_endpoints
from app.domain.errors import Conflict, Invalid
from app.domain.versions import Expected
from app.services.target_deliveries import load_to_resend, resend_to_target, start_again

DELIVER = "webhook.deliver"
SLOTS = 2
RECOVERABLE: Final = timedelta(days=14)


async def queue_events(
    session: AsyncSession,
    workspace_id: UUID,
    heard: Sequence[tuple[Row[Any] | WebhookEndpoint, Sequence[Row[Any] | Event]]],
    now: datetime,
) -> list[Delivery]:
    """Append events to the queues of locked endpoints, numbered without a gap."""
    if not heard:
        return []
    added = [
        Delivery(
            id=new_id(),
            workspace_id=workspace_id,
            endpoint_id=endpoint.id,
            event_id=event.id,
            expires_at=event.expires_at,
            number=endpoint.next_number + offset,
            state="pending",
            next_attempt_at=now,
            created_at=now,
        )
        for endpoint, events in heard
        for offset, event in enumerate(events)
    ]
    await webhook_endpoints.set_next_numbers(
        session,
        workspace_id,
        {endpoint.id: endpoint.next_number + len(events) for endpoint, events in heard},
    )
    session.add_all(added)
    await session.flush()
    await wake(session, workspace_id, (endpoint for endpoint, _ in heard), now)
    return added


async def wake(
    session: AsyncSession,
    workspace_id: UUID,
    endpoints: Iterable[Row[Any] | WebhookEndpoint],
    now: datetime,
) -> None:
    """Have the queues of enabled endpoints looked at; one job only where an endpoint fails."""
    await jobs.wake(
        session,
        [
            NewJob(
                workspace_id,
                DELIVER,
                f"{endpoint.id.hex}:{slot}",
                {"endpoint_id": endpoint.id.hex, "slot": slot},
                slow=endpoint.slow,
            )
            for endpoint in endpoints
            if endpoint.state == "enabled"
            for slot in range(1, 2 if endpoint.failing_since else SLOTS + 1)
        ],
        now,
    )


async def resend_delivery(
    session: AsyncSession, workspace_id: UUID, delivery_id: UUID, expected: Expected, now: datetime
) -> Delivery:
    """Deliver once more, from the start of the schedule; it keeps its event, id and number."""
    receiver = await deliveries.receiver_of(session, workspace_id, delivery_id)
    if receiver.target_id is not None:
        return await resend_to_target(
            session, workspace_id, receiver.target_id, delivery_id, expected, now
        )
    # The endpoint is locked first, as by everybody else.
    endpoint = await webhook_endpoints.load(session, workspace_id, receiver.endpoint_id)
    delivery = await load_to_resend(session, workspace_id, delivery_id, expected)
    if delivery.state == "expired":
        raise Conflict(
            "The event was of use only for a time, and that is over.", code="event_expired"
        )
    start_again(delivery, now)
    await session.flush()
    await wake(session, workspace_id, [endpoint], now)
    return delivery


async def recover_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    since: datetime,
    expected: Expected,
    now: datetime,
) -> WebhookEndpoint:
    """Deliver again whatever failed since an instant at most 14 days ago."""
    endpoint = await webhook_endpoints.load(session, workspace_id, endpoint_id)
    expected.check(endpoint.version)
    if since < now - RECOVERABLE:
        raise Invalid(
            f"Recovery reaches back {RECOVERABLE.days} days; read what is older from /v1/events.",
            code="too_long_ago",
            pointer="/since",
        )
    await deliveries.requeue_failed(session, workspace_id, endpoint_id, since, now)
    await wake(session, workspace_id, [endpoint], now)
    return endpoint
