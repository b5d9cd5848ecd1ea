"""What planning looks at: the coming meetings of a group, and all that bears on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat, Meeting, MeetingRole
from app.db.queries import planning as queries
from app.db.queries import rotation
from app.domain.agenda import Agenda
from app.domain.agendas import effective_agenda
from app.domain.checkpoint import Checkpoint, checkpoint_from_json, with_newcomers, with_owed
from app.domain.evenings import Evening, Member
from app.domain.membership import Leave
from app.domain.roles import Role
from app.domain.wall_clock import local_time

PLANNED_MEETINGS = 12
TOOK_PLACE = {"planned", "announced", "live", "done"}
"""The states of hot seats that take place, or will if all goes to plan."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What planning looks at: the coming meetings, and all that bears on them.

    `people` are the planning rows of members, `called_off` the open hot seats of cancelled
    meetings, `released` others that go back into the plan.
    """

    group: Group
    members: Sequence[Member]
    people: Mapping[UUID, Row[Any]]
    meetings: Sequence[Meeting]
    evenings: Sequence[Evening]
    seats: Mapping[UUID, Sequence[HotSeat]]
    released: Sequence[HotSeat]
    called_off: Sequence[HotSeat]
    roles: Mapping[UUID, Sequence[MeetingRole]]
    checkpoint: Checkpoint

    def meeting(self, meeting_id: UUID) -> Meeting:
        """One of the coming meetings."""
        return next(meeting for meeting in self.meetings if meeting.id == meeting_id)


async def load_outlook(
    session: AsyncSession, group: Group, now: datetime, *, released: Collection[UUID] = ()
) -> Outlook:
    """Everything that planning the group's coming meetings needs, in ten SELECTs."""
    workspace_id = group.workspace_id
    rows = await queries.members(session, workspace_id, group.id)
    leaves = await queries.leaves(session, workspace_id, [row.id for row in rows])
    meetings = await queries.ahead(session, workspace_id, group.id, now, limit=PLANNED_MEETINGS)
    meeting_ids = [meeting.id for meeting in meetings]
    absences = await queries.absences(session, workspace_id, meeting_ids)
    found = await queries.hot_seats(session, workspace_id, meeting_ids)
    brought_back = {meeting.id for meeting in meetings if not _is_fixed(meeting, now)}
    freed = [seat for seat in found if seat.id in released or _is_left_over(seat, brought_back)]
    seats = _by_meeting(seat for seat in found if seat not in freed)
    roles = _by_meeting(await queries.roles(session, workspace_id, meeting_ids))
    absent = {(row.meeting_id, row.membership_id) for row in absences}
    evenings = [
        _evening(group, meeting, absent, seats[meeting.id], roles[meeting.id], now)
        for meeting in meetings
    ]
    seats_tonight = [seat for evening in evenings if evening.fixed for seat in seats[evening.id]]
    called_off = await queries.called_off(session, workspace_id, group.id)
    stored = await queries.last_checkpoint(session, workspace_id, group.id)
    opening = await rotation.opening(session, workspace_id, group.id)
    checkpoint = with_owed(
        checkpoint_from_json(stored) if stored else Checkpoint(),
        [
            *await queries.broken_turns(session, workspace_id, group.id, now),
            *((seat.membership_id, at) for seat, at in called_off if seat.state == "announced"),
        ],
        owed_tonight(seats_tonight, absences),
    )
    return Outlook(
        group=group,
        members=_members(rows, leaves),
        people={row.id: row for row in rows},
        meetings=meetings,
        evenings=_within_horizon(evenings),
        seats=seats,
        released=freed,
        called_off=[seat for seat, _ in called_off],
        roles=roles,
        checkpoint=with_newcomers(checkpoint, opening, [row.id for row in rows]),
    )


def owed_tonight(seats: Iterable[HotSeat | Row[Any]], absences: Iterable[Row[Any]]) -> set[UUID]:
    """Whose hot seat did not take place in a meeting that runs, although they are there."""
    away = {(absence.meeting_id, absence.membership_id) for absence in absences}
    return {
        seat.membership_id
        for seat in seats
        if seat.state in {"skipped", "interrupted"}
        and (seat.meeting_id, seat.membership_id) not in away
    }


def agenda_of(group: Group, meeting: Meeting) -> Agenda:
    """The agenda by which the meeting goes."""
    minutes = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    return effective_agenda(meeting.agenda, group.agenda_template, minutes, group.formats)


def seats_of(group: Group, meeting: Meeting, *, wanted: int | None = None) -> int:
    """How many hot seats the meeting has: those of its agenda, or fewer if that is `wanted`, by
    the group's settings unless it is given.
    """
    agenda = agenda_of(group, meeting)
    wanted = wanted or group.rotation.get("hot_seats_per_meeting")
    return min(agenda.seats, wanted) if wanted else agenda.seats


def roles_of(group: Group) -> tuple[Role, ...]:
    """The roles that go round in the group: all of them, unless its settings say otherwise."""
    wanted = group.rotation.get("roles")
    return tuple(role for role in Role if wanted is None or role in wanted)


def _members(rows: Sequence[Row[Any]], leaves: Sequence[Row[Any]]) -> list[Member]:
    away: dict[UUID, list[Leave]] = defaultdict(list)
    for leave in leaves:
        away[leave.membership_id].append(Leave(leave.first_on, leave.last_on))
    return [
        Member(
            id=row.id,
            place=row.place,
            name=row.name,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            weight=row.weight,
            leaves=tuple(away[row.id]),
        )
        for row in rows
    ]


def _evening(
    group: Group,
    meeting: Meeting,
    absent: set[tuple[UUID, UUID]],
    seats: Sequence[HotSeat],
    roles: Sequence[MeetingRole],
    now: datetime,
) -> Evening:
    fixed = _is_fixed(meeting, now)
    taking_place = [seat for seat in seats if seat.state in TOOK_PLACE]
    return Evening(
        id=meeting.id,
        starts_at=meeting.starts_at,
        day=local_time(meeting.starts_at, group.time_zone).date(),
        seats=seats_of(group, meeting),
        absent=frozenset(who for at, who in absent if at == meeting.id),
        passed=frozenset(seat.membership_id for seat in seats if seat.state == "passed"),
        holders=tuple(seat.membership_id for seat in taking_place),
        pinned=tuple(seat.membership_id for seat in taking_place if seat.pinned),
        roles=roles_of(group),
        pinned_roles={
            Role(role.role): role.membership_id for role in roles if role.pinned or fixed
        },
        fixed=fixed,
    )


def _within_horizon(evenings: Sequence[Evening]) -> list[Evening]:
    """The evenings, of which those beyond the horizon keep no seats but the pinned ones."""
    near = {evening.id for evening in [e for e in evenings if not e.fixed][:PLANNED_MEETINGS]}
    return [
        evening if evening.fixed or evening.id in near else replace(evening, seats=0)
        for evening in evenings
    ]


def _is_fixed(meeting: Meeting, now: datetime) -> bool:
    return meeting.state == "live" or meeting.starts_at <= now


def _is_left_over(seat: HotSeat, ahead: Collection[UUID]) -> bool:
    """Whether a hot seat was called off with its meeting, which has come back since."""
    return seat.state == "skipped" and seat.meeting_id in ahead


def _by_meeting(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.meeting_id].append(row)
    return found
