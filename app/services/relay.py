"""Numbers events once they are committed, and puts them into the queues of those who hear of them.

A number taken inside the write that records an event would make all writers of a workspace queue;
one taken before its commit would let a reader of the log step over a late one. So events are
numbered afterwards, by one relay at a time: who holds the workspace's counter.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Event
from app.db.queries import events, webhook_endpoints
from app.domain import ids
from app.domain.events import matches
from app.services.deliveries import queue_events


async def relay(session: AsyncSession, workspace_id: UUID, now: datetime, limit: int) -> bool:
    """Number up to `limit` events and queue their deliveries; whether there may be more.

    An event that is meant for one endpoint (a test) got its delivery when it was recorded.
    """
    counter = await events.lock_counter(session, workspace_id)
    found = await events.unnumbered(session, workspace_id, limit)
    if not found:
        return False
    first = counter.next_position
    counter.next_position = first + len(found)
    await session.execute(
        update(Event),
        [
            {"workspace_id": workspace_id, "id": event.id, "position": first + offset}
            for offset, event in enumerate(found)
        ],
    )
    public = [event for event in found if event.endpoint_id is None]
    if public:
        await _queue(session, workspace_id, public, now)
    return len(found) == limit


async def _queue(
    session: AsyncSession, workspace_id: UUID, public: Sequence[Row[Any]], now: datetime
) -> None:
    heard = [
        (endpoint, [event for event in public if _hears(endpoint, event)])
        for endpoint in await webhook_endpoints.lock_listening(session, workspace_id)
    ]
    await queue_events(session, workspace_id, [pair for pair in heard if pair[1]], now)


def _hears(endpoint: Row[Any], event: Row[Any]) -> bool:
    """Whether an endpoint asked for such events, of this group."""
    group = event.group_id and ids.encode("group", event.group_id)
    if endpoint.group_ids and group not in endpoint.group_ids:
        return False
    return any(matches(pattern, event.type) for pattern in endpoint.event_types)
