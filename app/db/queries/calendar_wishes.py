"""Wishes to have objects of calendar targets written, in as few statements as there are causes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import UtcDateTime
from app.db.models import (
    CalendarPush,
    CalendarTarget,
    Commitment,
    Delivery,
    Meeting,
    Membership,
)
from app.db.queries.scope import scoped

COLUMNS = ["workspace_id", "target_id", "uid", "requested", "due_at", "failures"]
KEY = ["workspace_id", "target_id", "uid"]


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


async def targets_of(
    session: AsyncSession, workspace_id: UUID, person_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The targets of these people that are written to: `id`, `person_id`, `settings`."""
    columns = (CalendarTarget.id, CalendarTarget.person_id, CalendarTarget.settings)
    query = (
        scoped(CalendarTarget, workspace_id, *columns)
        .where(
            CalendarTarget.person_id.in_(person_ids),
            CalendarTarget.kind == "caldav",
            _is_written_to(),
        )
        .order_by(CalendarTarget.id)
    )
    return (await session.execute(query)).all()


async def dues_at(
    session: AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Open promises that are due at these meetings, with each target of their owners: its `id` and
    `settings`, and the `commitment_id`.
    """
    of_owner = and_(
        Commitment.workspace_id == CalendarTarget.workspace_id,
        Commitment.person_id == CalendarTarget.person_id,
    )
    columns = (
        CalendarTarget.id,
        CalendarTarget.settings,
        Commitment.id.label("commitment_id"),
    )
    query = (
        scoped(CalendarTarget, workspace_id, *columns)
        .join(Commitment, of_owner)
        .where(
            Commitment.due_meeting_id.in_(meeting_ids), Commitment.state == "open", _is_written_to()
        )
        .order_by(CalendarTarget.id, Commitment.id)
    )
    return (await session.execute(query)).all()


async def request_uids(
    session: AsyncSession,
    workspace_id: UUID,
    wanted: Sequence[tuple[UUID, str]],
    now: datetime,
) -> None:
    """Want objects, by target and UID, written."""
    rows = [
        dict(zip(COLUMNS, (workspace_id, target_id, uid, 1, now, 0), strict=True))
        for target_id, uid in wanted
    ]
    if rows:
        await session.execute(_upsert(_insert(session).values(rows), now))


async def request_again(session: AsyncSession, delivery: Delivery, now: datetime) -> None:
    """Want the object of a delivery written, even if the server should have its present state; or
    removed, even if we know of none.
    """
    values = (delivery.workspace_id, delivery.target_id, delivery.uid, 1, now, 0)
    insert = _insert(session).values(
        {
            **dict(zip(COLUMNS, values, strict=True)),
            "delivery_id": delivery.id,
            "attempted_at": now,
        }
    )
    again = {"digest": None, "delivery_id": delivery.id, "failures": 0}
    await session.execute(_upsert(insert, now, **again))


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


async def request_repair(
    session: AsyncSession,
    workspace_id: UUID,
    target_id: UUID,
    now: datetime,
    *,
    missing: Collection[str],
    edited: Collection[str],
) -> None:
    """Want objects written that the server has lost, or has otherwise than we wrote them."""
    lost = {"etag": None, "alarms": None}
    for uids, values in ((missing, lost), (edited, {})):
        if uids:
            await session.execute(
                update(CalendarPush)
                .where(
                    CalendarPush.workspace_id == workspace_id,
                    CalendarPush.target_id == target_id,
                    CalendarPush.uid.in_(uids),
                )
                .values(requested=CalendarPush.requested + 1, due_at=now, digest=None, **values)
                .execution_options(synchronize_session=False)
            )


async def _request(
    session: AsyncSession, workspace_id: UUID, condition: ColumnElement[bool], now: datetime
) -> None:
    """One statement, whatever it covers; the pushes decide what each target is to show."""
    await session.flush()
    insert = _insert(session).from_select(COLUMNS, _wanted(workspace_id, condition, now))
    await session.execute(_upsert(insert, now))


def _insert(session: AsyncSession) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(CalendarPush)


def _upsert(
    insert: postgresql.Insert | sqlite.Insert, now: datetime, **more: Any
) -> postgresql.Insert | sqlite.Insert:
    due_at = literal(now, UtcDateTime())
    values = {"requested": CalendarPush.requested + 1, "due_at": due_at, **more}
    return insert.on_conflict_do_update(index_elements=KEY, set_=values)


def _is_written_to() -> ColumnElement[bool]:
    """Not one that is removing; nor one without a calendar, which is filled when it has one.

    A wish at a mail target becomes an invitation (`app.services.calendar_mails`).
    """
    return and_(CalendarTarget.state != "removing", CalendarTarget.address.is_not(None))


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
        .where(_is_written_to(), condition)
        .order_by(CalendarTarget.id, Meeting.uid)
    )
