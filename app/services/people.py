"""Writes of people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Person
from app.db.queries import people
from app.domain.errors import Conflict
from app.domain.merge_patch import merge
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import person_facts
from app.services.references import check_not_erased


async def create_person(
    session: AsyncSession, workspace_id: UUID, fields: Mapping[str, Any], now: datetime
) -> Person:
    """Add a person. E-mail and external_id are unique in the workspace (database, 409)."""
    person = new_person(workspace_id, fields, now)
    session.add(person)
    await session.flush()
    emit(session, "person.created", workspace_id, person_facts(person), now)
    return person


async def update_person(
    session: AsyncSession,
    workspace_id: UUID,
    person_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Person:
    """Apply a merge patch. Conflict `person_erased`."""
    person = await people.load(session, workspace_id, person_id)
    expected.check(person.version)
    check_not_erased(person)
    return await _change(session, person, patch, now)


async def put_person(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> tuple[Person, bool]:
    """Create or update the person whom the caller knows by this id; whether they are new."""
    person = await people.by_external_id(session, workspace_id, external_id)
    if person is None:
        expected.check_new()
        fields = {**fields, "external_id": external_id}
        return await create_person(session, workspace_id, fields, now), True
    expected.check(person.version)
    return await _change(session, person, fields, now), False


async def delete_person(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, expected: Expected, now: datetime
) -> None:
    """Remove a person whom no history rests on; Conflict otherwise."""
    person = await people.load(session, workspace_id, person_id)
    expected.check(person.version)
    if await people.has_history(session, workspace_id, person_id):
        raise Conflict(
            "This person has a place or an office in a group, and the group's history rests on it.",
            code="person_in_use",
        )
    facts = person_facts(person)
    await session.delete(person)
    emit(session, "person.deleted", workspace_id, facts, now)


def new_person(workspace_id: UUID, fields: Mapping[str, Any], now: datetime) -> Person:
    """A person who is not in the session yet."""
    return Person(workspace_id=workspace_id, created_at=now, updated_at=now, **_columns(fields))


def apply_to_person(person: Person, patch: Mapping[str, Any], now: datetime) -> bool:
    """Apply a merge patch; whether it changes anything."""
    values = _columns(patch)
    for name in ("background", "metadata_"):
        if name in values:
            values[name] = merge(getattr(person, name), values[name])
    changed = {name: value for name, value in values.items() if getattr(person, name) != value}
    for name, value in changed.items():
        setattr(person, name, value)
    if changed:
        person.updated_at = now
    return bool(changed)


async def _change(
    session: AsyncSession, person: Person, patch: Mapping[str, Any], now: datetime
) -> Person:
    if apply_to_person(person, patch, now):
        await session.flush()
        emit(session, "person.updated", person.workspace_id, person_facts(person), now)
    return person


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {("metadata_" if name == "metadata" else name): v for name, v in fields.items()}
    if values.get("email"):
        values["email"] = values["email"].lower()
    return values
