"""Closing a meeting, and what it did: the same whether it is shown ahead or done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Group, HotSeat, Meeting
from app.db.queries import attendance, evening, planning, rotation
from app.domain.attendance import PRESENT
from app.domain.checkpoint import Checkpoint, checkpoint_from_json, with_newcomers
from app.domain.closing import CorrectedItem, LedgerLine, corrected, ledger_lines
from app.domain.plan_change import PlanChange
from app.domain.quorum import Quorum
from app.services.history import evenings_of
from app.services.holding import UNHEARD, end, roster_of
from app.services.plan_changes import watch_plan


@dataclass(frozen=True, slots=True)
class CarriedTopic:
    """What a member wanted to talk about goes to a later hot seat; None if they have none."""

    hot_seat: HotSeat
    next_one: HotSeat | None


@dataclass(frozen=True, slots=True)
class CarriedPromise:
    """A promise that the meeting left overdue; `carried_from`: all meetings that did, in order."""

    row: Row[Any]
    carried_from: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction changed; of a close, since before the meeting was reopened."""

    attendance: Sequence[CorrectedItem]
    hot_seats: Sequence[CorrectedItem]
    credits: Sequence[CorrectedItem]


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed meeting and what that did; `correction` where it had been reopened."""

    meeting: Meeting
    marks: Sequence[Attendance]
    hot_seats: Sequence[HotSeat]
    topics: Sequence[CarriedTopic]
    promises: Sequence[CarriedPromise]
    ledger: Sequence[LedgerLine]
    quorum: Quorum
    correction: Correction | None
    plan: PlanChange


async def close(session: AsyncSession, group: Group, meeting: Meeting, now: datetime) -> Closing:
    """Close a live meeting of a locked group, and tell what became of what."""
    workspace_id = group.workspace_id
    stood = meeting.before_correction
    watch = await watch_plan(session, group, now)
    before = await _checkpoint(session, group)
    await end(session, group, meeting, now, ended_at=now)
    after = await _checkpoint(session, group)
    people = await roster_of(session, group, meeting)
    by_place = {person.id: place for place, person in enumerate(people)}
    found = await attendance.of_meetings(session, workspace_id, [meeting.id])
    marks = [mark for mark in found if mark.membership_id in by_place]
    seats = await planning.hot_seats(session, workspace_id, [meeting.id])
    [held] = await evenings_of(session, workspace_id, [meeting])
    present = sum(mark.status in PRESENT for mark in marks)
    return Closing(
        meeting=meeting,
        marks=sorted(marks, key=lambda mark: by_place[mark.membership_id]),
        hot_seats=seats,
        topics=await _topics(session, meeting, seats) if meeting.origin != "backfill" else [],
        promises=await _promises(session, meeting, meeting.closed_at or now),
        ledger=ledger_lines(before, after, held.meeting),
        quorum=Quorum(group.charter.get("quorum"), present),
        correction=difference(stood, await snapshot(session, group, meeting)) if stood else None,
        plan=await watch.change(),
    )


async def snapshot(session: AsyncSession, group: Group, meeting: Meeting) -> dict[str, Any]:
    """How a held meeting stands, by membership: marks, hot seats, and all credits of the group."""
    marks = await attendance.of_meetings(session, group.workspace_id, [meeting.id])
    seats = await planning.hot_seats(session, group.workspace_id, [meeting.id])
    checkpoint = await _checkpoint(session, group)
    return {
        "attendance": {mark.membership_id.hex: mark.status for mark in marks},
        "hot_seats": {seat.membership_id.hex: seat.state for seat in seats},
        "credits": {who.hex: line.credit for who, line in checkpoint.standings.items()},
    }


def difference(stood: Mapping[str, Any], stands: Mapping[str, Any]) -> Correction:
    """What is different between two snapshots of a meeting."""
    return Correction(
        **{name: corrected(stood[name], stands[name]) for name in Correction.__slots__}
    )


async def _checkpoint(session: AsyncSession, group: Group) -> Checkpoint:
    stored = await planning.last_checkpoint(session, group.workspace_id, group.id)
    opening = await rotation.opening(session, group.workspace_id, group.id)
    checkpoint = checkpoint_from_json(stored) if stored else Checkpoint()
    return with_newcomers(checkpoint, opening, opening.credits)


async def _topics(
    session: AsyncSession, meeting: Meeting, seats: Sequence[HotSeat]
) -> list[CarriedTopic]:
    lost = {seat.membership_id: seat for seat in seats if seat.topic and seat.state in UNHEARD}
    later = await evening.later_seats(
        session, meeting.workspace_id, meeting.group_id, lost, after=meeting.starts_at
    )
    found: dict[UUID, HotSeat] = {}
    for seat in later:
        if seat.topic == lost[seat.membership_id].topic:
            found.setdefault(seat.membership_id, seat)
    return [CarriedTopic(seat, found.get(who)) for who, seat in lost.items()]


async def _promises(
    session: AsyncSession, meeting: Meeting, closed_at: datetime
) -> list[CarriedPromise]:
    rows: dict[UUID, list[Row[Any]]] = {}
    for row in await evening.carried_from(session, meeting.workspace_id, meeting.id, closed_at):
        rows.setdefault(row.id, []).append(row)
    return [CarriedPromise(each[0], [row.from_id for row in each]) for each in rows.values()]
