"""A membership's row, made and changed: the same for one and for many at once.

`others` are the group's other memberships that may be in the way of its dates.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.db.models import Group, Membership
from app.domain import membership as rules
from app.domain.errors import Conflict
from app.domain.membership import MembershipState, check_dates, state_on
from app.domain.merge_patch import merge
from app.services.group_clock import set_state

PLACE_FIELDS = ("place", "starts_on", "ends_on")
PLANNED_BY = {*PLACE_FIELDS, "weight"}
EVENT_OF_STATE = {"current": "membership.started", "ended": "membership.ended"}

Others = Iterable[rules.Membership]


def new_membership(
    group: Group,
    fields: Mapping[str, Any],
    others: Others,
    *,
    today: date,
    now: datetime,
) -> Membership:
    """A place that is not in the session yet, from today on unless the fields say otherwise.

    Raises as `place_among`.
    """
    values = {"place": None, "ends_on": None, **_columns(fields)}
    values["starts_on"] = values.get("starts_on") or today
    membership = Membership(
        workspace_id=group.workspace_id,
        group_id=group.id,
        created_at=now,
        updated_at=now,
        **values,
    )
    membership.place = place_among(others, membership, values, today)
    follow_dates(membership, group, today)
    return membership


def change(
    membership: Membership,
    group: Group,
    changed: Mapping[str, Any],
    others: Others,
    today: date,
    present: rules.Days | None,
) -> str:
    """Write what `changed_fields` found; the type of the event that follows.

    `present`: the days from which to which the member counts as present. Raises Conflict
    `membership_ended`, and as `place_among` and `check_presence`.
    """
    if PLANNED_BY & set(changed):
        check_open(membership)
    if moves(changed):
        place_among(others, membership, changed, today)
        rules.check_presence(**_dates(membership, changed), present=present)
    before = membership.state
    for name, value in changed.items():
        setattr(membership, name, value)
    if before != MembershipState.ENDED:
        follow_dates(membership, group, today)
    is_news = membership.state != before
    return EVENT_OF_STATE.get(membership.state if is_news else "", "membership.updated")


def moves(changed: Mapping[str, Any]) -> bool:
    """Whether a change needs its place anew."""
    return not changed.keys().isdisjoint(PLACE_FIELDS)


def place_among(
    others: Others, membership: Membership, changed: Mapping[str, Any], today: date
) -> int:
    """The place of a membership with these changes: the wanted one, or else one that is free.

    Raises as `check_dates`, `check_person` and `free_place`.
    """
    dates = _dates(membership, changed)
    check_dates(**dates)
    in_the_way = [other for other in others if other.id != membership.id]
    rules.check_person(in_the_way, membership.person_id, **dates, today=today)
    wanted = changed.get("place", membership.place)
    return rules.free_place(in_the_way, **dates, today=today, wanted=wanted)


def _dates(membership: Membership, changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: changed.get(name, getattr(membership, name)) for name in ("starts_on", "ends_on")}


def follow_dates(membership: Membership, group: Group, today: date) -> None:
    """Put a membership into the state that its dates give it today."""
    set_state(membership, group, state_on(membership.starts_on, membership.ends_on, today))


def changed_fields(membership: Membership, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a merge patch would change, with their new values."""
    values = _columns(patch)
    if "metadata_" in values:
        values["metadata_"] = merge(membership.metadata_, values["metadata_"])
    return {name: value for name, value in values.items() if getattr(membership, name) != value}


def check_open(membership: Membership) -> None:
    """Conflict `membership_ended`."""
    if membership.state == MembershipState.ENDED:
        raise Conflict(
            "This membership has ended: give the person a new one instead.",
            code="membership_ended",
        )


def check_fixed(
    membership: Membership, group_id: UUID, person_id: UUID, *, pointer: str | None = None
) -> None:
    """Whether a caller's id still means this group and person. Conflict `membership_fixed`."""
    if (membership.group_id, membership.person_id) != (group_id, person_id):
        raise Conflict(
            "A membership stays with its group and person: end it, and create another.",
            code="membership_fixed",
            pointer=pointer,
        )


def as_rule(row: Membership) -> rules.Membership:
    """A row as the rules see it."""
    return rules.Membership(row.id, row.person_id, row.place, row.starts_on, row.ends_on)


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {("metadata_" if name == "metadata" else name): v for name, v in fields.items()}
