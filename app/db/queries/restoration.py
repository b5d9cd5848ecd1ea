"""Statements about all workspaces of a database that was restored from a backup."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base, UtcDateTime, Versioned
from app.db.models import CalendarPush, CalendarTarget, Meeting
from app.db.reencryption import SECRETS

BATCH = 200
SILENT: dict[str, Any] = {"synchronize_session": False}


async def secrets(session: AsyncSession) -> AsyncIterator[bytes]:
    """Every secret at rest."""
    for model, name in SECRETS:
        column = getattr(model, name)
        query = select(column).where(column.is_not(None)).execution_options(yield_per=BATCH)
        async for secret in await session.stream_scalars(query):
            yield secret


async def raise_versions(session: AsyncSession, *, at_least: int) -> None:
    """Raise the version of every row that has one, so that no ETag of a lost state fits again."""
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        if issubclass(model, Versioned):
            raised = update(model).values(version=_risen(model.version, at_least))
            await session.execute(raised.execution_options(**SILENT))


async def raise_sequences(session: AsyncSession, now: datetime, *, at_least: int) -> int:
    """Raise every meeting's SEQUENCE over any that a calendar may hold; how many meetings."""
    await session.execute(
        update(Meeting)
        .values(
            sequence=_risen(Meeting.sequence, at_least),
            calendar_changed_at=literal(now, UtcDateTime()),
        )
        .execution_options(**SILENT)
    )
    count: int = (await session.execute(select(func.count()).select_from(Meeting))).scalar_one()
    return count


async def push_calendars(session: AsyncSession, now: datetime) -> None:
    """Have everything that was written to calendars on servers written again, whatever is there.

    No mail: a person would get one for every meeting.
    """
    on_servers = select(CalendarTarget.workspace_id, CalendarTarget.id).where(
        CalendarTarget.kind == "caldav"
    )
    await session.execute(
        update(CalendarPush)
        .where(tuple_(CalendarPush.workspace_id, CalendarPush.target_id).in_(on_servers))
        .values(
            requested=CalendarPush.requested + 1,
            due_at=literal(now, UtcDateTime()),
            digest=None,
        )
        .execution_options(**SILENT)
    )


def _risen(column: Any, at_least: int) -> ColumnElement[int]:
    return case((column < at_least, literal(at_least)), else_=column + 1)
