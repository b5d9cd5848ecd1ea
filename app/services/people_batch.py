"""Many people at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Person
from app.db.queries import people as queries
from app.domain.errors import Conflict, DomainError
from app.services.batches import CallersIds, Item, Outcome, Written
from app.services.events import emit
from app.services.facts import person_facts
from app.services.people import apply_to_person, new_person


async def write_people(
    session: AsyncSession, workspace_id: UUID, items: Sequence[Item], now: datetime, *, upsert: bool
) -> list[Outcome[Person]]:
    """Add people; with `upsert`, change those whose external ids are known. By item what became of
    it: Conflict `external_id_taken`, `email_taken`.
    """
    batch = await _Batch.load(session, workspace_id, items, upsert=upsert)
    outcomes = [batch.decide_person(workspace_id, item, now) for item in items]
    written = [each for each in outcomes if isinstance(each, Written)]
    changed = [each.row for each in written if not each.is_new and session.is_modified(each.row)]
    created = [each.row for each in written if each.is_new]
    session.add_all(created)
    await session.flush()
    for event_type, rows in (("person.created", created), ("person.updated", changed)):
        for person in rows:
            emit(session, event_type, workspace_id, person_facts(person), now)
    return outcomes


class _Batch:
    """The people whom the items could mean, and those whom earlier items have made."""

    def __init__(self, known: Sequence[Person], *, upsert: bool) -> None:
        self._by_external_id = {person.external_id: person for person in known}
        self._by_email = {person.email: person for person in known}
        self._external_ids = CallersIds(upsert=upsert)

    @classmethod
    async def load(
        cls, session: AsyncSession, workspace_id: UUID, items: Sequence[Item], *, upsert: bool
    ) -> "_Batch":
        external_ids = [item.external_id for item in items if item.external_id is not None]
        emails = [email for item in items if (email := _email(item)) is not None]
        known = await queries.known_as(session, workspace_id, external_ids, emails)
        return cls(known, upsert=upsert)

    def decide_person(self, workspace_id: UUID, item: Item, now: datetime) -> Outcome[Person]:
        external_id, email = item.external_id, _email(item)
        known = self._by_external_id.get(external_id) if external_id is not None else None
        try:
            self._check_email(email, known)
            self._external_ids.check(external_id, is_known=known is not None)
        except DomainError as error:
            return error
        if known is None:
            written = Written(new_person(workspace_id, item.fields, now), is_new=True)
        else:
            apply_to_person(known, item.changes, now)
            written = Written(known, is_new=False)
        self._by_email[written.row.email] = written.row
        return written

    def _check_email(self, email: str | None, known: Person | None) -> None:
        """An e-mail that an earlier item gives up is not free yet."""
        if email is not None and self._by_email.get(email, known) is not known:
            raise Conflict(
                "Another person has this e-mail already.", code="email_taken", pointer="/email"
            )


def _email(item: Item) -> str | None:
    email: str | None = item.fields.get("email")
    return email.lower() if email else None
