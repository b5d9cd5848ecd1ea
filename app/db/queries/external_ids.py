"""The caller's own ids of rows that an event names."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Meeting, Membership
from app.db.queries.scope import scoped


async def of_meetings(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Mapping[UUID, str | None]:
    """By the meeting's id."""
    return await _of(session, Meeting, workspace_id, meeting_ids)


async def of_memberships(
    session: AsyncSession, workspace_id: UUID, membership_ids: Collection[UUID]
) -> Mapping[UUID, str | None]:
    """By the membership's id."""
    return await _of(session, Membership, workspace_id, membership_ids)


async def _of(
    session: AsyncSession,
    model: type[Meeting | Membership],
    workspace_id: UUID,
    row_ids: Collection[UUID],
) -> Mapping[UUID, str | None]:
    if not row_ids:
        return {}
    query = scoped(model, workspace_id, model.id, model.external_id).where(model.id.in_(row_ids))
    return {row.id: row.external_id for row in await session.execute(query)}
