"""What events say of each noun: ids, the caller's ids, states, versions; never notes or topics."""

from typing import Any

from sqlalchemy import Row

from app.db.models import Group, HotSeat, Leave, Membership, Person
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


def membership_facts(membership: Membership, group: Group, person: Person) -> dict[str, Any]:
    """A person's place in a group, as events tell of it."""
    return {
        "membership_id": ids.encode("membership", membership.id),
        "external_id": membership.external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "person_id": ids.encode("person", person.id),
        "person_external_id": person.external_id,
        "place": membership.place,
        "state": membership.state,
        "starts_on": membership.starts_on.isoformat(),
        "ends_on": membership.ends_on and membership.ends_on.isoformat(),
        "version": membership.version,
    }


def leave_facts(
    leave: Leave, membership: Membership, group: Group, person: Person
) -> dict[str, Any]:
    """A leave of absence, as events tell of it; `version` is its membership's."""
    return {
        "leave_id": ids.encode("leave", leave.id),
        "membership_id": ids.encode("membership", membership.id),
        "membership_external_id": membership.external_id,
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "person_id": ids.encode("person", person.id),
        "person_external_id": person.external_id,
        "first_on": leave.first_on.isoformat(),
        "last_on": leave.last_on.isoformat(),
        "version": membership.version,
    }


def hot_seat_facts(seat: HotSeat, group: Group, member: Row[Any] | None) -> dict[str, Any]:
    """A hot seat, as events tell of it; never its topic. `member`: its holder's planning row."""
    return {
        "hot_seat_id": ids.encode("hot_seat", seat.id),
        "group_id": ids.encode("group", group.id),
        "group_external_id": group.external_id,
        "meeting_id": ids.encode("meeting", seat.meeting_id),
        "membership_id": ids.encode("membership", seat.membership_id),
        "person_id": member and ids.encode("person", member.person_id),
        "position": seat.position,
        "state": seat.state,
        "pinned": seat.pinned,
        "version": seat.version,
    }
