"""SELECTs of deliveries, and their changes by compare-and-swap."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Row, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Attempt, Delivery, Event, WebhookEndpoint
from app.db.models.events import PENDING
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

IS_PENDING = text(f"deliveries.{PENDING}")
OF_EVENT = (Event.workspace_id == Delivery.workspace_id) & (Event.id == Delivery.event_id)


async def receiver_of(session: AsyncSession, workspace_id: UUID, delivery_id: UUID) -> Row[Any]:
    """Whose delivery it is: `endpoint_id` or `target_id`; NotFound."""
    query = scoped(Delivery, workspace_id, Delivery.endpoint_id, Delivery.target_id)
    found = (await session.execute(query.where(Delivery.id == delivery_id))).first()
    return one(found, "delivery")


async def load(session: AsyncSession, workspace_id: UUID, delivery_id: UUID) -> Delivery:
    """One delivery to change, held until the transaction ends; NotFound."""
    found = await session.get(Delivery, (workspace_id, delivery_id), with_for_update=True)
    return one(found, "delivery")


async def find(session: AsyncSession, workspace_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One delivery to change, or None if it is gone."""
    return await session.get(Delivery, (workspace_id, delivery_id))


async def get(connection: AsyncConnection, workspace_id: UUID, delivery_id: UUID) -> Row[Any]:
    """One delivery, with its event's type if it is an event's; NotFound."""
    query = _with_type(workspace_id).where(Delivery.id == delivery_id)
    return one((await connection.execute(query)).first(), "delivery")


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    endpoint_id: UUID | None = None,
    target_id: UUID | None = None,
    state: str | None = None,
) -> Sequence[Row[Any]]:
    """Deliveries with their events' types, the newest first."""
    query = _with_type(workspace_id)
    if endpoint_id is not None:
        query = query.where(Delivery.endpoint_id == endpoint_id)
    if target_id is not None:
        query = query.where(Delivery.target_id == target_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    return await fetch_page(connection, query, (Delivery.id,), window, descending=True)


def _with_type(workspace_id: UUID) -> Any:
    columns = (*columns_of(Delivery), Event.type.label("event_type"))
    return scoped(Delivery, workspace_id, *columns).outerjoin(Event, OF_EVENT)


async def attempts(
    connection: AsyncConnection, workspace_id: UUID, delivery_id: UUID
) -> Sequence[Row[Any]]:
    """The attempts at a delivery, in their order."""
    query = scoped(Attempt, workspace_id, *columns_of(Attempt)).where(
        Attempt.delivery_id == delivery_id
    )
    return (await connection.execute(query.order_by(Attempt.number))).all()


async def expire(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> None:
    """Close the due deliveries of an endpoint whose events are of no use any more."""
    await session.execute(
        update(Delivery)
        .where(
            *_pending(workspace_id, endpoint_id),
            Delivery.expires_at <= now,
            # Wrapped, so that the index of what expires is used, however much is due.
            func.coalesce(Delivery.next_attempt_at, now) <= now,
        )
        .values(state="expired", next_attempt_at=None, finished_at=now)
        .execution_options(synchronize_session=False)
    )


async def take_next(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    lease_until: datetime,
    now: datetime,
    *,
    early: bool = False,
) -> Row[Any] | None:
    """Begin an attempt at the endpoint's longest due delivery: it counts from here, and nobody else
    finds the delivery due before `lease_until`. None if none is due, or another was faster.

    `early`: take one even if none is due yet.
    """
    mine = _pending(workspace_id, endpoint_id) if early else _due(workspace_id, endpoint_id, now)
    first = (
        scoped(Delivery, workspace_id, Delivery.id)
        .where(*mine, or_(Delivery.expires_at.is_(None), Delivery.expires_at > now))
        .order_by(Delivery.next_attempt_at, Delivery.number)
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )
    taken: Result[Any] = await session.execute(
        update(Delivery)
        .where(*mine, Delivery.id == first)
        .values(attempts=Delivery.attempts + 1, next_attempt_at=lease_until)
        .returning(
            Delivery.id,
            Delivery.event_id,
            Delivery.number,
            Delivery.attempts,
            Delivery.attempts_before,
        )
        .execution_options(synchronize_session=False)
    )
    return taken.first()


def _pending(workspace_id: UUID, endpoint_id: UUID) -> tuple[Any, ...]:
    mine = (Delivery.workspace_id == workspace_id, Delivery.endpoint_id == endpoint_id)
    return (*mine, IS_PENDING)


def _due(workspace_id: UUID, endpoint_id: UUID, now: datetime) -> tuple[Any, ...]:
    return (*_pending(workspace_id, endpoint_id), Delivery.next_attempt_at <= now)


async def has_pending(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> bool:
    """Whether something that is still of use waits in the endpoint's queue."""
    query = scoped(Delivery, workspace_id, Delivery.id).where(
        *_pending(workspace_id, endpoint_id),
        or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
    )
    return (await session.execute(query.limit(1))).first() is not None


async def next_due(session: AsyncSession, workspace_id: UUID, endpoint_id: UUID) -> datetime | None:
    """When the endpoint's queue wants attention next; None if nothing is pending."""
    query = scoped(Delivery, workspace_id, func.min(Delivery.next_attempt_at)).where(
        Delivery.endpoint_id == endpoint_id, IS_PENDING
    )
    return (await session.execute(query)).scalar_one()


async def event_of(session: AsyncSession, workspace_id: UUID, event_id: UUID) -> Row[Any]:
    """What an event's webhook is made of."""
    columns = (Event.id, Event.type, Event.occurred_at, Event.data, Event.request_id)
    query = scoped(Event, workspace_id, *columns)
    return (await session.execute(query.where(Event.id == event_id))).one()


async def settle(
    session: AsyncSession, workspace_id: UUID, delivery_id: UUID, attempts: int, **values: Any
) -> bool:
    """Write the outcome of attempt `attempts`, unless the delivery has moved on since."""
    settled = await session.execute(
        update(Delivery)
        .where(
            Delivery.workspace_id == workspace_id,
            Delivery.id == delivery_id,
            Delivery.attempts == attempts,
            Delivery.state == "pending",
        )
        .values(**values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return settled.first() is not None


async def bring_forward(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> None:
    """Have everything that waits in an endpoint's queue come due now: it is back."""
    await session.execute(
        update(Delivery)
        .where(*_pending(workspace_id, endpoint_id), Delivery.next_attempt_at > now)
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )


async def requeue_failed(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, since: datetime, now: datetime
) -> None:
    """Put the failed deliveries of events since an instant back, at the start of the schedule."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.workspace_id == workspace_id,
            Delivery.endpoint_id == endpoint_id,
            Delivery.state == "failed",
            Delivery.created_at >= since,
        )
        .values(
            state="pending",
            attempts_before=Delivery.attempts,
            next_attempt_at=now,
            finished_at=None,
        )
        .execution_options(synchronize_session=False)
    )


async def pending_by_endpoint_state(connection: AsyncConnection) -> dict[str, int]:
    """Over all tenants, how many deliveries wait at endpoints of each state."""
    of_endpoint = (WebhookEndpoint.workspace_id == Delivery.workspace_id) & (
        WebhookEndpoint.id == Delivery.endpoint_id
    )
    query = (
        select(WebhookEndpoint.state, func.count())
        .select_from(Delivery)
        .join(WebhookEndpoint, of_endpoint)
        .where(IS_PENDING)
        .group_by(WebhookEndpoint.state)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def forget_of_targets(
    session: AsyncSession, workspace_id: UUID, until: datetime, limit: int
) -> int:
    """Delete old settled deliveries to calendar targets; those of events go with their events."""
    old = (
        scoped(Delivery, workspace_id, Delivery.id)
        .where(
            Delivery.target_id.is_not(None),
            Delivery.state != "pending",
            Delivery.created_at <= until,
        )
        .limit(limit)
    )
    deleted = await session.execute(
        delete(Delivery)
        .where(Delivery.workspace_id == workspace_id, Delivery.id.in_(old))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
