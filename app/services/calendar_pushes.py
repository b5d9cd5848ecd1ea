"""Wishes to have calendar targets brought up to date, in the transaction of what changed.

A wish names an object, not a state: what the target is to show is decided when it is pushed, so
however many wishes wait for an object, the latest state is written once.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import calendar_pushes


async def enqueue_pushes(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID], now: datetime
) -> None:
    """Have meetings pushed to the targets of everybody they concern, in one statement.

    Whoever is not in the group on a meeting's date is left out, or loses it, when it is pushed.
    """
    if meeting_ids:
        await calendar_pushes.request_meetings(session, workspace_id, meeting_ids, now)


async def enqueue_person(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Have a person's coming meetings pushed: a target is new, or a place in a group changed."""
    await calendar_pushes.request_person(session, workspace_id, person_id, now)


async def enqueue_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> None:
    """Have a group's coming meetings pushed: its name changed."""
    await calendar_pushes.request_group(session, workspace_id, group_id, now)
