"""Rows whose time has come, across all tenants, as the jobs that move them on. Each by an index."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from app.db.jobs import NewJob
from app.db.models import (
    Cadence,
    CalendarPush,
    CalendarTarget,
    Commitment,
    Delivery,
    Event,
    Group,
    IdempotencyRecord,
    Job,
    Meeting,
    Membership,
    WebhookEndpoint,
)
from app.db.queries.deliveries import IS_PENDING

Find = Callable[[AsyncConnection, str, datetime, int], Awaitable[Sequence[NewJob]]]
"""(connection, kind, now, limit) -> the jobs of that kind that are due."""

EVENTS_KEPT: Final = timedelta(days=90)
ANSWERS_KEPT: Final = timedelta(hours=24)


def _rows(
    row_id: InstrumentedAttribute[UUID], due_at: InstrumentedAttribute[Any], *, slow: bool = False
) -> Find:
    """A job for each row, keyed by the row and the instant at which it fell due."""

    async def find(
        connection: AsyncConnection, kind: str, now: datetime, limit: int
    ) -> Sequence[NewJob]:
        model = row_id.class_
        query = (
            select(model.workspace_id, row_id.label("id"), due_at.label("due_at"))
            .where(due_at <= now)
            .order_by(due_at)
            .limit(limit)
        )
        return [_of_row(kind, row, slow=slow) for row in await connection.execute(query)]

    return find


def _of_row(kind: str, row: Any, *, slow: bool = False) -> NewJob:
    key = f"{row.id.hex}:{row.due_at:%Y%m%dT%H%M%S.%f}"
    return NewJob(row.workspace_id, kind, key, {"id": row.id.hex}, slow=slow)


def _workspaces(
    table: type[Event | Delivery | IdempotencyRecord],
    condition: Callable[[datetime], ColumnElement[bool]],
) -> Find:
    """One job for each workspace that has such a row."""

    async def find(
        connection: AsyncConnection, kind: str, now: datetime, limit: int
    ) -> Sequence[NewJob]:
        query = select(table.workspace_id).where(condition(now)).distinct().limit(limit)
        return [NewJob(found, kind, "all") for found in await connection.scalars(query)]

    return find


memberships = _rows(Membership.id, Membership.state_due_at)
pauses = _rows(Group.id, Group.pause_due_at)
reminders = _rows(Meeting.id, Meeting.reminder_due_at)
unrecorded_meetings = _rows(Meeting.id, Meeting.unrecorded_due_at)
lapsing_meetings = _rows(Meeting.id, Meeting.lapse_due_at)
stale_calendars = _rows(Meeting.id, Meeting.stale_due_at)
local_shifts = _rows(Meeting.id, Meeting.shift_due_at)
overdue_commitments = _rows(Commitment.id, Commitment.overdue_due_at)
commitments_due_soon = _rows(Commitment.id, Commitment.due_soon_due_at)
ended_rotations = _rows(WebhookEndpoint.id, WebhookEndpoint.previous_secret_until)
endpoint_probes = _rows(WebhookEndpoint.id, WebhookEndpoint.probe_due_at, slow=True)
unnumbered_events = _workspaces(Event, lambda _: Event.position.is_(None))
old_events = _workspaces(Event, lambda now: Event.occurred_at <= now - EVENTS_KEPT)
old_deliveries = _workspaces(
    Delivery,
    lambda now: and_(
        Delivery.target_id.is_not(None),
        Delivery.state != "pending",
        Delivery.created_at <= now - EVENTS_KEPT,
    ),
)
old_answers = _workspaces(
    IdempotencyRecord, lambda now: IdempotencyRecord.created_at <= now - ANSWERS_KEPT
)


def horizons(ahead: timedelta) -> Find:
    """Active groups whose meetings do not reach as far ahead any more."""

    async def find(
        connection: AsyncConnection, kind: str, now: datetime, limit: int
    ) -> Sequence[NewJob]:
        query = (
            select(
                Cadence.workspace_id,
                Cadence.group_id.label("id"),
                Cadence.horizon_at.label("due_at"),
            )
            .join(
                Group,
                (Group.workspace_id == Cadence.workspace_id) & (Group.id == Cadence.group_id),
            )
            .where(Cadence.horizon_at <= now + ahead, Group.state == "active")
            .order_by(Cadence.horizon_at)
            .limit(limit)
        )
        return [_of_row(kind, row) for row in await connection.execute(query)]

    return find


async def calendar_pushes(
    connection: AsyncConnection, kind: str, now: datetime, limit: int
) -> Sequence[NewJob]:
    """One job for each calendar target that has something to write and may be called."""
    query = (
        select(CalendarPush.workspace_id, CalendarPush.target_id, CalendarTarget.failing_since)
        .join(
            CalendarTarget,
            (CalendarTarget.workspace_id == CalendarPush.workspace_id)
            & (CalendarTarget.id == CalendarPush.target_id),
        )
        .where(
            CalendarPush.due_at <= now,
            CalendarTarget.kind == "caldav",
            CalendarTarget.state.in_(("enabled", "removing")),
            or_(CalendarTarget.retry_at.is_(None), CalendarTarget.retry_at <= now),
        )
        .distinct()
        .limit(limit)
    )
    return [
        NewJob(
            row.workspace_id,
            kind,
            row.target_id.hex,
            {"target_id": row.target_id.hex},
            slow=row.failing_since is not None,
        )
        for row in await connection.execute(query)
    ]


async def mails(
    connection: AsyncConnection, kind: str, now: datetime, limit: int
) -> Sequence[NewJob]:
    """One job for each mail target that has something to say, or to look at, and may be sent to."""
    waits = select(Delivery.workspace_id, Delivery.target_id).where(
        Delivery.target_id.is_not(None), IS_PENDING, Delivery.next_attempt_at <= now
    )
    wished = select(CalendarPush.workspace_id, CalendarPush.target_id).where(
        CalendarPush.due_at <= now
    )
    key = (CalendarTarget.workspace_id, CalendarTarget.id)
    query = (
        select(*key)
        .where(
            CalendarTarget.kind == "email",
            CalendarTarget.state == "enabled",
            or_(CalendarTarget.retry_at.is_(None), CalendarTarget.retry_at <= now),
            or_(tuple_(*key).in_(waits), tuple_(*key).in_(wished)),
        )
        .limit(limit)
    )
    return [
        NewJob(row.workspace_id, kind, row.id.hex, {"target_id": row.id.hex}, slow=True)
        for row in await connection.execute(query)
    ]


async def given_up(
    connection: AsyncConnection, kind: str, _now: datetime, limit: int
) -> Sequence[NewJob]:
    """Jobs of the kind that failed too often: what they were for still waits."""
    query = (
        select(Job.workspace_id, Job.key, Job.payload, Job.slow)
        .where(Job.state == "dead", Job.kind == kind)
        .order_by(Job.run_at)
        .limit(limit)
    )
    return [
        NewJob(row.workspace_id, kind, row.key, row.payload, slow=row.slow)
        for row in await connection.execute(query)
    ]
