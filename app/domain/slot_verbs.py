"""What the timekeeper does with the time boxes of a running meeting that are no hot seats."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from app.domain.errors import Conflict, NotFound


class TimeBox(Protocol):
    """A slot as it is kept: begun and ended by its times, or left out."""

    position: int
    kind: str
    actual_start: datetime | None
    actual_end: datetime | None
    skipped: bool


T = TypeVar("T", bound=TimeBox)


def slot_at(slots: Sequence[T], position: int) -> T:
    """The slot at a position. NotFound; Conflict `slot_is_hot_seat`, which has its own verbs."""
    for slot in slots:
        if slot.position == position:
            if slot.kind == "hot_seat":
                raise Conflict(
                    "This slot is a hot seat: start, finish or skip that.",
                    code="slot_is_hot_seat",
                    facts={"position": position},
                )
            return slot
    raise NotFound("The meeting has no slot at this position.")


def is_running(slot: TimeBox) -> bool:
    return slot.actual_start is not None and slot.actual_end is None


def check_not_begun(slot: TimeBox) -> None:
    """Raises Conflict `slot_begun`, `slot_skipped`."""
    if slot.actual_start is not None:
        raise Conflict(
            "This slot has begun already.",
            code="slot_begun",
            facts={"position": slot.position, "over": slot.actual_end is not None},
        )
    if slot.skipped:
        raise Conflict(
            "This slot was left out already.",
            code="slot_skipped",
            facts={"position": slot.position},
        )


def check_running(slot: TimeBox) -> None:
    """Raises Conflict `slot_not_running`."""
    if not is_running(slot):
        raise Conflict(
            "This slot does not run: start it first.",
            code="slot_not_running",
            facts={"position": slot.position},
        )


def running_beside(slots: Sequence[T], position: int | None = None) -> T | None:
    """The slot that runs and makes way for the one at `position`.

    Raises Conflict `hot_seat_running`: how a hot seat ends is for people to say.
    """
    for slot in slots:
        if is_running(slot) and slot.position != position:
            if slot.kind == "hot_seat":
                raise Conflict(
                    "A hot seat runs: finish it first.",
                    code="hot_seat_running",
                    facts={"position": slot.position},
                )
            return slot
    return None
