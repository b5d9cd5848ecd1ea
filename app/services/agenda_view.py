"""The agenda of one meeting as people see it: planned, actual and projected times, names, debts.

A read: rows in, values out. The number of SELECTs does not depend on what there is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.queries import attendance, evening
from app.domain.agenda import Agenda
from app.domain.agenda_layout import StoredSlot
from app.domain.agendas import effective_agenda
from app.domain.attendance import AWAY
from app.domain.group_days import day_of
from app.domain.meeting_pauses import Pause, pauses_from
from app.domain.overrun import Projection
from app.domain.overrun_words import word_end
from app.domain.quorum import Quorum
from app.domain.rotation_reasons import Reason
from app.domain.timeline import PlannedSegment
from app.services.agenda_items import Evening, SlotView
from app.services.agenda_projection import NOT_TAKING_PLACE, is_open, layout_of, projection_of
from app.services.evening_view import quorum_of

KEPT = tuple(field.name for field in fields(StoredSlot))


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
    """The whole evening. `source`: whose agenda it is; `outlook`: whether its end holds, and
    `proposals`: what can be decided, in words, in the order of the projection's.
    """

    meeting: Row[Any]
    source: str
    over_by_minutes: int
    speaking_order: Sequence[Row[Any]]
    segments: Sequence[SegmentView]
    projection: Projection | None
    outlook: Reason | None
    proposals: Sequence[Reason]
    pauses: Sequence[Pause]
    quorum: Quorum

    def is_due(self, promise: Row[Any]) -> bool:
        """Whether the meeting should hear of the promise: due there, or at a meeting before, by
        its day, or overdue.
        """
        if promise.overdue:
            return True
        if promise.due_meeting_starts_at is not None:
            return bool(promise.due_meeting_starts_at <= self.meeting.starts_at)
        day = day_of(self.meeting.starts_at, self.meeting.group_time_zone)
        return promise.due_on is not None and promise.due_on <= day


async def load_agenda(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    now: datetime,
) -> AgendaView:
    """The agenda of a meeting at `now`; NotFound."""
    rows = await _load(connection, workspace_id, meeting_id)
    meeting, people = rows.meeting, rows.people
    speakers = speakers_of(meeting, people, rows.marks)
    agenda = _agenda(meeting)
    layout = layout_of(meeting, agenda, speakers, rows.hot_seats, rows.stored)
    pauses = pauses_from(meeting.pauses)
    gone = {seat.membership_id for seat in rows.hot_seats if seat.state in NOT_TAKING_PLACE}
    tonight = Evening(
        agenda=agenda,
        segments=layout.segments,
        stored={slot.position: slot for slot in rows.stored},
        people={person.id: person for person in people},
        hot_seats={seat.membership_id: seat for seat in rows.hot_seats},
        projection=projection_of(meeting, layout, rows.stored, gone, pauses, now),
        pauses=pauses,
        now=meeting.closed_at or now,
    )
    projection = tonight.projection if is_open(meeting) else None
    return AgendaView(
        meeting=meeting,
        source=_source(meeting),
        over_by_minutes=layout.over_by_minutes,
        speaking_order=[tonight.people[who] for who in speakers],
        segments=_segments(tonight, _owed(people, rows.promises)),
        projection=projection,
        outlook=word_end(projection) if projection else None,
        proposals=tonight.proposals() if projection else [],
        pauses=pauses,
        quorum=quorum_of(meeting, people, rows.marks),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    meeting: Row[Any]
    people: Sequence[Row[Any]]
    marks: Sequence[Row[Any]]
    hot_seats: Sequence[Row[Any]]
    stored: Sequence[StoredSlot]
    promises: Sequence[Row[Any]]


async def _load(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> _Rows:
    meeting = await attendance.meeting_of(connection, workspace_id, meeting_id)
    day = day_of(meeting.starts_at, meeting.group_time_zone)
    slots = await evening.slots(connection, workspace_id, meeting_id)
    return _Rows(
        meeting=meeting,
        people=await attendance.roster(connection, workspace_id, meeting.group_id, day),
        marks=await attendance.marks(connection, workspace_id, meeting_id),
        hot_seats=await evening.hot_seats(connection, workspace_id, meeting_id),
        stored=[StoredSlot(**{name: getattr(row, name) for name in KEPT}) for row in slots],
        promises=await evening.open_commitments(connection, workspace_id, meeting.group_id),
    )


def _segments(tonight: Evening, owed: Sequence[Owed]) -> list[SegmentView]:
    views = tonight.views()
    return [
        SegmentView(
            planned=planned,
            slots=[views[slot.position] for slot in planned.slots],
            owed=owed if planned.segment.purpose == "commitments" else None,
        )
        for planned in tonight.segments
    ]


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
    return effective_agenda(meeting.agenda, meeting.agenda_template, minutes, meeting.formats)


def _source(meeting: Row[Any]) -> str:
    if meeting.agenda:
        return "meeting"
    return "group" if meeting.agenda_template else "shipped"


def _owed(people: Sequence[Row[Any]], promises: Sequence[Row[Any]]) -> list[Owed]:
    open_ones: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for promise in promises:
        open_ones[promise.membership_id].append(promise)
    return [Owed(person, open_ones[person.id]) for person in people if open_ones[person.id]]
