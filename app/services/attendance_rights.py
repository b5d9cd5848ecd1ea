"""Who may say of whom that they come, or came, and what a meeting was."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Meeting
from app.db.queries import groups, meetings, organizers, planning
from app.domain.errors import Forbidden
from app.domain.roles import Role
from app.services.holding import roster_of


async def check_may_mark(
    session: AsyncSession,
    workspace_id: UUID,
    actor_id: UUID | None,
    meeting_id: UUID,
    membership_id: UUID,
) -> None:
    """A person says it of themselves, the evening's facilitator and the group's organizers of all;
    without an acting person it is the app that speaks. Forbidden `not_yours_to_say`; NotFound.

    Of whom the group does not have that day, it is for the write to say so.
    """
    if actor_id is None:
        return
    meeting, person_of = await _people(session, workspace_id, meeting_id)
    if person_of.get(membership_id, actor_id) == actor_id:
        return
    await _check_answers(session, meeting, person_of, actor_id)


async def check_may_tell(
    session: AsyncSession, workspace_id: UUID, actor_id: UUID | None, meeting_id: UUID
) -> None:
    """What a whole meeting was, who was there and who had the hot seats, is for the evening's
    facilitator and the group's organizers to say. Forbidden `not_yours_to_say`; NotFound.
    """
    if actor_id is not None:
        meeting, person_of = await _people(session, workspace_id, meeting_id)
        await _check_answers(session, meeting, person_of, actor_id)


async def _people(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID
) -> tuple[Meeting, dict[UUID, UUID]]:
    """The meeting, and by membership whose they are on its day."""
    meeting = await meetings.load(session, workspace_id, meeting_id)
    group = await groups.load(session, workspace_id, meeting.group_id)
    return meeting, {row.id: row.person_id for row in await roster_of(session, group, meeting)}


async def _check_answers(
    session: AsyncSession, meeting: Meeting, person_of: Mapping[UUID, UUID], actor_id: UUID
) -> None:
    workspace_id = meeting.workspace_id
    roles = await planning.roles(session, workspace_id, [meeting.id])
    if any(
        r.role == Role.FACILITATOR and person_of.get(r.membership_id) == actor_id for r in roles
    ):
        return
    if await organizers.find(session, workspace_id, meeting.group_id, actor_id) is None:
        raise Forbidden(
            "You can say this of yourself; of others, the evening's facilitator and the group's "
            "organizers can.",
            code="not_yours_to_say",
        )
