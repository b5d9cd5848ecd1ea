"""The phases of one hot seat: as planned, as they went, as they will go, and when to warn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from app.domain.hot_seat_formats import HotSeatFormat, divide_seconds, phases_between
from app.domain.meeting_pauses import Pause, paused_between


@dataclass(frozen=True, slots=True)
class PhaseClock:
    """One phase; instants in UTC. What has not happened, and what will not, is None.

    `actual_seconds` leave out pauses, and count up to now in a phase that runs. `warn_at` is the
    format's warning before the projected end, none for a phase that is shorter, or over.
    """

    name: str
    guidance: str
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None
    actual_end: datetime | None
    actual_seconds: int | None
    projected_start: datetime | None
    projected_end: datetime | None
    warn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another; an `end` of None lies ahead."""

    start: datetime
    end: datetime | None


def phase_spans(log: Sequence[tuple[str, datetime]], ended_at: datetime | None) -> dict[str, Span]:
    """Each phase that was entered, up to the next or the end of the hot seat."""
    spans = {name: Span(at, following) for (name, at), (_, following) in pairwise(log)}
    if log:
        spans[log[-1][0]] = Span(log[-1][1], ended_at)
    return spans


def phase_clocks(
    format_: HotSeatFormat,
    planned: Span,
    projected: Span | None,
    entered: Mapping[str, Span],
    pauses: Sequence[Pause],
    now: datetime,
) -> tuple[PhaseClock, ...]:
    """The phases of a hot seat that is `planned` and `projected` like this (None: not at all).

    Those that are still to come, with the one that runs, share what is left until the projected
    end in proportion to their minutes.
    """
    ahead = _ahead(format_, projected, entered, pauses, now)
    found = []
    plan = phases_between(format_, planned.start, planned.end or planned.start)
    for phase, place in zip(format_.phases, plan, strict=True):
        actual = entered.get(phase.name)
        expected = ahead.get(phase.name, actual)
        found.append(
            PhaseClock(
                name=phase.name,
                guidance=phase.guidance,
                planned_start=place.planned_start,
                planned_end=place.planned_end,
                actual_start=actual.start if actual else None,
                actual_end=actual.end if actual else None,
                actual_seconds=seconds_of(actual, pauses, now),
                projected_start=expected.start if expected else None,
                projected_end=expected.end if expected else None,
                warn_at=_warning(ahead.get(phase.name), format_.warning_seconds),
            )
        )
    return tuple(found)


def seconds_of(span: Span | None, pauses: Sequence[Pause], now: datetime) -> int | None:
    """How long it took, or has taken so far, without pauses."""
    if span is None:
        return None
    end = span.end or max(now, span.start)
    return int((end - span.start - paused_between(pauses, span.start, end)).total_seconds())


def _ahead(
    format_: HotSeatFormat,
    projected: Span | None,
    entered: Mapping[str, Span],
    pauses: Sequence[Pause],
    now: datetime,
) -> dict[str, Span]:
    """Where the phases that are not over will lie; none in a hot seat that is over."""
    if projected is None or projected.end is None:
        return {}
    running = [name for name, span in entered.items() if span.end is None]
    if entered and not running:
        return {}
    waiting = [each for each in format_.phases if each.name not in entered or each.name in running]
    start = entered[running[0]].start if running else projected.start
    still = paused_between(pauses, start, now) if running else timedelta(0)
    total = max(0, int((projected.end - start - still).total_seconds()))
    spans = {}
    for each, seconds in zip(
        waiting, divide_seconds(total, [phase.minutes for phase in waiting]), strict=True
    ):
        end = start + timedelta(seconds=seconds) + (still if each.name in running else timedelta(0))
        spans[each.name] = Span(start, end)
        start = end
    return spans


def _warning(ahead: Span | None, seconds: int) -> datetime | None:
    if ahead is None or ahead.end is None or seconds == 0:
        return None
    at = ahead.end - timedelta(seconds=seconds)
    return at if at > ahead.start else None
