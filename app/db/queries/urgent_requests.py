"""SELECTs of requests for urgent hot seats."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Meeting, UrgentRequest
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped


async def get(connection: AsyncConnection, workspace_id: UUID, request_id: UUID) -> Row[Any]:
    """One request to read; NotFound."""
    query = scoped(UrgentRequest, workspace_id, *columns_of(UrgentRequest)).where(
        UrgentRequest.id == request_id
    )
    return one((await connection.execute(query)).first(), "urgent request")


async def listed(
    connection: AsyncConnection, workspace_id: UUID, meeting_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """A meeting's requests in the order in which they were made."""
    query = scoped(UrgentRequest, workspace_id, *columns_of(UrgentRequest)).where(
        UrgentRequest.meeting_id == meeting_id
    )
    return await fetch_page(connection, query, (UrgentRequest.id,), window)


async def meeting_of(session: AsyncSession, workspace_id: UUID, request_id: UUID) -> UUID:
    """The meeting that a request is for, to be locked before it is loaded; NotFound."""
    query = scoped(UrgentRequest, workspace_id, UrgentRequest.meeting_id).where(
        UrgentRequest.id == request_id
    )
    return one((await session.execute(query)).scalar_one_or_none(), "urgent request")


async def load(session: AsyncSession, workspace_id: UUID, request_id: UUID) -> UrgentRequest:
    """One request to change; NotFound."""
    return one(await session.get(UrgentRequest, (workspace_id, request_id)), "urgent request")


async def undecided(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> Sequence[UrgentRequest]:
    """A meeting's requests that wait for an answer, in the order in which they were made."""
    query = (
        scoped(UrgentRequest, workspace_id)
        .where(UrgentRequest.meeting_id == meeting_id, UrgentRequest.state == "requested")
        .order_by(UrgentRequest.id)
    )
    return (await session.execute(query)).scalars().all()


async def decisions(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """What these members' earlier requests in the group came to, the oldest decision first."""
    query = (
        scoped(UrgentRequest, workspace_id, UrgentRequest.membership_id, UrgentRequest.decision)
        .join(
            Meeting,
            and_(
                Meeting.workspace_id == UrgentRequest.workspace_id,
                Meeting.id == UrgentRequest.meeting_id,
            ),
        )
        .where(
            Meeting.group_id == group_id,
            UrgentRequest.membership_id.in_(membership_ids),
            UrgentRequest.state.in_(("granted", "declined")),
        )
        .order_by(UrgentRequest.decided_at, UrgentRequest.id)
    )
    return (await session.execute(query)).all()
