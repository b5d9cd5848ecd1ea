"""The mechanics of a projection: where slots come to lie in time, and how they shrink.

Everything counts in whole seconds since the epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.hot_seat_formats import divide_seconds
from app.domain.timeline import SlotProgress


@dataclass(eq=False, slots=True)
class Box:
    """A slot being projected: `start` and `length` change until the projection is done.

    `floor` is the shortest length still possible. The clock of a slot that has begun includes its
    pauses, so that a pause never eats into a guaranteed minimum.
    """

    progress: SlotProgress
    planned_start: int
    planned_end: int
    start: int
    length: int
    floor: int

    @property
    def begun(self) -> bool:
        return self.progress.actual_start is not None

    @property
    def position(self) -> int:
        return self.progress.slot.position

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Clock:
    """Places what has not begun: one after another from `earliest` on, none before its appointment.

    An appointment is the planned start, `brought_forward` by some seconds when the meeting has to
    end before its planned end.
    """

    earliest: int
    brought_forward: int

    def starts(self, live: Sequence[Box]) -> list[int]:
        free = max([self.earliest, *(box.end for box in live if box.begun)])
        starts = []
        for box in live:
            start = box.start
            if not box.begun:
                start = max(free, box.planned_start - self.brought_forward)
                free = start + box.length
            starts.append(start)
        return starts

    def end(self, live: Sequence[Box]) -> int:
        """When the last slot ends."""
        ends = (s + box.length for s, box in zip(self.starts(live), live, strict=True))
        return max(ends, default=self.earliest)


def box_of(progress: SlotProgress, now: datetime) -> Box:
    slot = progress.slot
    start, planned_end = in_seconds(slot.planned_start), in_seconds(slot.planned_end)
    length = planned_end - start
    floor = int(slot.minimum.total_seconds())
    box = Box(progress, start, planned_end, start, length, floor)
    if progress.actual_start is not None:
        box.start = in_seconds(progress.actual_start)
        elapsed = in_seconds(progress.actual_end or now) - box.start
        paused = int(progress.paused.total_seconds())
        running = progress.actual_end is None
        box.length = max(elapsed, length + paused) if running else elapsed
        box.floor = max(elapsed, floor + paused) if running else elapsed
    return box


def earliest_start(boxes: Sequence[Box], now: datetime) -> int:
    """Now, or the planned start of a meeting that has yet to begin."""
    begun = any(box.begun and not box.progress.skipped for box in boxes)
    planned_starts = [] if begun else [box.planned_start for box in boxes]
    return max(in_seconds(now), min(planned_starts, default=0))


def shrink(boxes: Sequence[Box], seconds: int) -> None:
    """Take `seconds` from the boxes in proportion to what each can give, or all that they can."""
    gives = [box.length - box.floor for box in boxes]
    taken = min(seconds, sum(gives))
    if taken > 0:
        for box, part in zip(boxes, divide_seconds(taken, gives), strict=True):
            box.length -= part


def in_seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def as_instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
