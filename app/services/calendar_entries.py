"""Meetings and commitments as calendar entries: titles only, unless a person asks for more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.adapters.calendars.ical import CalendarDue, CalendarMeeting
from app.db.models import Group, Meeting
from app.domain import ids
from app.domain.wall_clock import local_time


def of_meeting(meeting: Meeting, group: Group) -> CalendarMeeting:
    """A meeting as the event that tells of it carries it."""
    return CalendarMeeting(
        uid=meeting.uid,
        sequence=meeting.sequence,
        created_at=meeting.created_at,
        changed_at=meeting.calendar_changed_at,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        time_zone=meeting.time_zone,
        summary=meeting.title or group.name,
        description=None,
        location=meeting.location,
        url=meeting.url,
        cancelled=meeting.state == "cancelled",
    )


def of_row(row: Row[Any], *, alarms: Sequence[int] = ()) -> CalendarMeeting:
    """A meeting in a group's feed."""
    return _meeting(row, row.title or row.group_name, row.calendar_changed_at, alarms=alarms)


def of_person_row(
    row: Row[Any], *, marked: bool = True, topics: bool = False, alarms: Sequence[int] = ()
) -> CalendarMeeting:
    """A meeting in a person's own calendar, which says where the hot seat is theirs.

    With `topics` the seat's topic is the description.
    """
    is_mine = marked and row.has_seat
    title = row.title or row.group_name
    return _meeting(
        row,
        f"{title} (your hot seat)" if is_mine else title,
        max(row.calendar_changed_at, row.updated_at, row.seat_updated_at or row.updated_at),
        description=row.topic if is_mine and topics else None,
        alarms=alarms,
    )


def attended_by_place(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of a person's meetings that lie within the dates of their place in the group."""
    return [
        row
        for row in rows
        if row.starts_on <= (day := local_time(row.starts_at, row.group_time_zone).date())
        and (row.ends_on is None or day <= row.ends_on)
    ]


def of_due_row(row: Row[Any], *, as_todo: bool = False) -> CalendarDue:
    """An own commitment, on the day when it is due, which may be that of a meeting."""
    return CalendarDue(
        uid=f"{ids.encode('commitment', row.id)}@hotseat",
        sequence=row.version - 1,
        created_at=row.created_at,
        changed_at=row.updated_at,
        due_on=row.due_on or local_time(row.meeting_starts_at, row.time_zone).date(),
        summary=f"Due: {row.title}",
        description=None,
        url=None,
        as_todo=as_todo,
    )


def _meeting(
    row: Row[Any],
    summary: str,
    changed_at: datetime,
    *,
    description: str | None = None,
    alarms: Sequence[int] = (),
) -> CalendarMeeting:
    return CalendarMeeting(
        uid=row.uid,
        sequence=row.sequence,
        created_at=row.created_at,
        changed_at=changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        summary=summary,
        description=description,
        location=row.location,
        url=row.url,
        cancelled=row.state == "cancelled",
        alarms=tuple(alarms),
    )
