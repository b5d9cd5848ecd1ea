"""The accountability figures and their definitions, which are part of the product.

Each is a property of `Figures`, defined in its docstring with numerator, denominator and n. There
are no streaks, no ranks and no single score.
"""

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Invalid
from app.domain.outcomes import ARRIVED, DueResult


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` of `denominator`."""

    numerator: int
    denominator: int

    @property
    def n(self) -> int:
        """How many cases the rate rests on."""
        return self.denominator

    @property
    def value(self) -> float | None:
        """The quotient, from 0 to 1; None, not 0 or 1, where there was no case."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Window:
    """The dates that figures cover, from `since` to `until`, both included; None leaves it open.

    `time_zone` (the group's) turns the instants of renegotiations and withdrawals into dates. A
    due date is taken as it was promised, a meeting by its own date. Raises Invalid
    `window_reversed`.
    """

    since: dt.date | None
    until: dt.date | None
    time_zone: str

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise Invalid(
                "The window ends before it begins: choose an until on or after since.",
                code="window_reversed",
                pointer="/until",
            )

    def __contains__(self, day: dt.date) -> bool:
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)


class AttendanceMark(StrEnum):
    """How a member attended a meeting that was held; `absent` was announced, `no_show` was not."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    ABSENT = "absent"
    NO_SHOW = "no_show"


THERE = frozenset({AttendanceMark.PRESENT, AttendanceMark.LATE, AttendanceMark.LEFT_EARLY})


@dataclass(frozen=True, slots=True)
class AttendanceFact:
    """One member at one held meeting, on the meeting's date in the group's zone.

    `expected` is what `membership.expected_on` says of that date; `presumed` marks a presence that
    nobody recorded.
    """

    day: dt.date
    mark: AttendanceMark
    expected: bool
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class HotSeatFact:
    """One member at one held meeting: hot seats `taken`, and the fair `share` of that meeting."""

    day: dt.date
    taken: int
    share: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a window, with every count they are made of.

    `dues` counts due dates by what became of them, `days_late` has one entry for each that was
    kept too late, `carries` counts how often a meeting left a promise overdue. `attendance` counts
    expected members by mark, `presumed` how many of those there were marked by nobody, and
    `came_on_leave` who was there without being expected. `hot_seats` were taken where `fair_share`
    was due, at `shared_at` meetings (for a group: summed over its members) that had hot seats to
    share among those there; `largest_gap` is the largest distance of one member between the two.
    """

    dues: Mapping[DueResult, int]
    days_late: tuple[int, ...]
    carries: int
    attendance: Mapping[AttendanceMark, int]
    presumed: int
    came_on_leave: int
    hot_seats: int
    fair_share: float
    shared_at: int
    largest_gap: float

    @property
    def kept_rate(self) -> Rate:
        """The share of due dates that were kept in time.

        Numerator: due dates that arrived in the window and whose promise was kept on that day or
        before it, as its owner dates it. Denominator (n): all due dates that arrived in the
        window; each counts once. A due date arrives at the midnight after it in the owner's zone as
        recorded with the promise, or with the close of its meeting. Renegotiating before it
        replaces it; renegotiating after it leaves it unkept, and the new one counts too when it
        arrives. A promise withdrawn before its due date is out (and shown); withdrawn after it, it
        stays in.
        """
        return Rate(self.dues[DueResult.KEPT], sum(self.dues[each] for each in ARRIVED))

    @property
    def on_time_notice(self) -> Rate:
        """The share of slips that were announced in time.

        Numerator: renegotiations before the due date, made in the window. Denominator (n): all
        slips, which are those renegotiations and the due dates that arrived in the window and were
        not kept in time. A withdrawal before the due date is no slip.
        """
        notices = self.dues[DueResult.RENEGOTIATED_BEFORE]
        return Rate(notices, notices + self.kept_rate.denominator - self.kept_rate.numerator)

    @property
    def median_days_late(self) -> float | None:
        """How late a promise that was kept too late was kept: the median, in days.

        Over the due dates that arrived in the window and whose promise was kept after that day; n
        is their number. Days are counted from the due date to the date on which the promise was
        kept, as its owner states it. What has not been kept yet is not in it, but shown as
        `overdue`. For a group, the median over the due dates of all its members. Null where n is 0.
        """
        return float(statistics.median(self.days_late)) if self.days_late else None

    @property
    def attendance_rate(self) -> Rate:
        """The share of meetings attended.

        Numerator: held meetings in the window at which an expected member was present, late, or
        left early. Denominator (n): held meetings in the window at which the member was expected,
        as a current member who was not on leave. An announced absence counts as expected, and is
        shown. Somebody who comes while on leave is shown, and in neither number.
        """
        attended = sum(self.attendance[mark] for mark in THERE)
        return Rate(attended, sum(self.attendance.values()))
