"""What people are told of their promises: once, while they are awake, and not never."""

import datetime as dt
from zoneinfo import ZoneInfo

from tests.simulation.diary import Diary
from tests.simulation.seen import Json, Seen, start_of

REMINDERS = {"commitment.due_soon", "commitment.overdue"}
WAKES, RESTS = dt.time(9), dt.time(21)


def nobody_is_told_twice_of_one_due(diary: Diary, seen: Seen) -> None:
    for event in _reminders(seen):
        told = _key(diary, seen, event["type"], event["data"])
        assert told not in diary.log.once, event
        diary.log.once.add(told)


def nobody_is_told_at_night(diary: Diary, seen: Seen) -> None:
    for event in _reminders(seen):
        at = dt.datetime.fromisoformat(event["occurred_at"])
        assert _is_awake(diary, event["data"]["membership_id"], at), event


def whoever_is_overdue_knows(diary: Diary, seen: Seen) -> None:
    """As soon as they are awake, whatever was done to the promise before."""
    for promise in seen.promises.values():
        if promise["overdue"] and _is_awake(diary, promise["membership_id"], seen.now):
            told = _key(
                diary, seen, "commitment.overdue", promise | {"commitment_id": promise["id"]}
            )
            assert told in diary.log.once, promise


def _reminders(seen: Seen) -> list[Json]:
    return [event for event in seen.new_events if event["type"] in REMINDERS]


def _key(diary: Diary, seen: Seen, told: str, promise: Json) -> tuple[str, ...]:
    """A reminder is of a day, wherever in it the meeting lies; what is overdue is so for ever."""
    due = promise["due_on"] or promise["due_meeting_id"]
    if told == "commitment.due_soon" and promise["due_on"] is None:
        zone = diary.members[promise["membership_id"]].time_zone
        start = start_of(seen.meetings[promise["due_meeting_id"]])
        due = f"{due} on {start.astimezone(ZoneInfo(zone)).date()}"
    return told, promise["commitment_id"], due


def _is_awake(diary: Diary, member_id: str, at: dt.datetime) -> bool:
    local = at.astimezone(ZoneInfo(diary.members[member_id].time_zone))
    return WAKES <= local.time() < RESTS


CHECKS = (
    nobody_is_told_twice_of_one_due,
    nobody_is_told_at_night,
    whoever_is_overdue_knows,
)
