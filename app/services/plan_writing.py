"""Write a plan into the rows of the coming meetings, and tell of what it changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting, MeetingRole
from app.db.queries import external_ids
from app.domain.evenings import PlannedEvening, seatable
from app.domain.rotation import PlannedSeat
from app.domain.rotation_reasons import says_nothing_new
from app.services.calendar_pushes import enqueue_pushes
from app.services.events import emit
from app.services.facts import hot_seat_facts
from app.services.planning_outlook import Outlook

ANNOUNCED_MEETINGS = 3
CALLED_OFF = {"code": "skipped_called_off", "params": {}, "text": "its meeting was called off"}
OPEN = {"planned", "announced"}


async def write_plan(
    session: AsyncSession,
    outlook: Outlook,
    planned: Sequence[PlannedEvening],
    loose: Mapping[UUID, str],
    now: datetime,
) -> None:
    """Bring seats, speaking orders and roles to what was planned.

    Seats that go are deleted before seats that come are added: the database holds one a member
    and meeting. A topic goes along to its member's next seat that has none; so do `loose` ones.
    """
    lost = _lost(outlook, planned)
    gone = [*outlook.called_off, *outlook.released, *lost]
    topics = Topics(gone, loose)
    taken_back = [seat for seat in gone if seat.state == "announced"]
    await _give_up(session, outlook, gone, now)
    announced: list[HotSeat] = []
    for index, evening in enumerate(planned):
        seats = await _write_evening(session, outlook, evening, topics, now)
        if index < ANNOUNCED_MEETINGS:
            announced += _announce(seats, now)
    _count_taken_away(outlook, lost)
    touched = {seat.meeting_id for seat in [*gone, *announced]}
    for meeting in outlook.meetings:
        if meeting.id in touched:
            meeting.touch(now)
    await session.flush()
    await _tell(session, outlook, taken_back, announced, now)
    await enqueue_pushes(session, outlook.group.workspace_id, touched, now)


class Topics:
    """What members wanted to talk about in seats that they have lost, the next seat's first."""

    def __init__(self, gone: Sequence[HotSeat], loose: Mapping[UUID, str]) -> None:
        self._waiting: dict[UUID, list[str]] = defaultdict(list)
        for member, topic in loose.items():
            self._waiting[member].append(topic)
        for seat in gone:
            if seat.topic:
                self._waiting[seat.membership_id].append(seat.topic)

    def next_for(self, membership_id: UUID) -> str | None:
        """The member's first topic that is still without a seat."""
        waiting = self._waiting[membership_id]
        return waiting.pop(0) if waiting else None


async def _give_up(
    session: AsyncSession, outlook: Outlook, gone: Sequence[HotSeat], now: datetime
) -> None:
    """Delete the seats; of those called off, the announced ones stay on record as turns owed."""
    for seat in gone:
        if seat in outlook.called_off and seat.state == "announced":
            seat.state, seat.pinned, seat.urgent, seat.topic = "skipped", False, False, None
            seat.reason = CALLED_OFF
            seat.touch(now)
        else:
            await session.delete(seat)
    await session.flush()


async def _write_evening(
    session: AsyncSession,
    outlook: Outlook,
    evening: PlannedEvening,
    topics: Topics,
    now: datetime,
) -> list[HotSeat]:
    """The meeting's planned seats as rows; the meeting's version rises if others see a change."""
    meeting = outlook.meeting(evening.id)
    seats, changed = _write_seats(session, outlook, meeting, evening, topics, now)
    changed_roles = await _write_roles(session, outlook, evening)
    order = [member.hex for member in evening.speaking_order]
    if changed or changed_roles or order != meeting.speaking_order:
        meeting.speaking_order = order
        meeting.touch(now)
    return seats


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


def _count_taken_away(outlook: Outlook, lost: Sequence[HotSeat]) -> None:
    """Keep on record what the plan takes from those who could still have come."""
    could_come = {evening.id: seatable(evening, outlook.members) for evening in outlook.evenings}
    for seat in lost:
        if seat.membership_id in could_come[seat.meeting_id]:
            meeting = outlook.meeting(seat.meeting_id)
            meeting.seats_taken_away += 1
            meeting.announced_taken_away += seat.state == "announced"


def _write_seats(
    session: AsyncSession,
    outlook: Outlook,
    meeting: Meeting,
    evening: PlannedEvening,
    topics: Topics,
    now: datetime,
) -> tuple[list[HotSeat], bool]:
    """The rows, and whether anything changed that others see."""
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
            changed |= _update_seat(seat, planned, topics, now)
        seats.append(seat)
    return seats, changed


def _new_seat(
    group: Group, meeting: Meeting, planned: PlannedSeat, topics: Topics, now: datetime
) -> HotSeat:
    return HotSeat(
        workspace_id=group.workspace_id,
        group_id=group.id,
        meeting_id=meeting.id,
        membership_id=planned.membership_id,
        position=planned.order,
        state="planned",
        pinned=planned.pinned,
        topic=topics.next_for(planned.membership_id),
        reason=_reason(planned),
        created_at=now,
        updated_at=now,
    )


def _update_seat(seat: HotSeat, planned: PlannedSeat, topics: Topics, now: datetime) -> bool:
    """Whether anything changed that others see. A reason's numbers may move without notice."""
    stands = says_nothing_new(
        planned.reason, seat.reason.get("code", ""), seat.reason.get("params", {})
    )
    reason = seat.reason if stands else _reason(planned)
    topic = seat.topic or topics.next_for(planned.membership_id)
    moved = (seat.position, seat.topic) != (planned.order, topic)
    if moved or seat.reason != reason:
        seat.position, seat.topic, seat.reason = planned.order, topic, reason
        seat.touch(now)
    return moved


def _reason(planned: PlannedSeat) -> dict[str, Any]:
    return {**asdict(planned.reason), "params": dict(planned.reason.params)}


def _announce(seats: Sequence[HotSeat], now: datetime) -> list[HotSeat]:
    news = [seat for seat in seats if seat.state == "planned"]
    for seat in news:
        seat.state = "announced"
        seat.touch(now)
    return news


async def _write_roles(session: AsyncSession, outlook: Outlook, evening: PlannedEvening) -> bool:
    """Whether any role changed hands. A role that had to leave its holder is fixed no more."""
    present = {role.role: role for role in outlook.roles.get(evening.id, ())}
    wanted = {role.value: who for role, who in evening.roles.items()}
    changed = wanted != {name: row.membership_id for name, row in present.items()}
    for name in present.keys() - wanted.keys():
        await session.delete(present[name])
    for name, who in wanted.items():
        if name not in present:
            session.add(
                MeetingRole(
                    workspace_id=outlook.group.workspace_id,
                    meeting_id=evening.id,
                    role=name,
                    membership_id=who,
                )
            )
        elif present[name].membership_id != who:
            present[name].membership_id, present[name].pinned = who, False
    return changed


async def _tell(
    session: AsyncSession,
    outlook: Outlook,
    taken_back: Sequence[HotSeat],
    announced: Sequence[HotSeat],
    now: datetime,
) -> None:
    group = outlook.group
    meeting_ids = {seat.meeting_id for seat in (*taken_back, *announced)}
    names = await external_ids.of_meetings(session, group.workspace_id, meeting_ids)
    for event, seats in (("hot_seat.changed", taken_back), ("hot_seat.announced", announced)):
        for seat in seats:
            holder = outlook.people.get(seat.membership_id)
            facts = hot_seat_facts(seat, group, holder, names[seat.meeting_id])
            emit(session, event, group.workspace_id, facts, now, group_id=group.id)
