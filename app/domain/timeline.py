"""From an agenda and the people of one evening to slots with a start and an end.

The timeline is contiguous from the start of the meeting. Fewer people than the template was
checked for leave time over: the segment that absorbs an overrun takes it (shared among its slots);
without one, or with nobody in it, it stays as open time at the end, where it buffers overruns.
Holders fill the hot seats in order: the first hot_seats segment, then the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal
from uuid import UUID

from app.domain.agenda import Agenda, Segment
from app.domain.errors import Invalid
from app.domain.hot_seat_formats import (
    HotSeatFormat,
    Phase,
    divide_seconds,
    phases_between,
)

SlotKind = Literal["plenary", "round", "hot_seat", "break"]

_SLOT_KINDS: Mapping[str, SlotKind] = {
    "plenary": "plenary",
    "round": "round",
    "hot_seats": "hot_seat",
    "break": "break",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A time box on whole seconds, in UTC. A plenary or a break is one slot of nobody.

    `position` counts the slots of the meeting from 1. `minimum` (at most the planned length) is
    how short an overrun may make it. To let members change places, exchange their
    `membership_id`: times stay with positions.
    """

    segment_id: str
    position: int
    kind: SlotKind
    membership_id: UUID | None
    planned_start: datetime
    planned_end: datetime
    minimum: timedelta
    absorbs_overrun: bool = False
    phases: tuple[Phase, ...] = ()

    @property
    def planned_length(self) -> timedelta:
        return self.planned_end - self.planned_start


@dataclass(frozen=True, slots=True)
class SlotProgress:
    """A slot and what happened to it; `paused` is how long its clock stood still so far, a pause
    that still lasts included.
    """

    slot: Slot
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    paused: timedelta = timedelta(0)
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """A segment at its place in time; no slots and no length when nobody is in it."""

    segment: Segment
    planned_start: datetime
    planned_end: datetime
    slots: tuple[Slot, ...]


def timeline(
    agenda: Agenda,
    *,
    starts_at: datetime,
    ends_at: datetime,
    speaking_order: Sequence[UUID],
    hot_seats: Sequence[UUID],
) -> tuple[PlannedSegment, ...]:
    """Lay a checked agenda over one meeting; `speaking_order` and `hot_seats` are memberships.

    Raises Invalid `too_many_hot_seats` (more holders than seats) and `agenda_too_long`, with the
    fact `over_by_minutes`, when the segments do not fit.
    """
    occupants = _occupants(agenda, speaking_order, hot_seats)
    lengths = _lengths(agenda, occupants, ends_at - starts_at)
    planned = []
    start, position = starts_at, 1
    for segment, people, seconds in zip(agenda.segments, occupants, lengths, strict=True):
        end = start + timedelta(seconds=seconds)
        format_ = agenda.format_of(segment)
        slots = _slots(segment, people, start, seconds, position, format_)
        planned.append(PlannedSegment(segment, start, end, slots))
        start, position = end, position + len(slots)
    return tuple(planned)


def _occupants(
    agenda: Agenda, speaking_order: Sequence[UUID], hot_seats: Sequence[UUID]
) -> list[tuple[UUID | None, ...]]:
    """Who holds the slots of each segment."""
    if len(hot_seats) > agenda.seats:
        raise Invalid(
            f"The agenda has {agenda.seats} hot seats, not {len(hot_seats)}.",
            code="too_many_hot_seats",
            facts={"seats": agenda.seats, "holders": len(hot_seats)},
        )
    holders = iter(hot_seats)
    occupants: list[tuple[UUID | None, ...]] = []
    for segment in agenda.segments:
        if segment.kind == "round":
            occupants.append(tuple(speaking_order))
        elif segment.kind == "hot_seats":
            occupants.append(tuple(islice(holders, segment.seats)))
        else:
            occupants.append((None,))
    return occupants


def _lengths(
    agenda: Agenda, occupants: Sequence[tuple[UUID | None, ...]], available: timedelta
) -> list[int]:
    """Seconds of each segment, with the time left over given to the absorbing one."""
    lengths = [
        60 * segment.minutes_for(len(people))
        for segment, people in zip(agenda.segments, occupants, strict=True)
    ]
    left_over = int(available.total_seconds()) - sum(lengths)
    if left_over < 0:
        over = -(left_over // 60)
        raise Invalid(
            f"The agenda takes {over} minutes more than the meeting has. Shorten a segment, "
            "take fewer hot seats, or end later.",
            code="agenda_too_long",
            pointer="/segments",
            facts={"over_by_minutes": over},
        )
    for index, segment in enumerate(agenda.segments):
        if segment.absorbs_overrun and occupants[index]:
            lengths[index] += left_over
    return lengths


def _slots(
    segment: Segment,
    people: Sequence[UUID | None],
    start: datetime,
    seconds: int,
    position: int,
    format_: HotSeatFormat | None,
) -> tuple[Slot, ...]:
    """The segment's slots from `start` on, equal to within a second."""
    equally = [1] * len(people)
    minimums = divide_seconds(60 * segment.minimum_for(len(people)), equally)
    slots = []
    lengths = divide_seconds(seconds, equally)
    for offset, person in enumerate(people):
        end = start + timedelta(seconds=lengths[offset])
        slots.append(
            Slot(
                segment_id=segment.id,
                position=position + offset,
                kind=_SLOT_KINDS[segment.kind],
                membership_id=person,
                planned_start=start,
                planned_end=end,
                minimum=timedelta(seconds=minimums[offset]),
                absorbs_overrun=segment.absorbs_overrun,
                phases=() if format_ is None else phases_between(format_, start, end),
            )
        )
        start = end
    return tuple(slots)
