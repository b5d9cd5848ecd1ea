"""Why a slot moved: the delays and savings on the way to it, which add up to its movement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.meeting_pauses import Pause, paused_between
from app.domain.overrun_clock import Box, as_instant

ReasonCode = Literal[
    "waited",  # nothing ran before this slot, longer than planned
    "free_time_used",  # less free time before this slot than planned
    "paused",
    "overran",
    "shortened",  # the projection takes minutes from it
    "finished_early",
    "skipped",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Seconds of delay (negative: won back) that arose at the slot with that position."""

    code: ReasonCode
    position: int
    seconds: int


def reasons_by_position(
    boxes: Sequence[Box], pauses: Sequence[Pause] = ()
) -> dict[int, tuple[Reason, ...]]:
    """For each slot not skipped, what moved its start, since the meeting was last on time."""
    found: dict[int, tuple[Reason, ...]] = {}
    so_far: list[Reason] = []
    free_since = boxes[0].planned_start if boxes else 0
    for box in _in_running_order(boxes):
        if not box.progress.skipped:
            delay = box.start - box.planned_start
            so_far += _before(box, delay - sum(r.seconds for r in so_far), free_since, pauses)
            if delay == 0:
                so_far = []
            found[box.position] = tuple(so_far)
            free_since = max(free_since, box.end)
        so_far += _within(box)
    return found


def _before(box: Box, gap: int, free_since: int, pauses: Sequence[Pause]) -> list[Reason]:
    """Where nothing ran: the meeting was paused, or waited, or used free time."""
    if gap <= 0:
        return _reason("free_time_used", box, gap)
    still = paused_between(pauses, as_instant(free_since), as_instant(max(free_since, box.start)))
    paused = min(gap, int(still.total_seconds()))
    return _reason("paused", box, paused) + _reason("waited", box, gap - paused)


def _within(box: Box) -> list[Reason]:
    """How the slot's own length differs from the plan."""
    planned = box.planned_end - box.planned_start
    if box.progress.skipped:
        return _reason("skipped", box, -planned)
    paused = int(box.progress.paused.total_seconds())
    change = box.length - planned - paused
    code: ReasonCode = "overran"
    if change < 0:
        code = "shortened" if box.progress.actual_end is None else "finished_early"
    return _reason("paused", box, paused) + _reason(code, box, change)


def _reason(code: ReasonCode, box: Box, seconds: int) -> list[Reason]:
    return [Reason(code, box.position, seconds)] if seconds else []


def _in_running_order(boxes: Sequence[Box]) -> list[Box]:
    """By start; a skipped slot comes after the one that it follows in the plan."""
    keys: list[int] = []
    for box in boxes:
        after = keys[-1] if keys else 0
        keys.append(after if box.progress.skipped else box.start)
    pairs = sorted(zip(keys, boxes, strict=True), key=lambda pair: pair[0])
    return [box for _, box in pairs]
