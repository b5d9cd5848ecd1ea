"""SELECTs of webhook endpoints."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from app.db.models import Group, WebhookEndpoint
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

NOUN = "webhook endpoint"


async def get(connection: AsyncConnection, workspace_id: UUID, endpoint_id: UUID) -> Row[Any]:
    """One endpoint to read; NotFound."""
    query = scoped(WebhookEndpoint, workspace_id, *columns_of(WebhookEndpoint)).where(
        WebhookEndpoint.id == endpoint_id
    )
    return one((await connection.execute(query)).first(), NOUN)


async def load(session: AsyncSession, workspace_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """One endpoint to change, held until the transaction ends; NotFound."""
    return one(await find(session, workspace_id, endpoint_id, lock=True), NOUN)


async def find(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, *, lock: bool = False
) -> WebhookEndpoint | None:
    """One endpoint, or None if it was removed. `lock`: held until the transaction ends."""
    return await session.get(
        WebhookEndpoint, (workspace_id, endpoint_id), with_for_update=lock or None
    )


async def listed(
    connection: AsyncConnection, workspace_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """Endpoints by creation."""
    query = scoped(WebhookEndpoint, workspace_id, *columns_of(WebhookEndpoint))
    return await fetch_page(connection, query, (WebhookEndpoint.id,), window)


async def lock_listening(session: AsyncSession, workspace_id: UUID) -> Sequence[Row[Any]]:
    """The endpoints whose queues grow, held until the transaction ends, in the order of their ids.

    A paused one catches up later, and one that was disabled for failing does so once it is back;
    who has answered that it is gone wants nothing more.
    """
    query = scoped(
        WebhookEndpoint,
        workspace_id,
        WebhookEndpoint.id,
        WebhookEndpoint.event_types,
        WebhookEndpoint.group_ids,
        WebhookEndpoint.state,
        WebhookEndpoint.failing_since,
        WebhookEndpoint.slow,
        WebhookEndpoint.next_number,
    ).where(or_(WebhookEndpoint.state != "disabled", WebhookEndpoint.disabled_reason == "failing"))
    rows = await session.execute(query.order_by(WebhookEndpoint.id).with_for_update())
    return rows.all()


async def set_next_numbers(
    session: AsyncSession, workspace_id: UUID, next_numbers: Mapping[UUID, int]
) -> None:
    """Note the next delivery numbers of locked endpoints. It is no change that a version counts."""
    numbers = case(next_numbers, value=WebhookEndpoint.id)
    await session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.workspace_id == workspace_id, WebhookEndpoint.id.in_(next_numbers))
        .values(next_number=numbers)
        .execution_options(synchronize_session=False)
    )


async def known_groups(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID]
) -> set[UUID]:
    """Those of the ids that are groups of the workspace."""
    query = scoped(Group, workspace_id, Group.id).where(Group.id.in_(group_ids))
    return set(await session.scalars(query))


async def count(session: AsyncSession, workspace_id: UUID) -> int:
    """How many endpoints a workspace has."""
    query = scoped(WebhookEndpoint, workspace_id, func.count())
    return (await session.execute(query)).scalar_one()


async def hold(session: AsyncSession, endpoint: WebhookEndpoint, until: datetime | None) -> None:
    """Send a locked endpoint nothing before `until`."""
    await _note(session, endpoint, "held_until", until)


async def note_pace(session: AsyncSession, endpoint: WebhookEndpoint, *, slow: bool) -> None:
    """Note whether a locked endpoint takes long to answer."""
    if slow != endpoint.slow:
        await _note(session, endpoint, "slow", slow)


async def _note(session: AsyncSession, endpoint: WebhookEndpoint, name: str, value: Any) -> None:
    """Set a column by which jobs go. It is no change that a version counts."""
    await session.execute(
        update(WebhookEndpoint)
        .where(
            WebhookEndpoint.workspace_id == endpoint.workspace_id,
            WebhookEndpoint.id == endpoint.id,
        )
        .values({name: value})
        .execution_options(synchronize_session=False)
    )
    set_committed_value(endpoint, name, value)


async def count_by_state(connection: AsyncConnection) -> dict[str, int]:
    """Over all tenants, how many endpoints are in each state."""
    query = select(WebhookEndpoint.state, func.count()).group_by(WebhookEndpoint.state)
    return {row[0]: row[1] for row in await connection.execute(query)}
