"""Rows that a request's body refers to: one that is absent is a mistake in the body, no 404."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Person
from app.db.queries import groups, people
from app.domain.errors import Invalid, NotFound


async def person_of(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Person:
    """The person whom `/person_id` of a body names; Invalid `unknown_person`."""
    try:
        return await people.load(session, workspace_id, person_id)
    except NotFound as error:
        raise Invalid(
            "There is no such person: send the id of one of this workspace.",
            code="unknown_person",
            pointer="/person_id",
        ) from error


async def group_of_body(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Group:
    """The group, locked, that `/group_id` of a body names; Invalid `unknown_group`."""
    try:
        return await groups.lock(session, workspace_id, group_id)
    except NotFound as error:
        raise Invalid(
            "There is no such group: send the id of one of this workspace.",
            code="unknown_group",
            pointer="/group_id",
        ) from error
