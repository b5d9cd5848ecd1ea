"""Forgetting what is no longer needed, in portions."""

from datetime import datetime
from itertools import takewhile
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import idempotency
from app.db.queries import deliveries, events
from app.db.queries.due import ANSWERS_KEPT, EVENTS_KEPT


async def forget_events(
    session: AsyncSession, workspace_id: UUID, now: datetime, limit: int
) -> bool:
    """Delete the oldest events with their deliveries; whether there may be more.

    The log is cut at its head only: what is left has no gap.
    """
    head = await events.head(session, workspace_id, limit)
    old = list(takewhile(lambda event: event.occurred_at <= now - EVENTS_KEPT, head))
    if old:
        await events.delete_up_to(session, workspace_id, old[-1].position)
    return len(old) == limit


async def forget_deliveries(
    session: AsyncSession, workspace_id: UUID, now: datetime, limit: int
) -> bool:
    """Delete old deliveries to calendars; whether there may be more."""
    until = now - EVENTS_KEPT
    return await deliveries.forget_of_targets(session, workspace_id, until, limit) == limit


async def forget_answers(
    session: AsyncSession, workspace_id: UUID, now: datetime, limit: int
) -> bool:
    """Delete old answers to repeated requests; whether there may be more."""
    return await idempotency.forget(session, workspace_id, now - ANSWERS_KEPT, limit) == limit
