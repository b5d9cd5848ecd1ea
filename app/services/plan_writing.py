"""Write a plan into the rows of the coming meetings, and tell of what it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting, MeetingRole
from app.domain.checkpoint import Checkpoint
from app.domain.evenings import Evening, Member, PlannedEvening
from app.domain.rotation import PlannedSeat
from app.services.events import emit
from app.services.facts import hot_seat_facts

ANNOUNCED_MEETINGS = 3
OPEN = {"planned", "announced"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What planning looks at: the coming meetings, and all that bears on them."""

    group: Group
    members: Sequence[Member]
    people: Mapping[UUID, Row[Any]]
    meetings: Sequence[Meeting]
    evenings: Sequence[Evening]
    seats: Mapping[UUID, Sequence[HotSeat]]
    roles: Mapping[UUID, Sequence[MeetingRole]]
    checkpoint: Checkpoint


async def write_plan(
    session: AsyncSession, outlook: Outlook, planned: Sequence[PlannedEvening], now: datetime
) -> None:
    """Bring seats, speaking orders and roles to what was planned.

    Seats that go are deleted before seats that come are added: the database holds one a member
    and meeting. A topic goes along to its member's next seat.
    """
    lost = _lost(outlook, planned)
    topics = {seat.membership_id: seat.topic for seat in lost if seat.topic}
    for seat in lost:
        await session.delete(seat)
    await session.flush()
    meetings = {meeting.id: meeting for meeting in outlook.meetings}
    announced: list[HotSeat] = []
    for index, evening in enumerate(planned):
        meeting = meetings[evening.id]
        seats, changed = _write_seats(session, outlook, meeting, evening, topics, now)
        if index < ANNOUNCED_MEETINGS:
            announced += _announce(seats, now)
        changed_roles = await _write_roles(session, outlook, evening)
        order = [member.hex for member in evening.speaking_order]
        gone = any(seat.meeting_id == meeting.id for seat in lost)
        if changed or gone or changed_roles or order != meeting.speaking_order:
            meeting.speaking_order = order
            meeting.updated_at = now
    await session.flush()
    _tell(session, outlook, lost, announced, now)


def _lost(outlook: Outlook, planned: Sequence[PlannedEvening]) -> list[HotSeat]:
    """Open seats of planned meetings that the plan gives to nobody or to somebody else."""
    lost = []
    for evening in planned:
        kept = {seat.membership_id for seat in evening.seats}
        lost += [
            seat
            for seat in outlook.seats.get(evening.id, ())
            if seat.state in OPEN and seat.membership_id not in kept
        ]
    return lost


def _write_seats(
    session: AsyncSession,
    outlook: Outlook,
    meeting: Meeting,
    evening: PlannedEvening,
    topics: dict[UUID, str],
    now: datetime,
) -> tuple[list[HotSeat], bool]:
    """The meeting's planned seats as rows, and whether anything changed that others see."""
    present = {
        seat.membership_id: seat for seat in outlook.seats.get(meeting.id, ()) if seat.state in OPEN
    }
    seats: list[HotSeat] = []
    changed = False
    for planned in evening.seats:
        seat = present.get(planned.membership_id)
        if seat is None:
            seat = _new_seat(outlook.group, meeting, planned, topics, now)
            session.add(seat)
            changed = True
        else:
            changed |= _update_seat(seat, planned, now)
        seats.append(seat)
    return seats, changed


def _new_seat(
    group: Group, meeting: Meeting, planned: PlannedSeat, topics: dict[UUID, str], now: datetime
) -> HotSeat:
    return HotSeat(
        workspace_id=group.workspace_id,
        group_id=group.id,
        meeting_id=meeting.id,
        membership_id=planned.membership_id,
        position=planned.order,
        state="planned",
        pinned=planned.pinned,
        topic=topics.pop(planned.membership_id, None),
        reason=_reason(planned),
        created_at=now,
        updated_at=now,
    )


def _update_seat(seat: HotSeat, planned: PlannedSeat, now: datetime) -> bool:
    """Whether anything changed that others see. A reason's numbers may move without notice."""
    reason = _reason(planned)
    if seat.position == planned.order and seat.reason == reason:
        return False
    moved = seat.position != planned.order
    seat.position, seat.reason, seat.updated_at = planned.order, reason, now
    return moved


def _reason(planned: PlannedSeat) -> dict[str, Any]:
    return {**asdict(planned.reason), "params": dict(planned.reason.params)}


def _announce(seats: Sequence[HotSeat], now: datetime) -> list[HotSeat]:
    news = [seat for seat in seats if seat.state == "planned"]
    for seat in news:
        seat.state = "announced"
        seat.updated_at = now
    return news


async def _write_roles(session: AsyncSession, outlook: Outlook, evening: PlannedEvening) -> bool:
    present = {role.role: role for role in outlook.roles.get(evening.id, ())}
    wanted = {role.value: who for role, who in evening.roles.items()}
    changed = wanted != {name: row.membership_id for name, row in present.items()}
    for name in present.keys() - wanted.keys():
        await session.delete(present[name])
    for name, who in wanted.items():
        if name in present:
            present[name].membership_id = who
        else:
            session.add(
                MeetingRole(
                    workspace_id=outlook.group.workspace_id,
                    meeting_id=evening.id,
                    role=name,
                    membership_id=who,
                )
            )
    return changed


def _tell(
    session: AsyncSession,
    outlook: Outlook,
    lost: Sequence[HotSeat],
    announced: Sequence[HotSeat],
    now: datetime,
) -> None:
    group = outlook.group
    taken_back = [seat for seat in lost if seat.state == "announced"]
    for event, seats in (("hot_seat.changed", taken_back), ("hot_seat.announced", announced)):
        for seat in seats:
            facts = hot_seat_facts(seat, group, outlook.people.get(seat.membership_id))
            emit(session, event, group.workspace_id, facts, now, group_id=group.id)
