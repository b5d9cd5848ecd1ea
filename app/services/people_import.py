"""Many people at once, from a list that somebody keeps elsewhere: all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Person
from app.db.queries import people as queries
from app.services.events import emit
from app.services.facts import person_facts
from app.services.people import apply_to_person, new_person

NEEDED = ("name", "time_zone")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row: its index, and the field that is to blame."""

    row: int
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people were new, changed, and as the list says already."""

    created: int
    updated: int
    unchanged: int


async def import_people(
    session: AsyncSession,
    workspace_id: UUID,
    rows: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    now: datetime,
) -> Imported | list[Problem]:
    """Create or update people: found by `external_id`, else by `email`, of which a row has one.

    A row holds the fields to set; what it lacks stays as it is, and is taken from `defaults` for a
    new person. Nothing is written if any row has a problem.
    """
    found = await _Found.load(session, workspace_id, rows)
    problems = [
        problem
        for index, row in enumerate(rows)
        for problem in found.problems(index, row, defaults)
    ]
    if problems:
        return problems
    created = [
        new_person(workspace_id, {**defaults, **row}, now)
        for row in rows
        if found.match(row) is None
    ]
    changed = [
        person
        for row in rows
        if (person := found.match(row)) is not None and apply_to_person(person, row, now)
    ]
    session.add_all(created)
    await session.flush()
    for event_type, people in (("person.created", created), ("person.updated", changed)):
        for person in people:
            emit(session, event_type, workspace_id, person_facts(person), now)
    return Imported(len(created), len(changed), len(rows) - len(created) - len(changed))


class _Found:
    """The people whom the rows could mean, by the ids that the rows give."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by_external_id = {person.external_id: person for person in people}
        self._by_email = {person.email: person for person in people}

    @classmethod
    async def load(
        cls, session: AsyncSession, workspace_id: UUID, rows: Sequence[Mapping[str, Any]]
    ) -> "_Found":
        external_ids = [row["external_id"] for row in rows if "external_id" in row]
        emails = [row["email"].lower() for row in rows if "email" in row]
        return cls(await queries.known_as(session, workspace_id, external_ids, emails))

    def match(self, row: Mapping[str, Any]) -> Person | None:
        return self._of_external_id(row) or self._of_email(row)

    def problems(
        self, index: int, row: Mapping[str, Any], defaults: Mapping[str, Any]
    ) -> list[Problem]:
        person, owner = self.match(row), self._of_email(row)
        if person is None:
            missing = [name for name in NEEDED if name not in {**defaults, **row}]
            return [Problem(index, name, "is needed for a new person") for name in missing]
        if owner is not None and owner is not person:
            return [Problem(index, "email", "belongs to another person, by external_id")]
        known_as, given = person.external_id, row.get("external_id")
        if given is not None and known_as is not None and given != known_as:
            detail = f"is not that of the person with this e-mail, who is {known_as}"
            return [Problem(index, "external_id", detail)]
        return []

    def _of_external_id(self, row: Mapping[str, Any]) -> Person | None:
        return self._by_external_id.get(row["external_id"]) if "external_id" in row else None

    def _of_email(self, row: Mapping[str, Any]) -> Person | None:
        return self._by_email.get(row["email"].lower()) if "email" in row else None
