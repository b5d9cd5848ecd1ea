"""The agenda of one meeting as people see it: planned, actual and projected times, names, debts.

A read: rows in, values out. The number of SELECTs does not depend on what there is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import attendance, evening
from app.domain.agenda import Agenda
from app.domain.agenda_layout import Layout, StoredSlot, laid_out_before, lay_out, progress_of
from app.domain.agendas import effective_agenda
from app.domain.attendance import AWAY
from app.domain.group_days import day_of
from app.domain.overrun import ProjectedSlot, Projection, project
from app.domain.timeline import PlannedSegment, Slot, SlotProgress

NOT_TAKING_PLACE = {"skipped", "passed"}
KEPT = tuple(field.name for field in fields(StoredSlot))


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot, who holds it, and what happened to it.

    `kept` is there once the meeting has started, `projected` there is while it runs.
    """

    slot: Slot
    person: Row[Any] | None
    hot_seat: Row[Any] | None
    kept: StoredSlot | None
    projected: ProjectedSlot | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What a member has promised and not settled yet."""

    person: Row[Any]
    commitments: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment with its slots; `owed` where the agenda comes to commitments."""

    planned: PlannedSegment
    slots: Sequence[SlotView]
    owed: Sequence[Owed] | None


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The whole evening. `source`: whose agenda it is."""

    meeting: Row[Any]
    source: str
    over_by_minutes: int
    speaking_order: Sequence[Row[Any]]
    segments: Sequence[SegmentView]
    projection: Projection | None

    def is_due(self, promise: Row[Any]) -> bool:
        """Whether the meeting should hear of the promise: due there, by its day, or overdue."""
        if promise.overdue or promise.due_meeting_id == self.meeting.id:
            return True
        day = day_of(self.meeting.starts_at, self.meeting.group_time_zone)
        return promise.due_on is not None and promise.due_on <= day


async def load_agenda(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    now: datetime,
) -> AgendaView:
    """The agenda of a meeting at `now`; NotFound."""
    meeting = await attendance.meeting_of(connection, workspace_id, meeting_id)
    day = day_of(meeting.starts_at, meeting.group_time_zone)
    people = await attendance.roster(connection, workspace_id, meeting.group_id, day)
    marks = await attendance.marks(connection, workspace_id, meeting_id)
    seats = await evening.hot_seats(connection, workspace_id, meeting_id)
    rows = await evening.slots(connection, workspace_id, meeting_id)
    stored = [StoredSlot(**{name: getattr(row, name) for name in KEPT}) for row in rows]
    promises = await evening.open_commitments(connection, workspace_id, meeting.group_id)
    speakers = speakers_of(meeting, people, marks)
    agenda = _agenda(meeting)
    layout = _layout(meeting, agenda, speakers, seats, stored)
    gone = {seat.membership_id for seat in seats if seat.state in NOT_TAKING_PLACE}
    progress = progress_of(layout.slots, stored, skipped=gone)
    projection = None
    if meeting.state == "live":
        projection = project(progress, now=now, ends_at=meeting.ends_at)
    views = _slot_views(progress, people, seats, stored, projection)
    owed = _owed(people, promises)
    by_id = {person.id: person for person in people}
    return AgendaView(
        meeting=meeting,
        source=_source(meeting),
        over_by_minutes=layout.over_by_minutes,
        speaking_order=[by_id[who] for who in speakers],
        segments=[
            SegmentView(
                planned=planned,
                slots=[views[slot.position] for slot in planned.slots],
                owed=owed if planned.segment.purpose == "commitments" else None,
            )
            for planned in layout.segments
        ],
        projection=projection,
    )


def speakers_of(
    meeting: Row[Any], people: Sequence[Row[Any]], marks: Sequence[Row[Any]]
) -> list[UUID]:
    """The speaking order as planned, or where there is none yet, who is expected, by place."""
    known = {person.id for person in people}
    planned = [who for text in meeting.speaking_order if (who := UUID(text)) in known]
    if planned:
        return planned
    away = {mark.membership_id for mark in marks if mark.status in AWAY}
    return [person.id for person in people if person.id not in away and not person.on_leave]


def _agenda(meeting: Row[Any]) -> Agenda:
    minutes = (meeting.ends_at - meeting.starts_at) // timedelta(minutes=1)
    return effective_agenda(meeting.agenda, meeting.agenda_template, minutes)


def _source(meeting: Row[Any]) -> str:
    if meeting.agenda:
        return "meeting"
    return "group" if meeting.agenda_template else "shipped"


def _layout(
    meeting: Row[Any],
    agenda: Agenda,
    speakers: Sequence[UUID],
    seats: Sequence[Row[Any]],
    stored: Sequence[StoredSlot],
) -> Layout:
    if stored:
        return laid_out_before(agenda, stored, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
    return lay_out(
        agenda,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        speaking_order=speakers,
        hot_seats=[seat.membership_id for seat in seats if seat.state not in NOT_TAKING_PLACE],
    )


def _slot_views(
    progress: Sequence[SlotProgress],
    people: Sequence[Row[Any]],
    seats: Sequence[Row[Any]],
    stored: Sequence[StoredSlot],
    projection: Projection | None,
) -> Mapping[int, SlotView]:
    person_of: dict[UUID | None, Row[Any]] = {person.id: person for person in people}
    seat_of: dict[UUID | None, Row[Any]] = {seat.membership_id: seat for seat in seats}
    actual = {row.position: row for row in stored}
    projected = {p.progress.slot.position: p for p in projection.slots} if projection else {}
    return {
        each.slot.position: SlotView(
            slot=each.slot,
            person=person_of.get(each.slot.membership_id),
            hot_seat=seat_of.get(each.slot.membership_id) if each.slot.kind == "hot_seat" else None,
            kept=actual.get(each.slot.position),
            projected=projected.get(each.slot.position),
        )
        for each in progress
    }


def _owed(people: Sequence[Row[Any]], promises: Sequence[Row[Any]]) -> list[Owed]:
    open_ones: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for promise in promises:
        open_ones[promise.membership_id].append(promise)
    return [Owed(person, open_ones[person.id]) for person in people if open_ones[person.id]]
