"""What a calendar target is to hold under a UID: what the person's own feed shows there."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.calendars.ical import CalendarMeeting, render_calendar
from app.db.models import CalendarPush, CalendarTarget
from app.db.queries import calendar_feeds
from app.domain import ids
from app.domain.errors import Invalid
from app.services.calendar_entries import attended_by_place, of_due_row, of_person_row

INCLUDED: Final = ("meetings", "hot_seats")
"""What a target shows unless it says otherwise; there are `commitments` besides."""
AS_IT_IS: Final = b""
"""Nothing is to be changed about an object."""
_AFTER_UID = "@hotseat"


def commitment_uid(commitment_id: UUID) -> str:
    """The UID of a commitment's entry, as `of_due_row` names it."""
    return f"{ids.encode('commitment', commitment_id)}{_AFTER_UID}"


def includes(target: CalendarTarget | Row[Any]) -> Collection[str]:
    """What a target shows."""
    return target.settings.get("include", INCLUDED)


async def wanted_content(
    session: AsyncSession, target: CalendarTarget, row: CalendarPush, now: datetime
) -> bytes | None:
    """What the target is to hold under a UID; None for nothing, `AS_IT_IS` for what it has.

    A past meeting stays as it was written. One that was cancelled stays as cancelled where it had
    been written before. A promise stays while it is open.
    """
    if target.state == "removing":
        return None
    commitment_id = _commitment_of(row.uid)
    if commitment_id is not None:
        return await _commitment(session, target, commitment_id)
    where = (target.workspace_id, target.person_id, row.uid)
    rows = await calendar_feeds.person_meeting(session, *where)
    return _meeting(rows, row, includes(target), now)


def _commitment_of(uid: str) -> UUID | None:
    if not uid.endswith(_AFTER_UID):
        return None
    try:
        return ids.decode("commitment", uid.removesuffix(_AFTER_UID))
    except Invalid:
        return None


async def _commitment(
    session: AsyncSession, target: CalendarTarget, commitment_id: UUID
) -> bytes | None:
    if "commitments" not in includes(target):
        return None
    where = (target.workspace_id, target.person_id, commitment_id)
    due = await calendar_feeds.person_due(session, *where)
    return None if due is None else render_calendar([of_due_row(due)])


def _meeting(
    rows: Sequence[Row[Any]], row: CalendarPush, shown: Collection[str], now: datetime
) -> bytes | None:
    is_over = any(meeting.ends_at <= now for meeting in rows)
    attended = attended_by_place(rows)
    if not attended:
        return AS_IT_IS if is_over and row.attempted_at else None
    entry = _entry(attended[0], shown)
    if entry is None or (row.attempted_at is None and (is_over or entry.cancelled)):
        return None
    return render_calendar([entry])


def _entry(meeting: Row[Any], shown: Collection[str]) -> CalendarMeeting | None:
    marked = "hot_seats" in shown
    if "meetings" in shown or (marked and meeting.has_seat):
        return of_person_row(meeting, marked=marked)
    return None
