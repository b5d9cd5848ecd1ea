"""A pause ends early, or is called off: the dues that it has moved come back."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import commitment_dues as queries
from app.domain.dues import DueAtMeeting, DueOn, has_arrived
from app.domain.group_days import day_of
from app.domain.pause_dues import EndedPause, due_after_pause
from app.services.commitment_dues import Target, move_dues, next_due
from app.services.commitment_records import due_of, load_histories


async def dues_resumed(
    session: AsyncSession, group: Group, pause: EndedPause, now: datetime
) -> None:
    """Put the dues of a locked group back that a pause has moved: a date that lies ahead, or a
    meeting that takes place after all; what remains is due at the first meeting there is now.

    A due that has arrived meanwhile counts, and stays.
    """
    workspace_id = group.workspace_id
    rows = await queries.moved_ahead(session, workspace_id, group.id)
    histories = await load_histories(session, workspace_id, [row.id for row in rows])
    coming = await queries.coming(session, workspace_id, group.id, after=now, limit=MEETINGS_AHEAD)
    starts = {meeting.id: meeting.starts_at for meeting in coming}
    targets: dict[UUID, Target] = {}
    for row in rows:
        back = due_after_pause(histories[row.id], pause, now)
        if back is None or has_arrived(due_of(row), {}, now):
            continue
        target = _target(row, back.to, coming, starts, day_of(now, row.time_zone), now)
        if target[0] != due_of(row):
            targets[row.id] = target
    moved = [row for row in rows if row.id in targets]
    await move_dues(session, workspace_id, moved, targets, now)


MEETINGS_AHEAD = 100


def _target(
    row: Row[Any],
    due: DueOn | DueAtMeeting | None,
    coming: Any,
    starts: dict[UUID, datetime],
    today: date,
    now: datetime,
) -> Target:
    if isinstance(due, DueOn):
        return due, None
    if due is not None and due.meeting_id in starts:
        return due, starts[due.meeting_id]
    return next_due(row, coming[0] if coming else None, today, now)
