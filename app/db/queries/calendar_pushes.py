"""What calendar targets hold, and what is to be written there."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import UtcDateTime
from app.db.models import CalendarPush, CalendarTarget, Meeting, Membership
from app.db.queries.scope import scoped


async def request_meetings(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID], now: datetime
) -> None:
    """Want these meetings written to the targets of all who have or had a place in their group."""
    await _request(session, workspace_id, Meeting.id.in_(meeting_ids), now)


async def request_person(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, now: datetime
) -> None:
    """Want the coming meetings of a person's groups written to all targets of theirs."""
    condition = and_(CalendarTarget.person_id == person_id, Meeting.ends_at > now)
    await _request(session, workspace_id, condition, now)


async def request_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> None:
    """Want the coming meetings of a group written to the targets of all who have or had a place."""
    condition = and_(Meeting.group_id == group_id, Meeting.ends_at > now)
    await _request(session, workspace_id, condition, now)


async def request_all_held(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, now: datetime
) -> None:
    """Want everything that a target holds looked at."""
    await session.execute(
        update(CalendarPush)
        .where(CalendarPush.workspace_id == workspace_id, CalendarPush.target_id == target_id)
        .values(requested=CalendarPush.requested + 1, due_at=now)
        .execution_options(synchronize_session=False)
    )


async def next_due(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, now: datetime
) -> CalendarPush | None:
    """The object of a target that has been due longest."""
    query = (
        scoped(CalendarPush, workspace_id)
        .where(CalendarPush.target_id == target_id, CalendarPush.due_at <= now)
        .order_by(CalendarPush.due_at, CalendarPush.uid)
        .limit(1)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def find(
    session: AsyncSession, workspace_id: UUID, target_id: UUID, uid: str
) -> CalendarPush | None:
    """One object of a target, held until the transaction ends."""
    key = (workspace_id, target_id, uid)
    return await session.get(CalendarPush, key, with_for_update=True)


async def first_due_at(
    session: AsyncSession, workspace_id: UUID, target_id: UUID
) -> datetime | None:
    """When something of a target falls due next."""
    query = scoped(CalendarPush, workspace_id, func.min(CalendarPush.due_at))
    return (await session.execute(query.where(CalendarPush.target_id == target_id))).scalar_one()


async def holds_anything(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> bool:
    """Whether there may be objects of ours in a target."""
    query = scoped(CalendarPush, workspace_id, CalendarPush.uid)
    found = await session.execute(query.where(CalendarPush.target_id == target_id).limit(1))
    return found.first() is not None


async def forget_all(session: AsyncSession, workspace_id: UUID, target_id: UUID) -> None:
    """Leave in a target what is there."""
    await session.flush()
    await session.execute(
        delete(CalendarPush)
        .where(CalendarPush.workspace_id == workspace_id, CalendarPush.target_id == target_id)
        .execution_options(synchronize_session=False)
    )


async def _request(
    session: AsyncSession, workspace_id: UUID, condition: ColumnElement[bool], now: datetime
) -> None:
    """One statement, whatever it covers; the pushes decide what each target is to show."""
    await session.flush()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    columns = ["workspace_id", "target_id", "uid", "requested", "due_at", "failures"]
    statement = (
        insert(CalendarPush)
        .from_select(columns, _wanted(workspace_id, condition, now))
        .on_conflict_do_update(
            index_elements=["workspace_id", "target_id", "uid"],
            set_={"requested": CalendarPush.requested + 1, "due_at": literal(now, UtcDateTime())},
        )
    )
    await session.execute(statement)


def _wanted(workspace_id: UUID, condition: ColumnElement[bool], now: datetime) -> Select[Any]:
    return (
        scoped(
            CalendarTarget,
            workspace_id,
            CalendarTarget.workspace_id,
            CalendarTarget.id,
            Meeting.uid,
            literal(1),
            literal(now, UtcDateTime()),
            literal(0),
        )
        .distinct()
        .join(
            Membership,
            and_(
                Membership.workspace_id == CalendarTarget.workspace_id,
                Membership.person_id == CalendarTarget.person_id,
            ),
        )
        .join(
            Meeting,
            and_(
                Meeting.workspace_id == Membership.workspace_id,
                Meeting.group_id == Membership.group_id,
            ),
        )
        .where(CalendarTarget.state != "removing", condition)
        .order_by(CalendarTarget.id, Meeting.uid)
    )
