"""The verbs of a commitment: keep, miss, withdraw, renegotiate, reopen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment
from app.db.queries import people
from app.domain import commitments as rules
from app.domain.commitment_history import CommitmentEvent, History, fold
from app.domain.dues import Closings, Due, DueAtMeeting, DueOn
from app.domain.errors import Invalid
from app.domain.versions import Expected
from app.domain.wall_clock import local_time
from app.services.commitment_alarms import columns_of_next, meeting_of
from app.services.commitment_changes import locked
from app.services.commitment_making import check_takes_place
from app.services.commitment_records import (
    closings_of,
    columns_of_due,
    event_row,
    load_closings,
    load_histories,
    tell,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A commitment whose group is locked, with all that its verbs look at.

    `time_zone` is where its owner lives now.
    """

    commitment: Commitment
    history: History
    closings: Closings
    time_zone: str


async def keep_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    kept_on: date | None,
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """The promise was kept on `kept_on` (today); raises as `domain.commitments.keep`."""
    opened = await _open(session, workspace_id, commitment_id, expected)
    today = local_time(now, opened.time_zone).date()
    event = rules.keep(
        opened.history, kept_on=kept_on or today, today=today, at=now, actor=actor_id
    )
    return await _record(session, opened, event, "commitment.kept", now)


async def miss_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    reason: str | None,
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """The promise will not be kept any more."""
    opened = await _open(session, workspace_id, commitment_id, expected)
    event = rules.miss(opened.history, reason=reason, at=now, actor=actor_id)
    return await _record(session, opened, event, "commitment.missed", now)


async def withdraw_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    reason: str,
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """The promise is taken back."""
    opened = await _open(session, workspace_id, commitment_id, expected)
    event = rules.withdraw(opened.history, reason=reason, at=now, actor=actor_id)
    return await _record(session, opened, event, "commitment.withdrawn", now)


async def renegotiate_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """The promise gets another due; `fields` are the reason and `due_on` or `due_meeting_id`."""
    opened = await _open(session, workspace_id, commitment_id, expected)
    due = _due(fields, opened.time_zone)
    closings = opened.closings
    if isinstance(due, DueAtMeeting):
        check_takes_place(await meeting_of(session, opened.commitment, due.meeting_id))
        closings = {**closings, **await closings_of(session, workspace_id, [due.meeting_id])}
    event = rules.renegotiate(
        opened.history,
        due=due,
        reason=fields["reason"],
        closings=closings,
        at=now,
        actor=actor_id,
    )
    opened.commitment.overdue_told_at = None
    return await _record(session, opened, event, "commitment.renegotiated", now)


async def reopen_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    reason: str | None,
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """The ending was a mistake."""
    opened = await _open(session, workspace_id, commitment_id, expected)
    event = rules.reopen(opened.history, reason=reason, at=now, actor=actor_id)
    return await _record(session, opened, event, "commitment.reopened", now)


async def _open(
    session: AsyncSession, workspace_id: UUID, commitment_id: UUID, expected: Expected
) -> Opened:
    commitment = await locked(session, workspace_id, commitment_id, expected)
    history = (await load_histories(session, workspace_id, [commitment_id]))[commitment_id]
    closings = await load_closings(session, workspace_id, [history])
    owner = await people.load(session, workspace_id, commitment.person_id)
    return Opened(commitment, history, closings, owner.time_zone)


def _due(fields: Mapping[str, Any], time_zone: str) -> Due:
    named = [name for name in ("due_on", "due_meeting_id") if fields.get(name) is not None]
    if len(named) != 1:
        raise Invalid(
            "Say when it is due: send either due_on or due_meeting_id.",
            code="due_required",
            pointer="/due_on",
        )
    if named == ["due_on"]:
        return DueOn(fields["due_on"], time_zone)
    return DueAtMeeting(fields["due_meeting_id"], time_zone)


async def _record(
    session: AsyncSession, opened: Opened, event: CommitmentEvent, event_type: str, now: datetime
) -> Commitment:
    """Append the event, bring the row to what the history now amounts to, and tell of it."""
    commitment, history = opened.commitment, [*opened.history, event]
    workspace_id = commitment.workspace_id
    session.add(event_row(workspace_id, commitment.id, len(history), event))
    now_is = fold(history)
    ending = now_is.ending
    commitment.state = now_is.state.value
    commitment.kept_on = ending.kept_on if ending is not None else None
    commitment.resolved_at = ending.at if ending is not None else None
    columns = columns_of_due(now_is.due) | await columns_of_next(
        session, commitment, now_is, opened.closings, opened.time_zone, now
    )
    for name, value in columns.items():
        setattr(commitment, name, value)
    commitment.touch(now)
    await session.flush()
    await tell(session, workspace_id, [(event_type, commitment.id)], now)
    return commitment
