"""Rows that a request's body refers to: one that is absent is a mistake in the body, no 404."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Person
from app.db.queries import people
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
