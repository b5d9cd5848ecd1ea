"""Writes of an evening's guests, and whether anything of an evening can still change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Guest, Meeting
from app.db.queries import evening as queries
from app.domain.errors import Conflict
from app.domain.versions import ANY, Expected
from app.services.meeting_rows import locked
from app.services.references import person_of

OPEN_MEETING = {"scheduled", "live"}


async def add_guest(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> Guest:
    """Invite somebody for one evening, without a hot seat. Conflict `meeting_over`."""
    _, meeting = await locked(session, workspace_id, meeting_id, ANY)
    check_evening_open(meeting)
    if fields.get("person_id") is not None:
        await person_of(session, workspace_id, fields["person_id"])
    guest = Guest(workspace_id=workspace_id, meeting_id=meeting.id, created_at=now, **fields)
    session.add(guest)
    meeting.touch(now)
    await session.flush()
    return guest


async def remove_guest(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    guest_id: UUID,
    expected: Expected,
    now: datetime,
) -> None:
    """Take an invitation back; NotFound, Conflict `meeting_over`."""
    _, meeting = await locked(session, workspace_id, meeting_id, expected)
    guest = await queries.load_guest(session, workspace_id, meeting_id, guest_id)
    check_evening_open(meeting)
    await session.delete(guest)
    meeting.touch(now)


def check_evening_open(meeting: Meeting) -> None:
    """Conflict `meeting_over` for one that is neither scheduled nor live."""
    if meeting.state not in OPEN_MEETING:
        raise Conflict(
            f"The meeting is {meeting.state}: nothing of its evening changes any more.",
            code="meeting_over",
            facts={"state": meeting.state},
        )
