"""Writes of workspaces."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import EventCounter, Workspace
from app.db.queries import workspaces
from app.domain.versions import Expected


async def create_workspace(
    session: AsyncSession, *, name: str, now: datetime, workspace_id: UUID | None = None
) -> Workspace:
    """Found a workspace with an empty event log."""
    workspace = Workspace(id=workspace_id or new_id(), name=name, created_at=now, updated_at=now)
    session.add(workspace)
    await session.flush()
    session.add(EventCounter(workspace_id=workspace.id))
    await session.flush()
    return workspace


async def update_workspace(
    session: AsyncSession,
    workspace_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Workspace:
    """Apply a merge patch to the caller's own workspace."""
    workspace = await workspaces.load(session, workspace_id)
    expected.check(workspace.version)
    changed = {name: value for name, value in patch.items() if getattr(workspace, name) != value}
    for name, value in changed.items():
        setattr(workspace, name, value)
    if changed:
        workspace.touch(now)
        await session.flush()
    return workspace
