"""The agenda of one evening at its place in time: as planned, or as it stood at the start."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from app.domain.agenda import Agenda, Segment
from app.domain.hot_seat_formats import HotSeatFormat, divide_seconds, phases_between
from app.domain.meeting_pauses import Pause, paused_between
from app.domain.timeline import PlannedSegment, Slot, SlotKind, SlotProgress, timeline


@dataclass(frozen=True, slots=True)
class Layout:
    """Segments in order; they run past the end of the meeting by `over_by_minutes`."""

    segments: tuple[PlannedSegment, ...]
    over_by_minutes: int

    @property
    def slots(self) -> list[Slot]:
        return [slot for segment in self.segments for slot in segment.slots]


@dataclass(frozen=True, slots=True)
class StoredSlot:
    """What is kept of a slot when its meeting starts, and what then happens to it."""

    segment_id: str
    position: int
    kind: SlotKind
    membership_id: UUID | None
    planned_start: datetime
    planned_end: datetime
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    skipped: bool = False


def lay_out(
    agenda: Agenda,
    *,
    starts_at: datetime,
    ends_at: datetime,
    speaking_order: Sequence[UUID],
    hot_seats: Sequence[UUID],
) -> Layout:
    """The timeline, even where more people have come than the agenda has time for. Hot seats
    beyond those of the agenda have no slot.
    """
    holders = list(hot_seats)[: agenda.seats]
    needed = _minutes_needed(agenda, len(speaking_order), len(holders))
    over = max(0, needed - int((ends_at - starts_at).total_seconds()) // 60)
    segments = timeline(
        agenda,
        starts_at=starts_at,
        ends_at=ends_at + timedelta(minutes=over),
        speaking_order=speaking_order,
        hot_seats=holders,
    )
    return Layout(segments, over)


def laid_out_before(
    agenda: Agenda, stored: Sequence[StoredSlot], *, starts_at: datetime, ends_at: datetime
) -> Layout:
    """The layout that was kept when the meeting started; `stored` are in order."""
    by_segment = {
        segment_id: list(slots) for segment_id, slots in groupby(stored, lambda s: s.segment_id)
    }
    segments = []
    reached = starts_at
    for segment in agenda.segments:
        kept = by_segment.get(segment.id, [])
        start = kept[0].planned_start if kept else reached
        reached = kept[-1].planned_end if kept else reached
        segments.append(
            PlannedSegment(
                segment, start, reached, _slots(segment, agenda.format_of(segment), kept)
            )
        )
    over = max(0, int((reached - ends_at).total_seconds()) // 60)
    return Layout(tuple(segments), over)


def progress_of(
    slots: Sequence[Slot],
    stored: Sequence[StoredSlot],
    *,
    skipped: Collection[UUID | None],
    pauses: Sequence[Pause],
    now: datetime,
) -> list[SlotProgress]:
    """What has happened to each slot by `now`; `skipped` are holders of hot seats that do not take
    place.

    Where a later slot has begun, a round, plenary or break is over although nobody pressed a button
    for it: it counts as held to its plan.
    """
    kept = {slot.position: slot for slot in stored}
    found: list[SlotProgress] = []
    next_start: datetime | None = None
    for slot in reversed(slots):
        row = kept.get(slot.position)
        start, end = (row.actual_start, row.actual_end) if row else (None, None)
        known = start
        if start is None and next_start is not None and slot.kind != "hot_seat":
            start, end = min(slot.planned_start, next_start), min(slot.planned_end, next_start)
        next_start = known or next_start
        is_skipped = row is not None and row.skipped
        is_skipped = is_skipped or (slot.kind == "hot_seat" and slot.membership_id in skipped)
        if is_skipped and known is None:
            start = end = None
        paused = paused_between(pauses, start, end or now) if start else timedelta(0)
        found.append(SlotProgress(slot, start, end, paused, skipped=is_skipped))
    return found[::-1]


def _slots(
    segment: Segment, format_: HotSeatFormat | None, stored: Sequence[StoredSlot]
) -> tuple[Slot, ...]:
    seconds = 60 * segment.minimum_for(len(stored))
    minimums = divide_seconds(seconds, [1] * len(stored)) if stored else []
    return tuple(
        Slot(
            segment_id=slot.segment_id,
            position=slot.position,
            kind=slot.kind,
            membership_id=slot.membership_id,
            planned_start=slot.planned_start,
            planned_end=slot.planned_end,
            minimum=timedelta(seconds=minimum),
            absorbs_overrun=segment.absorbs_overrun,
            phases=()
            if format_ is None
            else phases_between(format_, slot.planned_start, slot.planned_end),
        )
        for slot, minimum in zip(stored, minimums, strict=True)
    )


def _minutes_needed(agenda: Agenda, speakers: int, holders: int) -> int:
    """With fewer holders than seats, the first segments are filled first."""
    needed = 0
    for segment in agenda.segments:
        occupants = {"round": speakers, "hot_seats": min(segment.seats or 0, holders)}.get(
            segment.kind, 1
        )
        if segment.kind == "hot_seats":
            holders -= occupants
        needed += segment.minutes_for(occupants)
    return needed
