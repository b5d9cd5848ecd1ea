"""What the close of a meeting does to a group's promises, and its reopening.

Whoever closes the meeting has locked its group before. The statements do not grow with the
promises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CommitmentEvent as EventRow
from app.db.models import Meeting
from app.db.queries import commitment_dues as queries
from app.db.queries import commitment_updates as updates
from app.db.queries import groups
from app.domain import commitments as rules
from app.domain.commitment_history import CommitmentEvent, fold, passed_over
from app.domain.dues import Closings, DueAtMeeting, has_arrived
from app.domain.group_days import day_of
from app.services.commitment_records import (
    closing_of,
    columns_of_due,
    event_row,
    load_closings,
    load_histories,
    tell,
)


@dataclass(slots=True)
class _Settled:
    """What a close does: new events of histories, the dues that come `back` to the meeting (id →
    columns), and the promises that are `carried` over.
    """

    events: list[EventRow] = field(default_factory=list)
    back: dict[UUID, Any] = field(default_factory=dict)
    carried: list[UUID] = field(default_factory=list)


async def settle_meeting(
    session: AsyncSession, workspace_id: UUID, meeting: Meeting, now: datetime
) -> None:
    """The meeting was held: the dues at it arrive, and what it leaves overdue is carried over.

    Dues that had moved on when it lapsed go back to it first. A meeting that is closed again after
    a correction changes only what is new. The worker tells of what is overdue (`mark_overdue`);
    nobody is told of history that is filled in afterwards.
    """
    told = meeting.origin != "backfill"
    group = await groups.load(session, workspace_id, meeting.group_id)
    rows = await queries.at_stake(session, workspace_id, group.id, meeting.id)
    histories = await load_histories(session, workspace_id, [row.id for row in rows])
    closing = closing_of(meeting, group.time_zone)
    known = await load_closings(session, workspace_id, histories.values())
    closings = {**known, meeting.id: closing}
    today = day_of(now, group.time_zone)
    settled = _settle(rows, histories, meeting, closings, today, now)
    session.add_all(settled.events)
    await updates.set_each(session, workspace_id, settled.back, now)
    await updates.arrive(
        session, workspace_id, meeting.id, closing.closed_at, now, tell_at=now if told else None
    )
    await updates.carry(session, workspace_id, settled.carried, now)
    happened = [("commitment.moved", each) for each in settled.back]
    happened += [("commitment.carried", each) for each in settled.carried]
    happened += [("commitment.updated", each) for each in _overdue_again(rows, meeting.id)]
    await tell(session, workspace_id, happened if told else (), now)


def _settle(
    rows: Sequence[Row[Any]],
    histories: Mapping[UUID, Sequence[CommitmentEvent]],
    meeting: Meeting,
    closings: Closings,
    today: date,
    now: datetime,
) -> _Settled:
    settled = _Settled()
    for row in rows:
        history = list(histories[row.id])
        if _comes_back(history, meeting.id, closings, now):
            due = DueAtMeeting(meeting.id, row.time_zone)
            history.append(rules.move(history, due=due, closings=closings, at=now))
            settled.back[row.id] = columns_of_due(due)
        if _is_left(row, history, meeting.id, closings, today):
            history.append(rules.carry(history, meeting_id=meeting.id, closings=closings, at=now))
            settled.carried.append(row.id)
        known = len(histories[row.id])
        settled.events += [
            event_row(meeting.workspace_id, row.id, number, event)
            for number, event in enumerate(history[known:], start=known + 1)
        ]
    return settled


def _overdue_again(rows: Sequence[Row[Any]], meeting_id: UUID) -> list[UUID]:
    """What the first close of a meeting that was reopened had left overdue, and told of."""
    return [
        row.id
        for row in rows
        if row.state == "open"
        and row.due_meeting_id == meeting_id
        and row.overdue_told_at is not None
    ]


async def unsettle_meeting(
    session: AsyncSession, workspace_id: UUID, meeting: Meeting, now: datetime
) -> None:
    """The meeting was reopened: what is due at it is not overdue until it is closed again.

    What it carried over stays in the histories; `settle_meeting` repeats none of it.
    """
    rows = await queries.due_at(session, workspace_id, [meeting.id])
    await updates.unsettle(session, workspace_id, meeting.id, now)
    told = meeting.origin != "backfill"
    happened = [("commitment.updated", row.id) for row in rows if row.state == "open"]
    await tell(session, workspace_id, happened if told else (), now)


def _comes_back(
    history: Sequence[CommitmentEvent], meeting_id: UUID, closings: Closings, now: datetime
) -> bool:
    return meeting_id in passed_over(history) and not has_arrived(fold(history).due, closings, now)


def _is_left(
    row: Row[Any],
    history: Sequence[CommitmentEvent],
    meeting_id: UUID,
    closings: Closings,
    today: date,
) -> bool:
    """Whether the meeting left a present member's promise overdue, and no one has noted it yet."""
    has_gone = row.member_until is not None and row.member_until < today
    if row.state != "open" or has_gone:
        return False
    commitment = fold(history)
    at_its_end = closings[meeting_id].closed_at
    return meeting_id not in commitment.carried_from and has_arrived(
        commitment.due, closings, at_its_end
    )
