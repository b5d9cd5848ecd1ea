"""The clock of an evening: its end, what is left to those who are still to come, and its record."""

import datetime as dt
from collections.abc import Iterator

from tests.simulation.diary import Diary, Meeting
from tests.simulation.seen import Json, Seen

GONE = {"skipped", "passed"}
ROUNDED = 1
"""A segment's seconds are divided among its slots as whole ones."""


def the_end_holds_or_is_said_to_be_in_danger(_own: Meeting, agenda: Json) -> None:
    if not _runs(agenda):
        return
    told = agenda["projection"]
    end = _instant(told["projected_end"])
    over = max(0.0, (end - _instant(agenda["ends_at"])).total_seconds())
    assert told["over_by_seconds"] == over, told
    assert told["fits"] == (over == 0), told
    assert told["outlook"]["code"] == ("end_in_danger" if over else "end_holds"), told
    slots = [slot for segment in agenda["segments"] for slot in segment["slots"]]
    assert all(_instant(s["projected_end"]) <= end for s in slots if s["projected_end"]), told


def what_is_to_come_keeps_its_minimum(_own: Meeting, agenda: Json) -> None:
    """And gives all that it can before the end is said to be in danger."""
    if not _runs(agenda):
        return
    for segment, slot in _to_come(agenda):
        least = _minimum(segment)
        if slot["actual_start"] is not None:
            least = max(least, slot["actual_seconds"]) + slot["paused_seconds"]
        left = (_instant(slot["projected_end"]) - _instant(slot["projected_start"])).total_seconds()
        assert left >= least - ROUNDED, (segment["id"], slot)
        if not agenda["projection"]["fits"]:
            assert left <= least + ROUNDED, (segment["id"], slot)


def _to_come(agenda: Json) -> Iterator[tuple[Json, Json]]:
    """What runs and what follows it, each with its segment."""
    every = [(segment, slot) for segment in agenda["segments"] for slot in segment["slots"]]
    begun = max((s["position"] for _, s in every if s["actual_start"] is not None), default=0)
    for segment, slot in every:
        later = slot["position"] > begun and slot["state"] not in GONE
        if later or (slot["actual_start"] is not None and slot["actual_end"] is None):
            yield segment, slot


def _minimum(segment: Json) -> float:
    """Seconds below which no overrun brings a slot of the segment."""
    each = segment["minutes_each"]
    least = segment["minimum_minutes"]
    if least is None:
        least = 0 if segment["kind"] == "break" else each or segment["minutes"]
    seconds: float = 60 * least
    return seconds if each is not None else seconds / len(segment["slots"])


def the_seconds_are_those_of_the_stopwatch(own: Meeting, agenda: Json) -> None:
    for segment in agenda["segments"]:
        for slot in segment["slots"]:
            timed = own.clock.get(slot["hot_seat_id"] or str(slot["position"]))
            if timed is not None and slot["state"] == "done":
                assert (slot["actual_seconds"], slot["paused_seconds"]) == timed, (slot, timed)


def every_second_of_a_move_has_its_reason(_own: Meeting, agenda: Json) -> None:
    for segment in agenda["segments"]:
        for slot in segment["slots"]:
            if slot["moved_by_seconds"] is not None:
                reasons = sum(reason["params"]["seconds"] for reason in slot["reasons"])
                assert reasons == slot["moved_by_seconds"], slot


def _runs(agenda: Json) -> bool:
    return agenda["state"] == "live" and agenda["closed_at"] is None


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


OF_AN_AGENDA = (
    the_end_holds_or_is_said_to_be_in_danger,
    what_is_to_come_keeps_its_minimum,
    the_seconds_are_those_of_the_stopwatch,
    every_second_of_a_move_has_its_reason,
)


def evenings_keep_their_clock(diary: Diary, seen: Seen) -> None:
    for agenda in seen.agendas:
        for check in OF_AN_AGENDA:
            check(diary.meeting(agenda["meeting_id"]), agenda)


CHECKS = (evenings_keep_their_clock,)
