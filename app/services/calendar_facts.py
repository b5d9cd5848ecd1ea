"""What events of meetings carry for calendars: a complete iCalendar object."""

from typing import Any

from app.adapters.calendars.ical import render_calendar
from app.db.models import Group, Meeting
from app.services.calendar_entries import of_meeting


def with_calendar(
    facts: dict[str, Any], meeting: Meeting, group: Group, method: str
) -> dict[str, Any]:
    """The facts with `calendar`. `method` (REQUEST or CANCEL) is a hint; the object has none."""
    ical = render_calendar([of_meeting(meeting, group)]).decode()
    calendar = {"uid": meeting.uid, "sequence": meeting.sequence, "method": method, "ical": ical}
    return {**facts, "calendar": calendar}
