"""Who came: what can be said of a member before a meeting, and what once it has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.errors import Conflict, Invalid
from app.domain.meeting_states import MeetingState


class AttendanceStatus(StrEnum):
    """`expected`: nothing was said. `no_show` is set by a person only."""

    EXPECTED = "expected"
    GOING = "going"
    ABSENT = "absent"
    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    NO_SHOW = "no_show"


_A = AttendanceStatus
PRESENT = frozenset({_A.PRESENT, _A.LATE, _A.LEFT_EARLY})
AWAY = frozenset({_A.ABSENT, _A.NO_SHOW})
UNMARKED = frozenset({_A.EXPECTED, _A.GOING})
SAID_BEFORE = UNMARKED | {_A.ABSENT}
MARKED_AFTER = PRESENT | AWAY | {_A.EXPECTED}
"""`expected` takes a mark back."""

GONE = AWAY | {_A.LEFT_EARLY}
"""Who is not there at this moment of a meeting that runs."""

HAD_SEAT = frozenset({"live", "done"})
"""States of a hot seat whose holder was there."""

ON_TIME = timedelta(minutes=5)
"""So soon after the beginning nobody is late."""


def check_mark(
    status: AttendanceStatus,
    minutes_late: int | None,
    *,
    state: str,
    starts_at: datetime,
    now: datetime,
) -> None:
    """Whether a member of a meeting in `state` can be given this status at `now`.

    Raises Conflict `meeting_over` (held: reopen it; cancelled; lapsed: record it) and Invalid
    `status_too_early`, `status_too_late`, `not_late`.
    """
    if state not in {MeetingState.SCHEDULED, MeetingState.LIVE}:
        raise Conflict(
            f"The meeting is {state}: reopen a held one, record a lapsed one.",
            code="meeting_over",
            facts={"state": str(state)},
        )
    begun = has_begun(state, starts_at, now)
    if not begun and status not in SAID_BEFORE:
        raise Invalid(
            "Before the meeting a member is going, absent, or expected.",
            code="status_too_early",
            pointer="/status",
        )
    if begun and status not in MARKED_AFTER:
        raise Invalid(
            "From its start on a member is present, late, left_early, no_show, absent, or, with no "
            "mark, expected.",
            code="status_too_late",
            pointer="/status",
        )
    check_minutes_late(status, minutes_late)


def not_there(state: str, *, held_before: bool) -> frozenset[AttendanceStatus]:
    """The marks of those who can't have a role. Who left early has gone while the meeting runs;
    afterwards (`held_before`: it was reopened) they were there.
    """
    return GONE if state == MeetingState.LIVE and not held_before else AWAY


def has_begun(state: str, starts_at: datetime, now: datetime) -> bool:
    """What is said from then on tells how it was; it announces nothing."""
    return state == MeetingState.LIVE or now >= starts_at


def check_minutes_late(
    status: AttendanceStatus, minutes_late: int | None, pointer: str = "/minutes_late"
) -> None:
    """Only who came late has minutes. Raises Invalid `not_late`."""
    if minutes_late is not None and status is not AttendanceStatus.LATE:
        raise Invalid("minutes_late belongs to the status late.", code="not_late", pointer=pointer)


def check_seat_of_away(status: AttendanceStatus, seat_state: str | None) -> None:
    """Whoever spoke was there. Raises Conflict `had_hot_seat`."""
    if status in AWAY and seat_state in HAD_SEAT:
        raise Conflict(
            "This member has or had a hot seat at this meeting, so they were there: if they went "
            "before its end, mark them left_early.",
            code="had_hot_seat",
            pointer="/status",
            facts={"state": seat_state},
        )


def arrival(began_at: datetime, now: datetime) -> tuple[AttendanceStatus, int | None]:
    """The mark, with the minutes late, of one who was taken for away and is there now."""
    after = now - began_at
    if after < ON_TIME:
        return AttendanceStatus.PRESENT, None
    return AttendanceStatus.LATE, after // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seat:
    """A hot seat as the close of its meeting leaves it."""

    membership_id: UUID
    state: str


def seat_at_close(state: str, *, had_minimum: bool) -> str:
    """What becomes of a hot seat when its meeting closes. What runs ends: it took place if it was
    as long as guaranteed, else it is broken off. What has not begun does not take place.
    """
    if state == "live":
        return "done" if had_minimum else "interrupted"
    return "skipped" if state in {"planned", "announced"} else state


def owed(seats: Sequence[Seat], present: frozenset[UUID]) -> frozenset[UUID]:
    """Who was there and had a hot seat that did not take place, or was interrupted."""
    lost = {seat.membership_id for seat in seats if seat.state in {"skipped", "interrupted"}}
    return frozenset(lost) & present
