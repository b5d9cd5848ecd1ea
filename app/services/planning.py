"""Plan the coming meetings anew: who has the hot seats, who speaks when, who has which role.

Called at the end of every write that could change the answer, in its transaction, with the group
locked. The decisions are pure (`app.domain.evenings`); this module loads what they need and writes
what they change.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import groups
from app.domain.evenings import plan_evenings
from app.domain.rotation import RotationSettings
from app.domain.rotation_changes import URGENT_GUARD
from app.services.plan_writing import ANNOUNCED_MEETINGS, write_plan
from app.services.planning_outlook import Outlook, load_outlook


async def replan(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    now: datetime,
    *,
    released: Collection[UUID] = (),
    topics: Mapping[UUID, str] | None = None,
) -> None:
    """Plan the group's next twelve meetings, and write what changes with its events.

    Hot seats of meetings that were called off go back into the plan. `released`: open hot seats
    that do, too, as if they had not been given yet. `topics`: what members wanted to talk about in
    a hot seat that they have no more; like those of seats that are lost, they go along.
    """
    group = await groups.lock(session, workspace_id, group_id)
    outlook = await load_outlook(session, group, now, released=released)
    planned = plan_evenings(
        members=outlook.members,
        evenings=outlook.evenings,
        checkpoint=outlook.checkpoint,
        settings=rotation_settings(group, outlook),
    )
    await write_plan(session, outlook, planned, topics or {}, now)


def rotation_settings(group: Group, outlook: Outlook) -> RotationSettings:
    """The group's way of weighing fairness against an unchanged plan."""
    wanted = group.rotation
    return RotationSettings(
        calm=bool(wanted.get("calm", False)),
        price_announced=wanted.get("price_announced"),
        price_planned=wanted.get("price_planned"),
        announced_meetings=ANNOUNCED_MEETINGS,
        over=sum(evening.fixed for evening in outlook.evenings),
    )


def urgent_guard(group: Group) -> float:
    """The least credit that an urgent hot seat may leave behind in the group."""
    return float(group.rotation.get("urgent_guard", URGENT_GUARD))
