"""Writes of groups."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import calendar_feeds, groups
from app.domain.merge_patch import merge
from app.domain.plan_change import UNCHANGED, PlanChange
from app.domain.versions import Expected
from app.services.calendar_pushes import enqueue_group
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import group_facts
from app.services.group_clock import retime
from app.services.plan_changes import watch_plan
from app.services.planning import replan

SETTINGS = ("charter", "rotation")
PLANNED_BY = {"rotation", "time_zone"}
SHOWN_BY_CALENDARS = {"name", "time_zone"}


async def create_group(
    session: AsyncSession, workspace_id: UUID, fields: Mapping[str, Any], now: datetime
) -> Group:
    """Found a group, to be activated once it has its members."""
    values = _columns(fields)
    for name in SETTINGS:
        values[name] = merge({}, values.get(name, {}))
    group = Group(workspace_id=workspace_id, created_at=now, updated_at=now, **values)
    session.add(group)
    await session.flush()
    emit(session, "group.created", workspace_id, group_facts(group), now, group_id=group.id)
    return group


async def update_group(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> PlanChange:
    """Apply a merge patch; what that does to the plan."""
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    watch = await watch_plan(session, group, now) if PLANNED_BY & patch.keys() else None
    await _change(session, group, patch, now)
    return await watch.change() if watch else UNCHANGED


async def put_group(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> tuple[Group, bool]:
    """Create or update the group that the caller knows by this id; whether it is new."""
    group_id = await groups.id_by_external_id(session, workspace_id, external_id)
    if group_id is None:
        expected.check_new()
        fields = {**fields, "external_id": external_id}
        return await create_group(session, workspace_id, fields, now), True
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    return await _change(session, group, fields, now), False


async def _change(
    session: AsyncSession, group: Group, patch: Mapping[str, Any], now: datetime
) -> Group:
    values = _columns(patch)
    for name in (*SETTINGS, "metadata_"):
        if name in values:
            values[name] = merge(getattr(group, name), values[name])
    changed = {name: value for name, value in values.items() if getattr(group, name) != value}
    if not changed:
        return group
    for name, value in changed.items():
        setattr(group, name, value)
    group.touch(now)
    await session.flush()
    emit(session, "group.updated", group.workspace_id, group_facts(group), now, group_id=group.id)
    if "charter" in changed:
        await reconsider_charter(session, group, now)
    if "time_zone" in changed:
        await retime(session, group, now)
    if PLANNED_BY & set(changed):
        await replan(session, group.workspace_id, group.id, now)
    if "name" in changed:
        await calendar_feeds.group_renamed(session, group.workspace_id, group.id, now)
    if SHOWN_BY_CALENDARS & set(changed):
        await enqueue_group(session, group.workspace_id, group.id, now)
    return group


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {("metadata_" if name == "metadata" else name): v for name, v in fields.items()}
