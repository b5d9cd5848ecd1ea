"""Where a running meeting will end up: projected times, what moved, why, and what to do.

Planned starts are appointments: nothing is pulled forward by itself, so time that became free (a
slot that was skipped or ended early) buffers what comes later. A delay is absorbed in this order:

1. free time between slots, where it stands;
2. the segment that absorbs first, down to its minimum;
3. breaks, in proportion to what each can give;
4. everything else that can give (a running slot too), in proportion, down to its minimum.

Steps 2 and 3 win back the planned end. Step 4 gives up content and therefore only defends
`ends_at`, which never moves. When all that is not enough the projection says by how much, and
proposes what to drop or whom to move to the next meeting: people decide.

Instants are aware, in UTC, and count as whole seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.meeting_pauses import Pause
from app.domain.overrun_clock import (
    Box,
    Clock,
    as_instant,
    box_of,
    earliest_start,
    in_seconds,
    shrink,
)
from app.domain.overrun_proposals import Proposal, proposals_for
from app.domain.overrun_reasons import Reason, reasons_by_position
from app.domain.timeline import SlotProgress


@dataclass(frozen=True, slots=True)
class ProjectedSlot:
    """Planned and actual times are in `progress`, projected ones here (actual where it happened).

    `moved_by` is projected minus planned start, and the seconds of `reasons` add up to it. A
    skipped slot has no projected times and has not moved.
    """

    progress: SlotProgress
    projected_start: datetime | None
    projected_end: datetime | None
    moved_by: timedelta
    reasons: tuple[Reason, ...]

    @property
    def moved_by_minutes(self) -> int:
        """To the nearest minute."""
        return round(self.moved_by / timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Projection:
    """Slots in the order given. `over_by` is how far the meeting would run past `ends_at`."""

    slots: tuple[ProjectedSlot, ...]
    ends_at: datetime
    projected_end: datetime
    over_by: timedelta
    proposals: tuple[Proposal, ...]

    @property
    def fits(self) -> bool:
        return not self.over_by


def project(
    slots: Sequence[SlotProgress],
    *,
    now: datetime,
    ends_at: datetime,
    pauses: Sequence[Pause] = (),
) -> Projection:
    """Project a meeting from what has happened so far.

    `slots` are in planned order, at most one of them running; `pauses` are those of the meeting,
    which the slots that have begun hold already (`SlotProgress.paused`). An `ends_at` before the
    planned end is fine: appointments then move earlier by as much, into whatever free time there
    is.
    """
    boxes = [box_of(progress, now) for progress in slots]
    live = [box for box in boxes if not box.progress.skipped]
    limit = in_seconds(ends_at)
    last_planned = max((box.planned_end for box in live), default=limit)
    clock = Clock(earliest_start(boxes, now), brought_forward=max(0, last_planned - limit))
    # A skipped last slot has left its time to the others: the planned end counts it.
    _absorb(
        live, clock, planned_end=max((b.planned_end for b in boxes), default=limit), limit=limit
    )
    for box, start in zip(live, clock.starts(live), strict=True):
        box.start = start
    end = clock.end(live)
    over = max(0, end - limit)
    return Projection(
        slots=_projected(boxes, pauses),
        ends_at=ends_at,
        projected_end=as_instant(end),
        over_by=timedelta(seconds=over),
        proposals=proposals_for(live, clock, over) if over else (),
    )


def _absorb(live: Sequence[Box], clock: Clock, *, planned_end: int, limit: int) -> None:
    """Steps 2 to 4. Wherever a delay reaches the end there is no free time left on the way, so that
    every second taken from a slot is won at the end.
    """
    win_back = min(planned_end, limit)
    first = [box for box in live if box.progress.slot.absorbs_overrun]
    breaks = [box for box in live if box.progress.slot.kind == "break"]
    shrink(first, clock.end(live) - win_back)
    shrink(breaks, clock.end(live) - win_back)
    shrink(live, clock.end(live) - limit)


def _projected(boxes: Sequence[Box], pauses: Sequence[Pause]) -> tuple[ProjectedSlot, ...]:
    reasons = reasons_by_position(boxes, pauses)
    return tuple(
        ProjectedSlot(box.progress, None, None, timedelta(0), ())
        if box.progress.skipped
        else ProjectedSlot(
            progress=box.progress,
            projected_start=as_instant(box.start),
            projected_end=as_instant(box.end),
            moved_by=timedelta(seconds=box.start - box.planned_start),
            reasons=reasons[box.position],
        )
        for box in boxes
    )
