"""Why a slot moved: the delays and savings on the way to it, which add up to its movement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.overrun_clock import Box

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


def reasons_by_position(boxes: Sequence[Box]) -> dict[int, tuple[Reason, ...]]:
    """For each slot not skipped, what moved its start, since the meeting was last on time."""
    found: dict[int, tuple[Reason, ...]] = {}
    so_far: list[Reason] = []
    for box in _in_running_order(boxes):
        if not box.progress.skipped:
            delay = box.start - box.planned_start
            gap = delay - sum(reason.seconds for reason in so_far)
            so_far += _reason("waited" if gap > 0 else "free_time_used", box, gap)
            if delay == 0:
                so_far = []
            found[box.position] = tuple(so_far)
        so_far += _within(box)
    return found


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
