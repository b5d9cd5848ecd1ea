"""Telling when an active group has fallen under four members."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import memberships
from app.domain.membership import MIN_MEMBERS, below_minimum
from app.services.events import emit
from app.services.facts import group_facts


async def is_below(session: AsyncSession, group: Group) -> bool:
    """Whether the group is active with fewer than four current members."""
    if group.state != "active":
        return False
    return below_minimum(await memberships.count_current(session, group.workspace_id, group.id))


async def tell_if_below(
    session: AsyncSession, group: Group, now: datetime, *, was_below: bool
) -> None:
    """Emit `group.below_minimum` where a change, flushed by now, has brought it about."""
    if was_below or group.state != "active":
        return
    members = await memberships.count_current(session, group.workspace_id, group.id)
    if below_minimum(members):
        data = {**group_facts(group), "members": members, "min_members": MIN_MEMBERS}
        emit(session, "group.below_minimum", group.workspace_id, data, now, group_id=group.id)
