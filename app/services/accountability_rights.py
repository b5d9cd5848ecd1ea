"""Who may see whose figures. Without an acting person it is the app that asks."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.queries import accountability as queries
from app.domain.callers import Caller
from app.domain.errors import Forbidden


async def check_may_see_group(connection: AsyncConnection, caller: Caller, group_id: UUID) -> None:
    """A group's aggregates are for its members and organizers. Forbidden `not_your_group`."""
    if caller.actor_id is None:
        return
    who = (connection, caller.workspace_id, group_id, caller.actor_id)
    if not (await queries.is_member(*who) or await queries.is_organizer(*who)):
        raise Forbidden(
            "A group's figures are for its members and organizers.", code="not_your_group"
        )


async def check_may_see_member(
    connection: AsyncConnection, caller: Caller, member: Row[Any]
) -> None:
    """A member's figures are for them and the group's organizers. Forbidden `not_your_figures`.

    Who facilitates an evening answers for nobody by that.
    """
    if caller.actor_id in {None, member.person_id}:
        return
    who = (connection, caller.workspace_id, member.group_id, caller.actor_id)
    if not await queries.is_organizer(*who):
        raise Forbidden(
            "A member's figures are for the member and for the group's organizers.",
            code="not_your_figures",
        )
