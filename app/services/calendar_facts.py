"""What events of meetings carry for calendars: a complete iCalendar object."""

from typing import Any, Literal

from app.adapters.calendars.ical import render_calendar
from app.db.models import Group, Meeting
from app.services.calendar_entries import of_meeting

Method = Literal["REQUEST", "CANCEL"]


def with_calendar(
    facts: dict[str, Any], meeting: Meeting, group: Group, method: Method
) -> dict[str, Any]:
    """The facts with `calendar`. `method` is a hint beside the object, which has none inside."""
    ical = render_calendar([of_meeting(meeting, group)]).decode()
    calendar = {"uid": meeting.uid, "sequence": meeting.sequence, "method": method, "ical": ical}
    return {**facts, "calendar": calendar}
