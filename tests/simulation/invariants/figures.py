"""The accountability figures, counted again from the diary by their published definitions."""

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.acts import Promise
from tests.simulation.diary import THERE, Diary
from tests.simulation.invariants.rotation import fair_shares
from tests.simulation.promises import Held, has_arrived, held_of, last_day
from tests.simulation.seen import Json, Seen, start_of

ARRIVED = ("kept", "kept_late", "overdue", "missed", "renegotiated_after", "withdrawn_after")
MARKS = ("present", "late", "left_early", "absent", "no_show")


@dataclass
class Counted:
    """All counts of one member, or of several together."""

    dues: Counter[str] = field(default_factory=Counter)
    days_late: list[int] = field(default_factory=list)
    carries: int = 0
    marks: Counter[str] = field(default_factory=Counter)
    presumed: int = 0
    came_on_leave: int = 0
    taken: int = 0
    share: float = 0.0

    def add(self, other: "Counted") -> None:
        self.dues += other.dues
        self.days_late += other.days_late
        self.carries += other.carries
        self.marks += other.marks
        self.presumed += other.presumed
        self.came_on_leave += other.came_on_leave
        self.taken += other.taken
        self.share += other.share


def count_all(diary: Diary, seen: Seen) -> dict[str, Counted]:
    """The counts of everybody who ever was a member, from the beginning on."""
    held = held_of(diary, seen)
    counted = {member_id: Counted() for member_id in diary.members}
    for promise in diary.promises.values():
        _count_promise(counted[promise.member_id], promise, held, seen.now)
    for meeting in seen.held():
        _count_meeting(counted, diary, meeting)
    return counted


def together(counted: Iterable[Counted]) -> Counted:
    """The counts of several, summed."""
    total = Counted()
    for each in counted:
        total.add(each)
    return total


def _count_promise(counted: Counted, promise: Promise, held: Held, now: dt.datetime) -> None:
    zone, ending = promise.time_zone, promise.ending
    due = promise.acts[0].due
    gone: list[dt.date | str] = []
    for act in promise.acts:
        if act.kind == "renegotiated" and due is not None:
            late = has_arrived(due, zone, held, act.at)
            counted.dues["renegotiated_after" if late else "renegotiated_before"] += 1
            gone += [due] if late else []
        due = act.due or due
    if ending is not None and ending.kind == "withdrawn":
        late = has_arrived(promise.due_when_ended, zone, held, ending.at)
        counted.dues["withdrawn_after" if late else "withdrawn_before"] += 1
    elif has_arrived(promise.due, zone, held, now):
        counted.dues[_result(promise, held)] += 1
        gone.append(promise.due)
    if ending is not None and ending.kept_on is not None:
        late_by = [(ending.kept_on - last_day(each, zone, held)).days for each in gone]
        counted.days_late += [days for days in late_by if days > 0]
    counted.carries += sum(meeting_id in held for meeting_id in promise.carried)


def _result(promise: Promise, held: Held) -> str:
    ending = promise.ending
    if ending is None:
        return "overdue"
    if ending.kept_on is None:
        return "missed"
    in_time = ending.kept_on <= last_day(promise.due, promise.time_zone, held)
    return "kept" if in_time else "kept_late"


def _count_meeting(counted: dict[str, Counted], diary: Diary, meeting: Json) -> None:
    own, day = diary.meeting(meeting["id"]), diary.day_of(start_of(meeting))
    for who, mark in own.marks.items():
        if diary.members[who].expected_on(day) and mark in MARKS:
            counted[who].marks[mark] += 1
            counted[who].presumed += who in own.presumed
        elif mark in THERE:
            counted[who].came_on_leave += 1
    earning = {
        who: own.weights[who]
        for who, mark in own.marks.items()
        if mark in THERE and who not in own.passed
    }
    for who, share in fair_shares(earning, len(own.done)).items():
        counted[who].share += share
        counted[who].taken += who in own.done


def check_figures(counted: Counted, told: Json) -> None:
    """Whether the service's figures, without a window, are those of the diary."""
    dues = {name: count for name, count in told["dues"].items() if count}
    assert dues == +counted.dues, (told["dues"], counted)
    arrived = sum(counted.dues[each] for each in ARRIVED)
    kept, notices = counted.dues["kept"], counted.dues["renegotiated_before"]
    _check_rate(told["kept_rate"], kept, arrived)
    _check_rate(told["on_time_notice"], notices, notices + arrived - kept)
    median = statistics.median(counted.days_late) if counted.days_late else None
    assert told["median_days_late"] == {"n": len(counted.days_late), "value": median}
    assert told["carries"] == counted.carries
    came = sum(counted.marks[each] for each in THERE)
    _check_rate(told["attendance_rate"], came, counted.marks.total())
    marks = {name: counted.marks[name] for name in MARKS}
    more = {"presumed": counted.presumed, "came_on_leave": counted.came_on_leave}
    assert told["attendance"] == {**marks, **more}, (told["attendance"], counted)
    assert told["hot_seats"]["taken"] == counted.taken
    assert math.isclose(told["hot_seats"]["fair_share"], counted.share, abs_tol=1e-6)


def _check_rate(told: Json, numerator: int, denominator: int) -> None:
    value = numerator / denominator if denominator else None
    expected = {"numerator": numerator, "denominator": denominator, "value": value}
    assert {name: told[name] for name in expected} == expected, (told, expected)
