"""Promises between their rows and the rules: histories read, events added, changes told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import CommitmentEvent as EventRow
from app.db.queries import commitment_dues as dues
from app.db.queries import commitments as queries
from app.domain.commitment_history import CommitmentEvent, CommitmentEventKind
from app.domain.due_reminders import Alarms
from app.domain.dues import Closing, Closings, Due, DueAtMeeting, DueOn
from app.domain.wall_clock import local_time
from app.services.calendar_pushes import enqueue_commitments
from app.services.events import emit
from app.services.facts import commitment_facts

Histories = Mapping[UUID, Sequence[CommitmentEvent]]


def due_of(row: Any) -> Due:
    """The due in a row of a commitment, or of an event that has one."""
    if row.due_on is not None:
        return DueOn(row.due_on, row.time_zone)
    return DueAtMeeting(row.due_meeting_id, row.time_zone)


def columns_of_due(due: Due | None) -> dict[str, Any]:
    """The inverse of `due_of`: the columns of a due."""
    return {
        "due_on": due.day if isinstance(due, DueOn) else None,
        "due_meeting_id": due.meeting_id if isinstance(due, DueAtMeeting) else None,
        "time_zone": due and due.time_zone,
    }


def columns_of_alarms(alarms: Alarms) -> dict[str, Any]:
    """The columns by which the worker finds a commitment when its time has come."""
    return {
        "due_at": alarms.due_at,
        "overdue": alarms.overdue,
        "overdue_due_at": alarms.overdue_at,
        "due_soon_due_at": alarms.due_soon_at,
    }


async def load_histories(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, ids: Collection[UUID]
) -> Histories:
    """The histories of these commitments, in one SELECT."""
    return histories_of(await queries.events(connection, workspace_id, ids))


def histories_of(rows: Iterable[Row[Any]]) -> Histories:
    """Histories by commitment, from their rows in order."""
    found: dict[UUID, list[CommitmentEvent]] = defaultdict(list)
    for row in rows:
        found[row.commitment_id].append(_event(row))
    return found


def _event(row: Row[Any]) -> CommitmentEvent:
    return CommitmentEvent(
        kind=CommitmentEventKind(row.kind),
        at=row.at,
        due=due_of(row) if row.time_zone is not None else None,
        kept_on=row.kept_on,
        meeting_id=row.meeting_id,
        reason=row.reason,
        actor=row.actor_id,
    )


def event_row(
    workspace_id: UUID, commitment_id: UUID, number: int, event: CommitmentEvent
) -> EventRow:
    """The row of a history's event, counted from 1."""
    return EventRow(
        workspace_id=workspace_id,
        commitment_id=commitment_id,
        number=number,
        kind=event.kind.value,
        at=event.at,
        kept_on=event.kept_on,
        meeting_id=event.meeting_id,
        reason=event.reason,
        actor_id=event.actor,
        **columns_of_due(event.due),
    )


async def load_closings(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    histories: Iterable[Sequence[CommitmentEvent]],
) -> Closings:
    """The closings of all meetings that the histories name, in one SELECT."""
    meeting_ids = {
        meeting_id
        for history in histories
        for event in history
        for meeting_id in (
            event.meeting_id,
            event.due.meeting_id if isinstance(event.due, DueAtMeeting) else None,
        )
        if meeting_id is not None
    }
    return await closings_of(connection, workspace_id, meeting_ids)


async def closings_of(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_ids: Collection[UUID]
) -> Closings:
    """The closings of those of these meetings that were held."""
    if not meeting_ids:
        return {}
    rows = await dues.held(connection, workspace_id, meeting_ids)
    return {row.id: closing_of(row, row.group_zone) for row in rows}


def closing_of(meeting: Any, group_zone: str) -> Closing:
    """The closing of a held meeting: its actual end, or the planned one where none is known."""
    day = local_time(meeting.starts_at, group_zone).date()
    return Closing(day, meeting.closed_at or meeting.ends_at)


async def tell(
    session: AsyncSession,
    workspace_id: UUID,
    happened: Sequence[tuple[str, UUID]],
    now: datetime,
    *,
    more: Mapping[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Emit events of commitments (type, id), with what the database holds of them now."""
    if not happened:
        return
    ids = {commitment_id for _, commitment_id in happened}
    rows = await queries.with_references(session, workspace_id, ids)
    owners = [(row.Commitment.id, row.Commitment.person_id) for row in rows]
    await enqueue_commitments(session, workspace_id, owners, now)
    facts = {row.Commitment.id: (row.Commitment.group_id, commitment_facts(row)) for row in rows}
    for event_type, commitment_id in happened:
        group_id, data = facts[commitment_id]
        emit(
            session,
            event_type,
            workspace_id,
            {**data, **(more or {})},
            now,
            group_id=group_id,
            expires_at=expires_at,
        )
