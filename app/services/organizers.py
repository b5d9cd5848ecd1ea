"""Writes of those who answer for a group."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Organizer
from app.db.queries import groups, organizers
from app.domain.errors import Conflict, Forbidden, NotFound
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import group_facts
from app.services.references import person_of


async def check_is_organizer(session: AsyncSession, group: Group, actor_id: UUID | None) -> None:
    """Some things are for organizers; without an acting person it is the app that does them.

    Forbidden `organizers_only`.
    """
    if actor_id is None:
        return
    if await organizers.find(session, group.workspace_id, group.id, actor_id) is None:
        raise Forbidden("Only an organizer of the group can do this.", code="organizers_only")


async def add_organizer(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    person_id: UUID,
    now: datetime,
    *,
    actor_id: UUID | None = None,
) -> Organizer:
    """Let a person answer for a group: an organizer appoints another. Conflict if they do already;
    Forbidden as `check_is_organizer`.
    """
    group = await groups.lock(session, workspace_id, group_id)
    await check_is_organizer(session, group, actor_id)
    await person_of(session, workspace_id, person_id)
    if await organizers.find(session, workspace_id, group_id, person_id) is not None:
        raise Conflict("This person is an organizer of the group.", code="already_organizer")
    organizer = Organizer(
        workspace_id=workspace_id, group_id=group_id, person_id=person_id, created_at=now
    )
    session.add(organizer)
    await _tell(session, group, now)
    return organizer


async def remove_organizer(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    person_id: UUID,
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None = None,
) -> None:
    """Let a person no longer answer for a group; NotFound if they don't.

    Anybody lays it down for themselves; of others, Forbidden as `check_is_organizer`.
    """
    group = await groups.lock(session, workspace_id, group_id)
    await check_is_organizer(session, group, None if actor_id == person_id else actor_id)
    organizer = await organizers.find(session, workspace_id, group_id, person_id)
    if organizer is None:
        raise NotFound("There is no such organizer.")
    expected.check(group.version)
    await session.delete(organizer)
    await _tell(session, group, now)


async def _tell(session: AsyncSession, group: Group, now: datetime) -> None:
    group.touch(now)
    await session.flush()
    emit(session, "group.updated", group.workspace_id, group_facts(group), now, group_id=group.id)
