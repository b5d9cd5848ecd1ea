"""Whether words were kept: the figures of a window, for one member or summed over a group.

They are recomputed from history each time and stored nowhere. A group's are sums of its members'
numerators and denominators, never averages of rates.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from app.domain.commitment_history import History, fold
from app.domain.dues import Closings
from app.domain.figures import (
    THERE,
    AttendanceFact,
    AttendanceMark,
    Figures,
    HotSeatFact,
    Window,
)
from app.domain.outcomes import DueOutcome, DueResult, outcomes


def member_figures(
    histories: Iterable[History],
    attendance: Iterable[AttendanceFact],
    hot_seats: Iterable[HotSeatFact],
    *,
    closings: Closings,
    window: Window,
    now: dt.datetime,
) -> Figures:
    """The figures of one member, from the histories of their promises and the held meetings.

    `closings` holds every held and closed meeting that the histories name. Everything known counts,
    however late it was recorded; `now` only decides which due dates have arrived.
    """
    histories = list(histories)
    dues = _dues(histories, closings, window, now)
    facts = [fact for fact in attendance if fact.day in window]
    marks = Counter(fact.mark for fact in facts if fact.expected)
    there = [fact for fact in facts if fact.mark in THERE]
    seats = [seat for seat in hot_seats if seat.day in window]
    taken, share = sum(seat.taken for seat in seats), sum(seat.share for seat in seats)
    return Figures(
        dues={each: sum(due.result is each for due in dues) for each in DueResult},
        days_late=tuple(sorted(due.days_late for due in dues if due.days_late is not None)),
        carries=sum(_carries(history, closings, window) for history in histories),
        attendance={mark: marks[mark] for mark in AttendanceMark},
        presumed=sum(fact.expected and fact.presumed for fact in there),
        came_on_leave=sum(not fact.expected for fact in there),
        hot_seats=taken,
        fair_share=share,
        largest_gap=abs(taken - share),
    )


def group_figures(members: Iterable[Figures]) -> Figures:
    """The figures of a group: the sums of its members' counts, which name nobody."""
    members = list(members)
    return Figures(
        dues={each: sum(member.dues[each] for member in members) for each in DueResult},
        days_late=tuple(sorted(days for member in members for days in member.days_late)),
        carries=sum(member.carries for member in members),
        attendance={
            mark: sum(member.attendance[mark] for member in members) for mark in AttendanceMark
        },
        presumed=sum(member.presumed for member in members),
        came_on_leave=sum(member.came_on_leave for member in members),
        hot_seats=sum(member.hot_seats for member in members),
        fair_share=sum(member.fair_share for member in members),
        largest_gap=max((member.largest_gap for member in members), default=0.0),
    )


def _dues(
    histories: Iterable[History], closings: Closings, window: Window, now: dt.datetime
) -> list[DueOutcome]:
    return [
        outcome
        for history in histories
        for outcome in outcomes(history, closings=closings, now=now, time_zone=window.time_zone)
        if outcome.day in window
    ]


def _carries(history: History, closings: Closings, window: Window) -> int:
    """Carries from meetings in the window; one that was reopened has left nothing overdue yet."""
    closed = (closings.get(meeting_id) for meeting_id in fold(history).carried_from)
    return sum(closing is not None and closing.day in window for closing in closed)
