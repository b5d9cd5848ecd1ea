"""The life of a hot seat: `planned → announced → live → done`, or `skipped`, `passed` (the member
lets it go by), `interrupted` (stopped before its guaranteed minimum).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from app.domain.agenda import Agenda, Segment
from app.domain.errors import Conflict
from app.domain.rotation_reasons import Reason

SkipCause = Literal["absent", "no_time", "other"]

SKIP_TEXTS: dict[SkipCause, str] = {
    "absent": "its holder was not there",
    "no_time": "the meeting had no time left for it",
    "other": "it did not take place",
}


class HotSeatState(StrEnum):
    """Where a hot seat stands."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    LIVE = "live"
    DONE = "done"
    SKIPPED = "skipped"
    PASSED = "passed"
    INTERRUPTED = "interrupted"


OPEN_STATES = frozenset({HotSeatState.PLANNED, HotSeatState.ANNOUNCED})


def check_open(state: str, facts: Mapping[str, Any] | None = None) -> None:
    """A hot seat that has begun, or was let go by, stays as it is. Raises `hot_seat_not_open`."""
    if state not in OPEN_STATES:
        raise Conflict(
            f"This hot seat is {state}; only a planned or announced one allows this. What the "
            "record of a meeting says wrongly, `POST /meetings/{id}/correct` puts right.",
            code="hot_seat_not_open",
            facts={"state": state, **(facts or {})},
        )


def check_passed(state: str, facts: Mapping[str, Any]) -> None:
    """Only what was let go by can be taken back. Raises `hot_seat_not_passed`."""
    if state != HotSeatState.PASSED:
        raise Conflict(
            f"This hot seat is {state}; only one that was passed can be taken back.",
            code="hot_seat_not_passed",
            facts=facts,
        )


def check_live(state: str) -> None:
    """Raises `hot_seat_not_live` for one that doesn't run."""
    if state != HotSeatState.LIVE:
        raise Conflict(
            f"This hot seat is {state}, not live: start it first.",
            code="hot_seat_not_live",
            facts={"state": state},
        )


def segment_of(agenda: Agenda, position: int) -> Segment | None:
    """The segment in which the hot seat at this place of the evening (from 1) is held.

    Holders fill the segments of hot seats in order. None if the agenda has fewer hot seats.
    """
    for segment in agenda.segments:
        if segment.kind == "hot_seats":
            position -= segment.seats or 0
            if position <= 0:
                return segment
    return None


def phase_names(agenda: Agenda, segment: Segment | None) -> list[str]:
    """The phases of the segment's hot seats, in order; none without a format."""
    format_ = None if segment is None else agenda.format_of(segment)
    return [] if format_ is None else [phase.name for phase in format_.phases]


def next_phase(phases: Sequence[str], present: str | None) -> str:
    """The phase after `present`. Raises Conflict `last_phase`."""
    following = phases.index(present) + 1 if present in phases else len(phases)
    if following >= len(phases):
        raise Conflict(
            "No phase follows: finish the hot seat.", code="last_phase", facts={"phase": present}
        )
    return phases[following]


def had_minimum(segment: Segment | None, lasted: timedelta) -> bool:
    """Whether a hot seat was as long as guaranteed; where nothing is, it never was."""
    return segment is not None and lasted >= timedelta(minutes=segment.minimum_for(1))


def check_interrupted(segment: Segment | None, lasted: timedelta) -> None:
    """An interrupted hot seat was shorter than guaranteed. Raises Conflict `minimum_reached`."""
    if segment is not None and had_minimum(segment, lasted):
        raise Conflict(
            "This hot seat had its guaranteed minimum, so it took place: finish it without "
            "`interrupted`.",
            code="minimum_reached",
            facts={
                "minutes": lasted // timedelta(minutes=1),
                "guaranteed_minutes": segment.minimum_for(1),
            },
        )


def end_of_unfinished(
    begun_at: datetime, phase_log: Sequence[Mapping[str, Any]], closed_at: datetime
) -> datetime:
    """When a hot seat that nobody finished was over: as its meeting, unless it is known to have
    begun, or to have gone on to another phase, after that.
    """
    return max(closed_at, begun_at, *(datetime.fromisoformat(mark["at"]) for mark in phase_log))


def skip_reason(because: SkipCause) -> Reason:
    """Why a hot seat did not take place."""
    return Reason(code=f"skipped_{because}", params={}, text=SKIP_TEXTS[because])


def substitute_reason(instead_of: str, credit: float) -> Reason:
    """Why somebody has a hot seat at short notice."""
    credit = round(credit, 2) + 0.0  # no "-0.00"
    return Reason(
        code="substitute",
        params={"instead_of": instead_of, "credit": credit},
        text=f"instead of {instead_of}; credit {credit:.2f}, the best claim of those without one",
    )
