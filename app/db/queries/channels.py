"""By which ways the people of a group can hear of a change. One statement for each kind of way."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarTarget, Membership, Person, WebhookEndpoint
from app.db.queries.scope import scoped


async def members(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, day: date
) -> Sequence[Row[Any]]:
    """Who has a place in the group on a day."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id.label("membership_id"),
            Person.id.label("person_id"),
            Person.name,
        )
        .join(
            Person,
            and_(Person.workspace_id == Membership.workspace_id, Person.id == Membership.person_id),
        )
        .where(
            Membership.group_id == group_id,
            Membership.starts_on <= day,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
        )
        .order_by(Membership.place, Membership.id)
    )
    return (await session.execute(query)).all()


async def targets(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Sequence[Row[Any]]:
    """The calendar targets that work, of all who have or had a place in the group."""
    query = (
        scoped(
            CalendarTarget,
            workspace_id,
            CalendarTarget.person_id,
            CalendarTarget.kind,
            CalendarTarget.settings,
        )
        .join(
            Membership,
            and_(
                Membership.workspace_id == CalendarTarget.workspace_id,
                Membership.person_id == CalendarTarget.person_id,
            ),
        )
        .where(
            Membership.group_id == group_id,
            CalendarTarget.state == "enabled",
            CalendarTarget.failing_since.is_(None),
        )
    )
    return (await session.execute(query)).all()


async def endpoints(session: AsyncSession, workspace_id: UUID) -> Sequence[Row[Any]]:
    """The webhook endpoints that work: `event_types` and `group_ids`."""
    query = scoped(
        WebhookEndpoint, workspace_id, WebhookEndpoint.event_types, WebhookEndpoint.group_ids
    ).where(WebhookEndpoint.state == "enabled", WebhookEndpoint.failing_since.is_(None))
    return (await session.execute(query)).all()
