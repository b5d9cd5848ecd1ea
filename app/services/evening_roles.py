"""Writes of an evening's roles: given, swapped, taken over. What is given stays with its holder."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting, MeetingRole
from app.db.queries import attendance, external_ids, meetings, planning
from app.domain import ids
from app.domain.attendance import has_begun, not_there
from app.domain.errors import Conflict, Invalid
from app.domain.roles import Role
from app.domain.versions import Expected
from app.services.evening import check_evening_open
from app.services.holding import roster_of
from app.services.meeting_rows import locked, tell
from app.services.planning import replan

Holders = dict[str, MeetingRole]


async def put_roles(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    wanted: Mapping[str, UUID | None],
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Give roles of an evening to members, who keep them; None leaves a role to the rotation, as
    long as it plans the evening.

    Conflict `meeting_over`, `member_away`, `role_stands`; Invalid `not_a_member_then`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    check_evening_open(meeting)
    there = await _there(session, group, meeting)
    for name, who in wanted.items():
        if who is not None:
            _check_there(who, there, f"/{name}")
        elif has_begun(meeting.state, meeting.starts_at, now):
            raise Conflict(
                "The meeting has begun, so the rotation gives this role to nobody else: name who "
                "takes it over, or leave it out.",
                code="role_stands",
                pointer=f"/{name}",
            )
    holders = await _holders(session, meeting)
    for name, who in wanted.items():
        _give(session, meeting, holders, name, who)
    await _save(session, group, [meeting], now)
    return meeting


async def take_over_role(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    role: Role,
    membership_id: UUID,
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Let a member who is there have a role instead of whoever has it, if anybody.

    Conflict `meeting_over`, `member_away`; Invalid `not_a_member_then`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    check_evening_open(meeting)
    _check_there(membership_id, await _there(session, group, meeting), "/membership_id")
    _give(session, meeting, await _holders(session, meeting), role, membership_id)
    await _save(session, group, [meeting], now)
    return meeting


async def swap_roles(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    role: Role,
    with_role: Role,
    with_meeting_id: UUID | None,
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Exchange the holders of two roles, of this evening or of this one and another of the group.

    Each keeps what they get, and is charged for what they do. Conflict `meeting_over`,
    `role_vacant`, `member_away`; Invalid `unknown_meeting`, `same_role`, `not_a_member_then`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    other = await _other(session, meeting, with_meeting_id)
    if other is meeting and role == with_role:
        raise Invalid("Name two roles, or another meeting.", code="same_role", pointer="/with_role")
    for each in (meeting, other):
        check_evening_open(each)
    ours = await _holders(session, meeting)
    theirs = ours if other is meeting else await _holders(session, other)
    mine, yours = _holder(ours, role), _holder(theirs, with_role)
    if other is not meeting:
        _check_there(yours, await _there(session, group, meeting), "/with_meeting_id")
        _check_there(mine, await _there(session, group, other), "/with_meeting_id")
    _give(session, meeting, ours, role, yours)
    _give(session, other, theirs, with_role, mine)
    await _save(session, group, list(dict.fromkeys([meeting, other])), now)
    return meeting


async def _other(session: AsyncSession, meeting: Meeting, with_meeting_id: UUID | None) -> Meeting:
    if with_meeting_id is None or with_meeting_id == meeting.id:
        return meeting
    found = await meetings.find(session, meeting.workspace_id, with_meeting_id)
    if found is None or found.group_id != meeting.group_id:
        raise Invalid(
            "This is no meeting of the group.", code="unknown_meeting", pointer="/with_meeting_id"
        )
    return found


async def _there(session: AsyncSession, group: Group, meeting: Meeting) -> Mapping[UUID, bool]:
    """The members of the meeting's day, and whether they are there or expected."""
    people: Sequence[Row[Any]] = await roster_of(session, group, meeting)
    marks = await attendance.of_meetings(session, meeting.workspace_id, [meeting.id])
    gone = not_there(meeting.state, held_before=meeting.closed_at is not None)
    said = {mark.membership_id: mark.status not in gone for mark in marks}
    return {person.id: said.get(person.id, not person.on_leave) for person in people}


def _check_there(who: UUID, there: Mapping[UUID, bool], pointer: str) -> None:
    if who not in there:
        raise Invalid(
            "This is no membership of the group on the day of the meeting.",
            code="not_a_member_then",
            pointer=pointer,
        )
    if not there[who]:
        raise Conflict(
            "This member is away that evening, or has left: mark them present first.",
            code="member_away",
            pointer=pointer,
        )


async def _holders(session: AsyncSession, meeting: Meeting) -> Holders:
    rows = await planning.roles(session, meeting.workspace_id, [meeting.id])
    return {row.role: row for row in rows}


def _holder(holders: Holders, role: Role) -> UUID:
    if role not in holders:
        raise Conflict(
            f"Nobody is {role} at this meeting: let somebody take it over.",
            code="role_vacant",
            facts={"role": role.value},
        )
    return holders[role].membership_id


def _give(
    session: AsyncSession, meeting: Meeting, holders: Holders, name: str, who: UUID | None
) -> None:
    """Write a role; `who` None: it is the rotation's again."""
    row = holders.get(name)
    if row is None and who is not None:
        row = holders[name] = MeetingRole(
            workspace_id=meeting.workspace_id, meeting_id=meeting.id, role=name
        )
        session.add(row)
    if row is not None:
        row.membership_id = who or row.membership_id
        row.pinned = who is not None


async def _save(
    session: AsyncSession, group: Group, changed: Sequence[Meeting], now: datetime
) -> None:
    for meeting in changed:
        meeting.touch(now)
    await session.flush()
    await replan(session, group.workspace_id, group.id, now)
    for meeting in changed:
        holders = await _holders(session, meeting)
        more = await _facts(session, group, holders)
        await tell(session, "meeting.roles_changed", group, [meeting], now, more=more)


async def _facts(session: AsyncSession, group: Group, holders: Holders) -> dict[str, str | None]:
    """Who has which role, as events tell of it."""
    who = {role: holders[role].membership_id if role in holders else None for role in Role}
    names = await external_ids.of_memberships(
        session, group.workspace_id, {each for each in who.values() if each is not None}
    )
    facts: dict[str, str | None] = {}
    for role, each in who.items():
        facts[f"{role}_membership_id"] = None if each is None else ids.encode("membership", each)
        facts[f"{role}_membership_external_id"] = None if each is None else names[each]
    return facts
