"""Writes of leaves of absence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Leave
from app.db.queries import leaves
from app.domain import membership as rules
from app.domain.versions import ANY, Expected
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import leave_facts
from app.services.membership_change import Opened, open_membership
from app.services.plan_changes import Changed
from app.services.planning import replan


async def create_leave(
    session: AsyncSession,
    workspace_id: UUID,
    membership_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> Changed[Leave]:
    """Let a member be away for a while, within their membership and once at a time."""
    opened = await open_membership(session, workspace_id, membership_id, ANY, now)
    membership = opened.membership
    others = await leaves.of_membership(session, workspace_id, membership_id)
    rules.check_leave(
        rules.Leave(fields["first_on"], fields["last_on"]),
        rules.Membership(
            membership.id,
            membership.person_id,
            membership.place,
            membership.starts_on,
            membership.ends_on,
        ),
        [rules.Leave(other.first_on, other.last_on) for other in others],
    )
    leave = Leave(workspace_id=workspace_id, membership_id=membership_id, created_at=now, **fields)
    session.add(leave)
    return await _finish(session, opened, leave, "leave.created", now)


async def delete_leave(
    session: AsyncSession, workspace_id: UUID, leave_id: UUID, expected: Expected, now: datetime
) -> Changed[Leave]:
    """Take a leave back; the row is what it was."""
    membership_id = await leaves.membership_of(session, workspace_id, leave_id)
    opened = await open_membership(session, workspace_id, membership_id, expected, now)
    leave = await leaves.load(session, workspace_id, leave_id)
    await session.delete(leave)
    return await _finish(session, opened, leave, "leave.deleted", now)


async def _finish(
    session: AsyncSession, opened: Opened, leave: Leave, event_type: str, now: datetime
) -> Changed[Leave]:
    membership, group = opened.membership, opened.group
    membership.touch(now)
    await session.flush()
    data = leave_facts(leave, membership, group, opened.person)
    emit(session, event_type, group.workspace_id, data, now, group_id=group.id)
    await reconsider_charter(session, group, now)
    await replan(session, group.workspace_id, group.id, now)
    return Changed(leave, await opened.watch.change())
