"""The items of an evening's agenda as people see them: planned, actual and projected, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.domain.agenda import Agenda
from app.domain.agenda_layout import StoredSlot
from app.domain.meeting_pauses import Pause, paused_between
from app.domain.overrun import ProjectedSlot, Projection
from app.domain.overrun_words import word_move, word_proposal
from app.domain.phase_clock import PhaseClock, Span, phase_clocks, phase_spans, seconds_of
from app.domain.rotation_reasons import Reason
from app.domain.timeline import PlannedSegment, Slot


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot, who holds it, and what happened to it.

    `kept` is there once the meeting has started; `reasons` say why its start moves.
    """

    slot: Slot
    state: str
    person: Row[Any] | None
    hot_seat: Row[Any] | None
    kept: StoredSlot | None
    projected: ProjectedSlot | None
    actual_seconds: int | None
    paused_seconds: int
    reasons: Sequence[Reason]
    phases: Sequence[PhaseClock]


@dataclass(frozen=True, slots=True)
class Moments:
    """From the first slot of a segment to its last; None where nothing is known."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Evening:
    """What all items of one agenda are made from."""

    agenda: Agenda
    segments: Sequence[PlannedSegment]
    stored: Mapping[int, StoredSlot]
    people: Mapping[UUID, Row[Any]]
    hot_seats: Mapping[UUID, Row[Any]]
    projection: Projection | None
    pauses: Sequence[Pause]
    now: datetime

    def views(self) -> dict[int, SlotView]:
        """The slots by position."""
        projected = self.projection.slots if self.projection else ()
        by_position = {each.progress.slot.position: each for each in projected}
        return {
            slot.position: self._view(segment, slot, by_position.get(slot.position))
            for segment in self.segments
            for slot in segment.slots
        }

    def proposals(self) -> list[Reason]:
        """The projection's proposals in words, in their order."""
        titles = {each.segment.id: each.segment.title for each in self.segments}
        return [
            word_proposal(
                proposal,
                [self._name(who) for who in proposal.membership_ids]
                or [titles[segment_id] for segment_id in proposal.segment_ids],
            )
            for proposal in (self.projection.proposals if self.projection else ())
        ]

    def _view(
        self, segment: PlannedSegment, slot: Slot, projected: ProjectedSlot | None
    ) -> SlotView:
        kept = self.stored.get(slot.position)
        seat = self._seat(slot)
        span = Span(kept.actual_start, kept.actual_end) if kept and kept.actual_start else None
        paused = timedelta(0)
        if span is not None:
            paused = paused_between(self.pauses, span.start, span.end or self.now)
        return SlotView(
            slot=slot,
            state=seat.state if seat is not None else _state(kept),
            person=None if slot.membership_id is None else self.people.get(slot.membership_id),
            hot_seat=seat,
            kept=kept,
            projected=projected,
            actual_seconds=seconds_of(span, self.pauses, self.now),
            paused_seconds=int(paused.total_seconds()),
            reasons=self._reasons(projected),
            phases=self._phases(segment, slot, seat, projected),
        )

    def _reasons(self, projected: ProjectedSlot | None) -> list[Reason]:
        if projected is None:
            return []
        return [word_move(each, self._what(each.position)) for each in projected.reasons]

    def _phases(
        self,
        segment: PlannedSegment,
        slot: Slot,
        seat: Row[Any] | None,
        projected: ProjectedSlot | None,
    ) -> Sequence[PhaseClock]:
        format_ = self.agenda.format_of(segment.segment)
        if format_ is None or slot.kind != "hot_seat":
            return ()
        ahead = None
        if projected is not None and projected.projected_start is not None:
            ahead = Span(projected.projected_start, projected.projected_end)
        log = seat.phase_log if seat is not None else ()
        entered = phase_spans(
            [(each["phase"], datetime.fromisoformat(each["at"])) for each in log],
            seat.ended_at if seat is not None else None,
        )
        planned = Span(slot.planned_start, slot.planned_end)
        return phase_clocks(format_, planned, ahead, entered, self.pauses, self.now)

    def _seat(self, slot: Slot) -> Row[Any] | None:
        if slot.kind != "hot_seat" or slot.membership_id is None:
            return None
        return self.hot_seats.get(slot.membership_id)

    def _what(self, position: int) -> str:
        for segment in self.segments:
            for slot in segment.slots:
                if slot.position == position:
                    if slot.membership_id is None:
                        return segment.segment.title
                    name = self._name(slot.membership_id)
                    is_seat = slot.kind == "hot_seat"
                    return f"{name}'s hot seat" if is_seat else f"{segment.segment.title} ({name})"
        return f"slot {position}"

    def _name(self, membership_id: UUID) -> str:
        person = self.people.get(membership_id)
        return person.name if person is not None else "somebody"


def actual_moments(slots: Sequence[SlotView]) -> Moments:
    """When a segment began and, once nothing of it is open, ended."""
    starts = [s.kept.actual_start for s in slots if s.kept and s.kept.actual_start]
    ends = [s.kept.actual_end for s in slots if s.kept and s.kept.actual_end]
    is_open = any(s.state in {"planned", "announced", "live"} for s in slots)
    return Moments(min(starts, default=None), None if is_open else max(ends, default=None))


def projected_moments(slots: Sequence[SlotView]) -> Moments:
    """When a segment begins and ends by what is known now."""
    found = [s.projected for s in slots if s.projected is not None]
    starts = [p.projected_start for p in found if p.projected_start]
    ends = [p.projected_end for p in found if p.projected_end]
    return Moments(min(starts, default=None), max(ends, default=None))


def _state(kept: StoredSlot | None) -> str:
    if kept is None:
        return "planned"
    if kept.skipped:
        return "skipped"
    if kept.actual_end is not None:
        return "done"
    return "planned" if kept.actual_start is None else "live"
