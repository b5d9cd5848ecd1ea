"""When the worker has to look at a promise again, once a verb has changed it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, Meeting
from app.db.queries import commitment_dues as queries
from app.domain.commitment_history import Commitment as CommitmentNow
from app.domain.commitment_history import CommitmentState
from app.domain.due_reminders import Told, alarms, day_due
from app.domain.dues import Closings, Due, DueAtMeeting
from app.domain.errors import Invalid
from app.services.commitment_records import columns_of_alarms, due_of


async def columns_of_next(
    session: AsyncSession,
    commitment: Commitment,
    now_is: CommitmentNow,
    closings: Closings,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a promise's alarms; its owner is told of the same due once.

    Whoever ended it by mistake, and so was not told that it is overdue, is told now.
    """
    if now_is.state is not CommitmentState.OPEN:
        return {"overdue": False, "overdue_due_at": None, "due_soon_due_at": None}
    starts_at = await _start(session, commitment, now_is.due)
    told = Told(commitment.reminded_at is not None, commitment.overdue_told_at is not None)
    return columns_of_alarms(alarms(now_is.due, closings, starts_at=starts_at, now=now, told=told))


async def forget_what_was_told(
    session: AsyncSession, commitment: Commitment, due: Due, time_zone: str
) -> None:
    """Of a new `due` the owner was told nothing, unless they were reminded of that day before."""
    days = [
        day_due(each, starts_at=await _start(session, commitment, each), time_zone=time_zone)
        for each in (due_of(commitment), due)
    ]
    commitment.overdue_told_at = None
    if days[0] != days[1]:
        commitment.reminded_at = None


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
