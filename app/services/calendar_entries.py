"""Meetings and commitments as calendar entries: titles only, never a topic."""

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


def of_row(row: Row[Any]) -> CalendarMeeting:
    """A meeting in a group's feed."""
    return _meeting(row, row.title or row.group_name, row.calendar_changed_at)


def of_person_row(row: Row[Any]) -> CalendarMeeting:
    """A meeting in a person's own calendar, which says where the hot seat is theirs."""
    title = row.title or row.group_name
    return _meeting(row, f"{title} (your hot seat)" if row.has_seat else title, row.updated_at)


def attended_by_place(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of a person's meetings that lie within the dates of their place in the group."""
    return [
        row
        for row in rows
        if row.starts_on <= (day := local_time(row.starts_at, row.group_time_zone).date())
        and (row.ends_on is None or day <= row.ends_on)
    ]


def of_due_row(row: Row[Any]) -> CalendarDue:
    """An own commitment, on the day when it is due."""
    return CalendarDue(
        uid=f"{ids.encode('commitment', row.id)}@hotseat",
        sequence=row.version - 1,
        created_at=row.created_at,
        changed_at=row.updated_at,
        due_on=row.due_on,
        summary=f"Due: {row.title}",
        description=None,
        url=None,
    )


def _meeting(row: Row[Any], summary: str, changed_at: datetime) -> CalendarMeeting:
    return CalendarMeeting(
        uid=row.uid,
        sequence=row.sequence,
        created_at=row.created_at,
        changed_at=changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        summary=summary,
        description=None,
        location=row.location,
        url=row.url,
        cancelled=row.state == "cancelled",
    )
