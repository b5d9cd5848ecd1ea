"""Whether words were kept: the figures of a window, for one member or summed over a group.

They are recomputed from history each time and stored nowhere. A group's are sums of its members'
numerators and denominators, never averages of rates.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """All that is counted of one member, each on its date: what figures of any window come from.

    `carried_on` are the dates of the meetings that left a promise overdue.
    """

    dues: Sequence[DueOutcome]
    carried_on: Sequence[dt.date]
    attendance: Sequence[AttendanceFact]
    hot_seats: Sequence[HotSeatFact]


def member_facts(
    histories: Iterable[History],
    attendance: Iterable[AttendanceFact],
    hot_seats: Iterable[HotSeatFact],
    *,
    closings: Closings,
    time_zone: str,
    now: dt.datetime,
) -> MemberFacts:
    """The facts of one member, from the histories of their promises and the held meetings.

    `closings` holds every held and closed meeting that the histories name. Everything known counts,
    however late it was recorded; `now` only decides which due dates have arrived. `time_zone` is
    the group's.
    """
    histories = list(histories)
    return MemberFacts(
        dues=[
            outcome
            for history in histories
            for outcome in outcomes(history, closings=closings, now=now, time_zone=time_zone)
        ],
        carried_on=[day for history in histories for day in _carried_on(history, closings)],
        attendance=list(attendance),
        hot_seats=list(hot_seats),
    )


def member_figures(facts: MemberFacts, window: Window) -> Figures:
    """The figures of one member over a window."""
    dues = [due for due in facts.dues if due.day in window]
    attendance = [fact for fact in facts.attendance if fact.day in window]
    results = Counter(due.result for due in dues)
    marks = Counter(fact.mark for fact in attendance if fact.expected)
    there = [fact for fact in attendance if fact.mark in THERE]
    seats = [seat for seat in facts.hot_seats if seat.day in window]
    taken, share = sum(seat.taken for seat in seats), sum(seat.share for seat in seats)
    return Figures(
        dues={each: results[each] for each in DueResult},
        days_late=tuple(sorted(due.days_late for due in dues if due.days_late is not None)),
        carries=sum(day in window for day in facts.carried_on),
        attendance={mark: marks[mark] for mark in AttendanceMark},
        presumed=sum(fact.expected and fact.presumed for fact in there),
        came_on_leave=sum(not fact.expected for fact in there),
        hot_seats=taken,
        fair_share=share,
        shared_at=sum(seat.share > 0 for seat in seats),
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
        shared_at=sum(member.shared_at for member in members),
        largest_gap=max((member.largest_gap for member in members), default=0.0),
    )


def trend_windows(window: Window, days: Iterable[dt.date], *, last: int) -> list[Window]:
    """The window cut after each of its last so many dates of held meetings, in order.

    Each part ends with the date of a meeting and begins after the one before it; the last one
    holds what came since. Together they cover the window, unless it has more meetings than `last`.
    """
    ends = sorted({day for day in days if day in window})
    begins = [window.since, *(end + A_DAY for end in ends)]
    parts = [
        replace(window, since=since, until=until)
        for since, until in zip(begins, ends, strict=False)
    ][-last:]
    rest = begins[-1]
    if rest is None or window.until is None or rest <= window.until:
        parts.append(replace(window, since=rest))
    return parts


def _carried_on(history: History, closings: Closings) -> Iterable[dt.date]:
    """When meetings left it overdue; one that was reopened has left nothing overdue yet."""
    closed = (closings.get(meeting_id) for meeting_id in fold(history).carried_from)
    return (closing.day for closing in closed if closing is not None)
