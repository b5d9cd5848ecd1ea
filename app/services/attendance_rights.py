"""Who may say of whom that they come, or came."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

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
    meeting = await meetings.load(session, workspace_id, meeting_id)
    group = await groups.load(session, workspace_id, meeting.group_id)
    person_of = {row.id: row.person_id for row in await roster_of(session, group, meeting)}
    if person_of.get(membership_id, actor_id) == actor_id:
        return
    roles = await planning.roles(session, workspace_id, [meeting.id])
    if any(
        r.role == Role.FACILITATOR and person_of.get(r.membership_id) == actor_id for r in roles
    ):
        return
    if await organizers.find(session, workspace_id, group.id, actor_id) is None:
        raise Forbidden(
            "You can say this of yourself; of others, the evening's facilitator and the group's "
            "organizers can.",
            code="not_yours_to_say",
        )
