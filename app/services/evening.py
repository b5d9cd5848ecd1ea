"""Writes of what belongs to one evening: its roles and its guests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Guest, Meeting, MeetingRole
from app.db.queries import evening as queries
from app.db.queries import planning
from app.domain.errors import Conflict, Invalid
from app.domain.versions import ANY
from app.services.holding import roster_of
from app.services.meeting_rows import locked
from app.services.planning import replan
from app.services.references import person_of

OPEN_MEETING = {"scheduled", "live"}


async def put_roles(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    wanted: Mapping[str, UUID | None],
    now: datetime,
) -> Meeting:
    """Give roles of an evening to members, who keep them; None leaves a role to the rotation.

    Conflict `meeting_over`; Invalid `not_a_member_then`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    _check_open(meeting)
    members = {person.id for person in await roster_of(session, group, meeting)}
    roles = {role.role: role for role in await planning.roles(session, workspace_id, [meeting.id])}
    for name, who in wanted.items():
        if who is not None and who not in members:
            raise Invalid(
                "This is no membership of the group on the day of the meeting.",
                code="not_a_member_then",
                pointer=f"/{name}",
            )
        role = roles.get(name)
        if role is None and who is not None:
            role = MeetingRole(workspace_id=workspace_id, meeting_id=meeting.id, role=name)
            session.add(role)
        if role is not None:
            role.membership_id = who or role.membership_id
            role.pinned = who is not None
    meeting.touch(now)
    await session.flush()
    await replan(session, workspace_id, group.id, now)
    return meeting


async def add_guest(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> Guest:
    """Invite somebody for one evening, without a hot seat. Conflict `meeting_over`."""
    _, meeting = await locked(session, workspace_id, meeting_id, ANY)
    _check_open(meeting)
    if fields.get("person_id") is not None:
        await person_of(session, workspace_id, fields["person_id"])
    guest = Guest(workspace_id=workspace_id, meeting_id=meeting.id, created_at=now, **fields)
    session.add(guest)
    meeting.touch(now)
    await session.flush()
    return guest


async def remove_guest(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    guest_id: UUID,
    now: datetime,
) -> None:
    """Take an invitation back; NotFound, Conflict `meeting_over`."""
    _, meeting = await locked(session, workspace_id, meeting_id, ANY)
    guest = await queries.load_guest(session, workspace_id, meeting_id, guest_id)
    _check_open(meeting)
    await session.delete(guest)
    meeting.touch(now)


def _check_open(meeting: Meeting) -> None:
    if meeting.state not in OPEN_MEETING:
        raise Conflict(
            f"The meeting is {meeting.state}: nothing of its evening changes any more.",
            code="meeting_over",
            facts={"state": meeting.state},
        )
