"""Meetings: their times on the group's wall clock, their calendar revisions, and their states."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from tests.simulation.diary import Diary
from tests.simulation.seen import Json, Seen, start_of

PLANNED_AHEAD = dt.timedelta(weeks=12)
"""The horizon is 13 weeks, and is moved on once a day."""


def a_start_is_wall_clock_time(diary: Diary, seen: Seen) -> None:
    """The instant is that of the local start in its zone, on both sides of a change of clocks."""
    zone = ZoneInfo(diary.time_zone)
    for meeting in seen.meetings.values():
        assert meeting["time_zone"] == diary.time_zone
        local = dt.datetime.fromisoformat(meeting["local_start"])
        assert local.replace(tzinfo=zone).astimezone(dt.UTC) == start_of(meeting), meeting


def untouched_meetings_follow_the_cadence(diary: Diary, seen: Seen) -> None:
    for meeting in seen.ahead():
        own = diary.meeting(meeting["id"])
        if own.local_start is not None:
            assert meeting["local_start"] == own.local_start
        elif meeting["origin"] == "cadence" and not own.touched:
            day, _, time = meeting["local_start"].partition("T")
            cadence = diary.meets_on(dt.date.fromisoformat(day))
            assert cadence is not None, (meeting, diary.cadences)
            assert (time, meeting["duration_minutes"]) == (f"{cadence.time}:00", cadence.minutes)


def every_date_of_the_cadence_has_its_meeting(diary: Diary, seen: Seen) -> None:
    """Unless people have put it elsewhere, called it off, or hold another one in that week."""
    if seen.group["state"] != "active":
        return
    made = Counter(m["local_start"][:10] for m in seen.meetings.values() if _stands(m))
    own = {
        dt.date.fromisoformat(m["local_start"][:10]).isocalendar()[:2]
        for m in seen.meetings.values()
        if diary.meeting(m["id"]).touched
    }
    day = diary.day_of(seen.now) + dt.timedelta(days=1)
    last = diary.day_of(seen.now + PLANNED_AHEAD)
    while day <= last:
        touched = day.isocalendar()[:2] in own or day.isoformat() in diary.moved_from
        if diary.meets_on(day) and not diary.rests_on(day) and not touched:
            assert made[day.isoformat()] == 1, (day, made[day.isoformat()])
        day += dt.timedelta(days=1)


def _stands(meeting: Json) -> bool:
    return meeting["state"] in {"scheduled", "live", "held"}


def nobody_meets_while_the_group_rests(diary: Diary, seen: Seen) -> None:
    for meeting in seen.ahead():
        assert not diary.rests_on(diary.day_of(start_of(meeting))), meeting


def what_was_called_off_stays_off(diary: Diary, seen: Seen) -> None:
    for meeting_id, own in diary.meetings.items():
        if own.off:
            assert seen.meetings[meeting_id]["state"] == "cancelled"


def calendar_identities_are_stable(diary: Diary, seen: Seen) -> None:
    """A UID is for ever and nobody else's; SEQUENCE never falls; no meeting vanishes."""
    uids = [meeting["uid"] for meeting in seen.meetings.values()]
    assert len(set(uids)) == len(uids)
    for meeting_id, (uid, sequence, version) in diary.calendar.items():
        meeting = seen.meetings[meeting_id]
        assert meeting["uid"] == uid
        assert meeting["sequence"] >= sequence, meeting
        assert meeting["version"] >= version, meeting
    for meeting in seen.meetings.values():
        now = (meeting["uid"], meeting["sequence"], meeting["version"])
        diary.calendar[meeting["id"]] = now


def closed_when_it_ended(diary: Diary, seen: Seen) -> None:
    for meeting in seen.held():
        closed_at = dt.datetime.fromisoformat(meeting["closed_at"])
        assert closed_at == diary.meeting(meeting["id"]).closed_at, meeting


CHECKS = (
    a_start_is_wall_clock_time,
    untouched_meetings_follow_the_cadence,
    every_date_of_the_cadence_has_its_meeting,
    nobody_meets_while_the_group_rests,
    what_was_called_off_stays_off,
    calendar_identities_are_stable,
    closed_when_it_ended,
)
