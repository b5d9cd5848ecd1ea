"""What events say of each noun: ids, the caller's ids, states, versions; never notes or topics."""

from typing import Any

from app.db.models import Group, Person
from app.domain import ids


def person_facts(person: Person) -> dict[str, Any]:
    """A person, as events tell of them."""
    return {
        "person_id": ids.encode("person", person.id),
        "external_id": person.external_id,
        "version": person.version,
    }


def group_facts(group: Group) -> dict[str, Any]:
    """A group, as events tell of it."""
    return {
        "group_id": ids.encode("group", group.id),
        "external_id": group.external_id,
        "state": group.state,
        "version": group.version,
    }
