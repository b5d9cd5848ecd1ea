"""Accountability figures. Their definitions are those of the domain, word for word."""

from datetime import date
from inspect import cleandoc
from typing import Any

from pydantic import Field

from app.api.schemas.common import GroupId, MeetingId, MembershipId, Output
from app.domain.figures import Figures, Rate
from app.services.accountability import TREND, Answer, Part


def _defined(figure: Any) -> Any:
    """A field described by the definition of a figure."""
    return Field(description=" ".join(cleandoc(figure.__doc__ or "").split()))


class RateRead(Output):
    """`numerator` of `denominator`; `value` is null, not 0 or 1, where there was no case."""

    numerator: int
    denominator: int = Field(description="n: how many cases the rate rests on.")
    value: float | None = Field(examples=[0.75])


class MedianRead(Output):
    """A median over `n` values; null where there is none."""

    n: int
    value: float | None = Field(examples=[2.5])


class DueCounts(Output):
    """Due dates by what became of them. All but the last two arrived in the window and count."""

    kept: int
    kept_late: int
    overdue: int
    missed: int
    renegotiated_after: int
    withdrawn_after: int
    renegotiated_before: int
    withdrawn_before: int


class AttendanceCounts(Output):
    """Expected members at held meetings, by how they attended."""

    present: int
    late: int
    left_early: int
    absent: int = Field(description="Announced.")
    no_show: int
    presumed: int = Field(description="How many of those there were marked by nobody.")
    came_on_leave: int = Field(description="There without being expected; in no rate.")


class HotSeatCounts(Output):
    """Hot seats against fair shares."""

    taken: int = Field(description="Hot seats that took place.")
    fair_share: float = Field(
        description="What would have been received had the hot seats of each meeting been divided "
        "equally (by weight) among those present."
    )
    n: int = Field(
        description="How many attended meetings that rests on: those at which hot seats took place "
        "and the member did not pass. For a group, summed over its members."
    )
    largest_gap: float = Field(description="The largest distance of one member between the two.")


class FiguresRead(Output):
    """Figures of a window, each with the counts it is made of."""

    since: date | None = Field(description="The window's first date; null: the beginning.")
    until: date | None = Field(description="The window's last date, included; null: today.")
    kept_rate: RateRead = _defined(Figures.kept_rate)
    on_time_notice: RateRead = _defined(Figures.on_time_notice)
    median_days_late: MedianRead = _defined(Figures.median_days_late)
    attendance_rate: RateRead = _defined(Figures.attendance_rate)
    dues: DueCounts
    carries: int = Field(description="How often a meeting left a commitment overdue.")
    attendance: AttendanceCounts
    hot_seats: HotSeatCounts


class TrendPart(FiguresRead):
    """From the day after one meeting to the day of the next; the last part has no meeting yet."""

    meeting_ids: list[MeetingId] = Field(description="The meetings that were held on its last day.")


class WindowRead(FiguresRead):
    """Figures of a window, and how they came about, meeting by meeting.

    Everything is recomputed from history at each call. There are no streaks, ranks or scores.
    """

    time_zone: str = Field(description="The group's, by which windows are cut.")
    meetings: int = Field(description="How many meetings were held in the window.")
    trend: list[TrendPart] = Field(
        description=f"The window cut after each of its last {TREND} meetings, from the `since` of "
        "the first part on: where the window has no more meetings, the counts of the parts add up "
        "to the whole."
    )


class GroupAccountability(WindowRead):
    """A group's figures: sums of its members' numerators and denominators, which name nobody."""

    group_id: GroupId


class MemberAccountability(WindowRead):
    """One member's figures."""

    membership_id: MembershipId


def answer_fields(answer: Answer) -> dict[str, Any]:
    """The fields of WindowRead."""
    return {
        **_figures(answer.whole),
        "time_zone": answer.whole.window.time_zone,
        "meetings": len(answer.whole.meetings),
        "trend": [
            TrendPart(meeting_ids=list(part.meetings), **_figures(part)) for part in answer.trend
        ],
    }


def _figures(part: Part) -> dict[str, Any]:
    figures, window = part.figures, part.window
    return {
        "since": window.since,
        "until": window.until,
        "kept_rate": _rate(figures.kept_rate),
        "on_time_notice": _rate(figures.on_time_notice),
        "median_days_late": MedianRead(n=len(figures.days_late), value=figures.median_days_late),
        "attendance_rate": _rate(figures.attendance_rate),
        "dues": DueCounts(**{each.value: count for each, count in figures.dues.items()}),
        "carries": figures.carries,
        "attendance": AttendanceCounts(
            **{each.value: count for each, count in figures.attendance.items()},
            presumed=figures.presumed,
            came_on_leave=figures.came_on_leave,
        ),
        "hot_seats": HotSeatCounts(
            taken=figures.hot_seats,
            fair_share=figures.fair_share,
            n=figures.shared_at,
            largest_gap=figures.largest_gap,
        ),
    }


def _rate(rate: Rate) -> RateRead:
    return RateRead(numerator=rate.numerator, denominator=rate.denominator, value=rate.value)
