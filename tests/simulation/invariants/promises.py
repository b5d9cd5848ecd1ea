"""Promises never vanish, and everything that happened to them stays on record."""

import datetime as dt

from tests.simulation.diary import Diary
from tests.simulation.promises import due_of, has_arrived, held_of
from tests.simulation.seen import Seen

OFF = {"cancelled", "lapsed"}


def every_promise_is_there(diary: Diary, seen: Seen) -> None:
    assert seen.promises.keys() == diary.promises.keys()
    for promise in diary.promises.values():
        told = seen.promises[promise.id]
        assert told["state"] == promise.state, (told, promise)
        assert due_of(told) == promise.due, (told, promise)
        assert told["membership_id"] == promise.member_id


def nothing_of_a_history_is_lost(diary: Diary, seen: Seen) -> None:
    for promise in diary.promises.values():
        history = seen.details[promise.id]["history"]
        assert [event["number"] for event in history] == list(range(1, len(history) + 1))
        kinds = [event["kind"] for event in history if event["kind"] != "carried"]
        assert kinds == [act.kind for act in promise.acts], (kinds, promise)


def what_is_overdue_is_carried(diary: Diary, seen: Seen) -> None:
    over = held_of(diary, seen)
    for promise in diary.promises.values():
        told = seen.details[promise.id]
        carried = [e["meeting_id"] for e in told["history"] if e["kind"] == "carried"]
        assert carried == promise.carried, (told, promise)
        assert told["carry_count"] == len(carried)
        is_late = has_arrived(promise.due, promise.time_zone, over, seen.now)
        assert told["overdue"] == (is_late and promise.state == "open"), (told, promise)


def nothing_is_due_where_nobody_meets(diary: Diary, seen: Seen) -> None:
    """What was due at a meeting that is off, or in a pause, has passed to a later one."""
    for promise in diary.promises.values():
        if isinstance(promise.due, str):
            assert seen.meetings[promise.due]["state"] in {"scheduled", "live", "held"}, promise


def the_schedule_moves_dues_for_a_reason(diary: Diary, seen: Seen) -> None:
    """Away from a meeting that is off or was once, or from a date in a pause, or back again."""
    diary.once_off |= {m["id"] for m in seen.meetings.values() if m["state"] in OFF}
    for promise in diary.promises.values():
        dues: list[dt.date | str] = []
        for act in promise.acts:
            if act.kind == "moved":
                gone = dues[-1] in diary.once_off or diary.has_rested_on(dues[-1])
                assert gone or act.due in dues, (promise, act)
            if act.due is not None:
                dues.append(act.due)


CHECKS = (
    every_promise_is_there,
    nothing_of_a_history_is_lost,
    what_is_overdue_is_carried,
    nothing_is_due_where_nobody_meets,
    the_schedule_moves_dues_for_a_reason,
)
