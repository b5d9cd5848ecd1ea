"""Every accountability figure, counted again from a group's permanent rows by brute force.

The rows are plain values, however they were come by. Nothing here uses the product's counting:
dues are lived through tick by tick (`promise_worlds.recount`), fair shares are found by bisection,
and a window is a comparison of dates.
"""

import datetime as dt
import math
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.figures import Figures
from tests.support.promise_worlds import World, recount

THERE = ("present", "late", "left_early")
MARKS = (*THERE, "absent", "no_show")
RESULTS = (
    "kept",
    "kept_late",
    "overdue",
    "missed",
    "renegotiated_after",
    "withdrawn_after",
    "renegotiated_before",
    "withdrawn_before",
)


@dataclass(frozen=True)
class MarkRow:
    meeting: uuid.UUID
    member: uuid.UUID
    status: str
    presumed: bool = False
    weight: float = 1.0


@dataclass
class Rows:
    """What stands in the tables of one group. `seats` are (meeting, member, state), `stays`
    (member, first day, last day or None), `leaves` (member, first day, last day); `promisers` owns
    each history of the world.
    """

    zone: str
    world: World
    promisers: list[uuid.UUID]
    held: dict[uuid.UUID, dt.date]
    marks: list[MarkRow] = field(default_factory=list)
    seats: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)
    stays: list[tuple[uuid.UUID, dt.date, dt.date | None]] = field(default_factory=list)
    leaves: list[tuple[uuid.UUID, dt.date, dt.date]] = field(default_factory=list)


class Recount:
    """The figures of any of a group's members over any window, as the API words them."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.dues = [
            (who, result, day, late)
            for who, history in zip(rows.promisers, rows.world.histories, strict=True)
            for result, day, late in recount(history, rows.world, rows.zone)
        ]
        self.shares = {
            (meeting, who): share for meeting in rows.held for who, share in self._shares(meeting)
        }

    def of(
        self, members: Collection[uuid.UUID], since: dt.date | None, until: dt.date | None
    ) -> dict[str, Any]:
        """Their counts together, from `since` to `until`."""

        def inside(day: dt.date) -> bool:
            return (since is None or day >= since) and (until is None or day <= until)

        dues = [each[1:] for each in self.dues if each[0] in members and inside(each[2])]
        results = [result for result, _, _ in dues]
        arrived = [each for each in results if not each.endswith("_before")]
        notices = results.count("renegotiated_before")
        late = sorted(days for _, _, days in dues if days > 0)
        held = {meeting for meeting, day in self.rows.held.items() if inside(day)}
        marks = [m for m in self.rows.marks if m.member in members and m.meeting in held]
        expected = [m for m in marks if self._expected(m)]
        came = [m for m in expected if m.status in THERE]
        return {
            "kept_rate": rate(results.count("kept"), len(arrived)),
            "on_time_notice": rate(notices, notices + len(arrived) - results.count("kept")),
            "median_days_late": {"n": len(late), "value": median(late)},
            "attendance_rate": rate(len(came), len(expected)),
            "dues": {each: results.count(each) for each in RESULTS},
            "carries": sum(1 for _ in self._carries(members, held)),
            "attendance": {
                **{each: sum(m.status == each for m in expected) for each in MARKS},
                "presumed": sum(m.presumed for m in came),
                "came_on_leave": sum(m.status in THERE for m in marks) - len(came),
            },
            "hot_seats": self._hot_seats(members, held),
        }

    def _carries(
        self, members: Collection[uuid.UUID], held: Collection[uuid.UUID]
    ) -> Iterator[uuid.UUID]:
        for who, history in zip(self.rows.promisers, self.rows.world.histories, strict=True):
            for event in history:
                if who in members and event.kind == "carried" and event.meeting_id in held:
                    yield event.meeting_id

    def _expected(self, mark: MarkRow) -> bool:
        day = self.rows.held[mark.meeting]
        belongs = any(
            who == mark.member and first <= day and (last is None or day <= last)
            for who, first, last in self.rows.stays
        )
        away = any(
            who == mark.member and first <= day <= last for who, first, last in self.rows.leaves
        )
        return belongs and not away

    def _shares(self, meeting: uuid.UUID) -> Iterator[tuple[uuid.UUID, float]]:
        """Water-filling by bisection: the level at which the shares use up the hot seats."""
        passed = [who for at, who, state in self.rows.seats if at == meeting and state == "passed"]
        weights = {
            m.member: m.weight
            for m in self.rows.marks
            if m.meeting == meeting and m.status in THERE and m.member not in passed
        }
        done = sum(at == meeting and state == "done" for at, _, state in self.rows.seats)
        seats = min(done, len(weights))
        low, high = 0.0, 1e9
        for _ in range(200):
            level = (low + high) / 2
            used = sum(min(1.0, level * weight) for weight in weights.values())
            low, high = (level, high) if used < seats else (low, level)
        for who, weight in weights.items():
            yield who, min(1.0, high * weight) if seats else 0.0

    def _hot_seats(
        self, members: Collection[uuid.UUID], held: Collection[uuid.UUID]
    ) -> dict[str, Any]:
        gaps, taken, due, meetings = [0.0], 0, 0.0, 0
        for who in members:
            own = sum(
                at in held and whose == who and state == "done" and (at, who) in self.shares
                for at, whose, state in self.rows.seats
            )
            shares = [self.shares.get((meeting, who), 0.0) for meeting in held]
            share = sum(shares)
            taken, due = taken + own, due + share
            meetings += sum(each > 0 for each in shares)
            gaps.append(abs(own - share))
        return {"taken": taken, "fair_share": due, "n": meetings, "largest_gap": max(gaps)}


def rate(numerator: int, denominator: int) -> dict[str, Any]:
    value = numerator / denominator if denominator else None
    return {"numerator": numerator, "denominator": denominator, "value": value}


def median(ordered: list[int]) -> float | None:
    if not ordered:
        return None
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def check_told(told: dict[str, Any], counted: dict[str, Any]) -> None:
    """An answer tells what was counted, and each figure is one that was."""
    for name, value in counted.items():
        if name != "hot_seats":
            assert told[name] == value, name
            continue
        for each, number in value.items():
            assert math.isclose(told[name][each], number, abs_tol=1e-6), (name, each)


def as_told(figures: Figures) -> dict[str, Any]:
    """Figures of the domain as the API words them."""
    rates = ("kept_rate", "on_time_notice", "attendance_rate")
    found = {name: getattr(figures, name) for name in rates}
    return {
        **{
            name: {**rate(r.numerator, r.denominator), "value": r.value}
            for name, r in found.items()
        },
        "median_days_late": {"n": len(figures.days_late), "value": figures.median_days_late},
        "dues": {each.value: number for each, number in figures.dues.items()},
        "carries": figures.carries,
        "attendance": {
            **{each.value: number for each, number in figures.attendance.items()},
            "presumed": figures.presumed,
            "came_on_leave": figures.came_on_leave,
        },
        "hot_seats": {
            "taken": figures.hot_seats,
            "fair_share": figures.fair_share,
            "n": figures.shared_at,
            "largest_gap": figures.largest_gap,
        },
    }
