"""How the schedule passes on the dues of a group's promises.

Whoever changes the meetings has locked their group before. Each function costs a fixed number of
statements, however many promises it concerns.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Meeting
from app.db.queries import commitment_dues as queries
from app.db.queries import commitment_updates as updates
from app.db.queries import groups
from app.domain import commitments as rules
from app.domain.due_reminders import Told, alarms, day_due, due_soon_at, is_told
from app.domain.dues import Due, DueAtMeeting, DueOn, has_arrived
from app.domain.group_days import A_DAY, day_of, end_of
from app.services.commitment_making import DEFAULT_DAYS
from app.services.commitment_records import (
    columns_of_due,
    event_row,
    load_histories,
    tell,
)

MEETINGS_AHEAD = 100
"""How many coming meetings are looked at to find the next one of each that is gone."""


async def meeting_gone(
    session: AsyncSession, workspace_id: UUID, meeting: Meeting, now: datetime
) -> None:
    """The meeting was cancelled or has lapsed: what was due there is due at the next one."""
    await meetings_gone(session, workspace_id, [meeting], now)


async def meetings_gone(
    session: AsyncSession, workspace_id: UUID, gone: Sequence[Meeting], now: datetime
) -> None:
    """Meetings of one group will not be held: their dues pass to the next one after each.

    Without a next one they are due on the day of the meeting, in two weeks at the earliest.
    """
    starts = {meeting.id: meeting.starts_at for meeting in gone}
    rows = await queries.due_at(session, workspace_id, starts)
    if not rows:
        return
    coming = await queries.coming(
        session,
        workspace_id,
        gone[0].group_id,
        after=min(starts.values()),
        besides=starts,
        limit=MEETINGS_AHEAD,
    )
    targets = {}
    for row in rows:
        starts_at = starts[row.due_meeting_id]
        following = next((each for each in coming if each.starts_at > starts_at), None)
        targets[row.id] = next_due(row, following, day_of(starts_at, row.time_zone), now)
    await move_dues(session, workspace_id, rows, targets, now)


async def dues_paused(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    first_on: date,
    last_on: date,
    now: datetime,
) -> None:
    """The group rests on these days: what is due on one of them is due at the first meeting after.

    What is due at a meeting inside follows that meeting (`meetings_gone`).
    """
    group = await groups.load(session, workspace_id, group_id)
    found = await queries.due_between(session, workspace_id, group_id, first_on, last_on)
    rows = [row for row in found if not has_arrived(DueOn(row.due_on, row.time_zone), {}, now)]
    if not rows:
        return
    coming = await queries.coming(
        session, workspace_id, group_id, after=end_of(last_on, group.time_zone)
    )
    following = coming[0] if coming else None
    targets = {row.id: next_due(row, following, last_on + A_DAY, now) for row in rows}
    await move_dues(session, workspace_id, rows, targets, now)


Target = tuple[Due, datetime | None]
"""A due, and the start of its meeting if it is one."""


def next_due(row: Row[Any], following: Row[Any] | None, day: date, now: datetime) -> Target:
    """The meeting that follows; without one the `day`, in two weeks at the earliest."""
    if following is not None:
        return DueAtMeeting(following.id, row.time_zone), following.starts_at
    in_two_weeks = day_of(now, row.time_zone) + DEFAULT_DAYS
    return DueOn(max(day, in_two_weeks), row.time_zone), None


async def move_dues(
    session: AsyncSession,
    workspace_id: UUID,
    rows: Sequence[Row[Any]],
    targets: Mapping[UUID, Target],
    now: datetime,
) -> None:
    """Let the schedule pass the dues of these promises on, each to its target."""
    histories = await load_histories(session, workspace_id, targets.keys())
    columns = {}
    for row in rows:
        due, starts_at = targets[row.id]
        history = histories[row.id]
        event = rules.move(history, due=due, closings={}, at=now)
        session.add(event_row(workspace_id, row.id, len(history) + 1, event))
        day = day_due(due, starts_at=starts_at, time_zone=row.owner_zone)
        told = Told(due_soon=is_told(row.reminded_for, day))
        alarm = alarms(due, {}, starts_at=starts_at, now=now, told=told)
        is_open = row.state == "open"
        columns[row.id] = columns_of_due(due) | {
            "due_at": alarm.due_at,
            "overdue_due_at": alarm.overdue_at if is_open else None,
            "due_soon_due_at": alarm.due_soon_at if is_open else None,
            "overdue_told_at": None,
        }
    await updates.set_each(session, workspace_id, columns, now)
    events = [("commitment.moved", row.id) for row in rows if row.state == "open"]
    await tell(session, workspace_id, events, now)


async def meetings_moved(
    session: AsyncSession,
    workspace_id: UUID,
    moved: Sequence[Meeting],
    now: datetime,
) -> None:
    """Meetings have another start than before: who owes something there is reminded ahead of it.

    Whoever was reminded already is not told again for the sake of an hour of the same day.
    """
    starts = {meeting.id: meeting.starts_at for meeting in moved}
    rows = await queries.due_at(session, workspace_id, starts)
    columns = {
        row.id: {"due_soon_due_at": _due_soon_at(row, starts[row.due_meeting_id], now)}
        for row in rows
        if row.state == "open"
    }
    await updates.set_each(session, workspace_id, columns, now)


def _due_soon_at(row: Row[Any], starts_at: datetime, now: datetime) -> datetime | None:
    due = DueAtMeeting(row.due_meeting_id, row.time_zone)
    day = day_due(due, starts_at=starts_at, time_zone=row.owner_zone)
    if is_told(row.reminded_for, day):
        return None
    return due_soon_at(due, starts_at=starts_at, now=now)
