"""When the worker has to look at a promise again, once a verb has changed it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, Meeting
from app.db.queries import commitment_dues as queries
from app.domain.commitment_history import Commitment as CommitmentNow
from app.domain.commitment_history import CommitmentState
from app.domain.due_reminders import Told, alarms, day_due, is_told
from app.domain.dues import Closings, Due, DueAtMeeting
from app.domain.errors import Invalid
from app.services.commitment_records import columns_of_alarms


async def columns_of_next(
    session: AsyncSession,
    commitment: Commitment,
    now_is: CommitmentNow,
    closings: Closings,
    time_zone: str,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a promise's alarms; its owner, who lives in `time_zone`, is told of the same
    due once.

    Whoever ended it by mistake, and so was not told that it is overdue, is told now.
    """
    if now_is.state is not CommitmentState.OPEN:
        return {"overdue": False, "overdue_due_at": None, "due_soon_due_at": None}
    starts_at = await _start(session, commitment, now_is.due)
    day = day_due(now_is.due, starts_at=starts_at, time_zone=time_zone)
    told = Told(is_told(commitment.reminded_for, day), commitment.overdue_told_at is not None)
    return columns_of_alarms(alarms(now_is.due, closings, starts_at=starts_at, now=now, told=told))


async def meeting_of(session: AsyncSession, commitment: Commitment, meeting_id: UUID) -> Meeting:
    """A meeting of the promise's group. Invalid `unknown_meeting`."""
    found = await queries.meetings(
        session, commitment.workspace_id, [commitment.group_id], [meeting_id]
    )
    if not found:
        raise Invalid(
            "There is no such meeting in this group.",
            code="unknown_meeting",
            pointer="/due_meeting_id",
        )
    return found[0]


async def _start(session: AsyncSession, commitment: Commitment, due: Due) -> datetime | None:
    if not isinstance(due, DueAtMeeting):
        return None
    return (await meeting_of(session, commitment, due.meeting_id)).starts_at
