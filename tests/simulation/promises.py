"""What must become of promises, by the rules of DESIGN section 8 and by what the diary knows."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from tests.simulation.acts import Act, Promise
from tests.simulation.diary import Diary
from tests.simulation.seen import Json, Seen, end_of, start_of

Held = Mapping[str, dt.datetime]
"""When each held meeting counted as over."""
A_DAY = dt.timedelta(days=1)


def held_of(diary: Diary, seen: Seen) -> dict[str, dt.datetime]:
    """The held meetings, each with its end by the diary."""
    found = {m["id"]: diary.meeting(m["id"]).closed_at for m in seen.held()}
    return {meeting_id: over for meeting_id, over in found.items() if over is not None}


def arrives(due: dt.date | str, time_zone: str, held: Held) -> dt.datetime | None:
    """When a due has gone by: the midnight after the date, or the end of the meeting."""
    if isinstance(due, str):
        return held.get(due)
    midnight = dt.datetime.combine(due + A_DAY, dt.time(), ZoneInfo(time_zone))
    return midnight.astimezone(dt.UTC)


def has_arrived(due: dt.date | str, time_zone: str, held: Held, at: dt.datetime) -> bool:
    arrival = arrives(due, time_zone, held)
    return arrival is not None and arrival <= at


def last_day(due: dt.date | str, time_zone: str, held: Held) -> dt.date:
    """The last date, by the owner's clocks, that is in time."""
    if isinstance(due, str):
        return held[due].astimezone(ZoneInfo(time_zone)).date()
    return due


def follow(diary: Diary, seen: Seen, before: Seen | None) -> None:
    """Write into the diary what the schedule did in this step: closes, moved dues, carry-over."""
    was_held = {m["id"] for m in before.held()} if before else set()
    closed = [meeting for meeting in seen.held() if meeting["id"] not in was_held]
    for meeting in closed:
        diary.close(meeting["id"], diary.day_of(start_of(meeting)), end_of(meeting))
    for promise in diary.promises.values():
        _follow_moves(promise, seen)
    for meeting in closed:
        _carry(diary, seen, before, meeting["id"])


def _follow_moves(promise: Promise, seen: Seen) -> None:
    """Take over where the schedule has put the due; it may do so for a reason only."""
    told = [event for event in seen.details[promise.id]["history"] if event["kind"] == "moved"]
    known = sum(act.kind == "moved" for act in promise.acts)
    for event in told[known:]:
        due = due_of(event)
        assert due != promise.due, (promise, event)
        promise.acts.append(Act("moved", dt.datetime.fromisoformat(event["at"]), due))


def _carry(diary: Diary, seen: Seen, before: Seen | None, meeting_id: str) -> None:
    """A closed meeting puts every open promise of a member that it leaves overdue before the next
    one, once.
    """
    held = held_of(diary, seen)
    today = diary.day_of(seen.now)
    for promise in diary.promises.values():
        member = diary.members[promise.member_id]
        was_there = before is not None and promise.id in before.promises
        has_left = member.ends_on is not None and member.ends_on < today
        if promise.state != "open" or has_left or not was_there:
            continue
        due_gone = has_arrived(promise.due, promise.time_zone, held, held[meeting_id])
        if due_gone and meeting_id not in promise.carried:
            promise.carried.append(meeting_id)


def due_of(event: Json) -> dt.date | str:
    """The due that a promise, or an event of its history, names."""
    if event["due_on"] is not None:
        return dt.date.fromisoformat(event["due_on"])
    meeting_id: str = event["due_meeting_id"]
    return meeting_id
