"""What events carry for calendars: complete, and small enough for every receiver."""

from datetime import UTC, datetime, timedelta

import icalendar

from app.adapters.webhooks.payload import body_of
from app.db.base import new_id
from app.db.models import Group, Meeting
from app.services.calendar_facts import with_calendar
from app.services.facts import meeting_facts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAX_BODY = 20_000  # bytes, Standard Webhooks 1.0.0, "Payload size"


def example(time_zone: str, filler: str, url_length: int) -> tuple[Meeting, Group]:
    group = Group(
        workspace_id=new_id(),
        name=filler * 200,
        time_zone=time_zone,
        external_id=filler * 200,
    )
    meeting = Meeting(
        workspace_id=group.workspace_id,
        group_id=group.id,
        title=filler * 200,
        location=filler * 200,
        url=f"https://meet.example.org/{'x' * url_length}"[:url_length],
        external_id=filler * 200,
        origin="cadence",
        state="cancelled",
        uid="mtg_01h455vb4pex5vsknk084sn02q@hotseat",
        sequence=3,
        local_start="2026-11-26T19:00",
        time_zone=time_zone,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        created_at=NOW,
        updated_at=NOW,
        calendar_changed_at=NOW,
        version=7,
    )
    return meeting, group


def test_an_event_carries_a_complete_object_without_a_method() -> None:
    meeting, group = example("Europe/London", "é", 200)
    facts = meeting_facts(meeting, group)
    told = with_calendar(facts, meeting, group, "CANCEL")
    assert {name: value for name, value in told.items() if name != "calendar"} == facts
    calendar = told["calendar"]
    assert set(calendar) == {"uid", "sequence", "method", "ical"}
    assert (calendar["uid"], calendar["sequence"], calendar["method"]) == (meeting.uid, 3, "CANCEL")
    parsed = icalendar.Calendar.from_ical(calendar["ical"])
    assert "METHOD" not in parsed
    (event,) = parsed.walk("VEVENT")
    assert event["UID"] == meeting.uid
    assert event["STATUS"] == "CANCELLED"
    assert [str(zone["TZID"]) for zone in parsed.walk("VTIMEZONE")] == ["Europe/London"]


def test_the_largest_event_stays_under_20_kilobytes() -> None:
    """Every text as long as it may be, of characters that need four bytes or an escape; zones of
    all three kinds (a regular pair, fixed, listed transitions).
    """
    for time_zone in ("Europe/London", "Asia/Kolkata", "Africa/Casablanca", "Africa/Cairo"):
        for filler in ("🪑", "\\", ";"):
            meeting, group = example(time_zone, filler, 2000)
            told = with_calendar(meeting_facts(meeting, group), meeting, group, "REQUEST")
            body = body_of(type="meeting.rescheduled", occurred_at=NOW, data=told)
            assert len(body) < MAX_BODY, (time_zone, filler, len(body))
