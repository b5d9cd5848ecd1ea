"""Rows that a request's body refers to: one that is absent is a mistake in the body, no 404."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Person
from app.db.queries import groups, people
from app.domain.errors import Conflict, Invalid, NotFound


async def person_of(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Person:
    """As `check_known`, by the id."""
    return check_known(await people.find(session, workspace_id, person_id))


def check_known(person: Person | None) -> Person:
    """The person whom `/person_id` of a body names; Invalid `unknown_person`, Conflict
    `person_erased`.
    """
    if person is None:
        raise Invalid(
            "There is no such person: send the id of one of this workspace.",
            code="unknown_person",
            pointer="/person_id",
        )
    check_not_erased(person, pointer="/person_id")
    return person


def check_not_erased(person: Person, *, pointer: str | None = None) -> None:
    """Nothing is added to somebody who was erased. Conflict `person_erased`."""
    if person.erased_at is not None:
        raise Conflict(
            "This person was erased; add them as a new one if they have come back.",
            code="person_erased",
            pointer=pointer,
        )


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
