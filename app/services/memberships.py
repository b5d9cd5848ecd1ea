"""Writes of memberships: joining, changing, ending."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Membership
from app.db.queries import groups, memberships
from app.domain.errors import Conflict
from app.domain.group_days import day_of
from app.domain.membership import MembershipState, check_dates, state_on
from app.domain.merge_patch import merge
from app.domain.plan_change import UNCHANGED
from app.domain.versions import ANY, Expected
from app.services.group_clock import set_state, settle
from app.services.group_minimum import is_below
from app.services.membership_change import Opened, finish, open_membership, place_for
from app.services.plan_changes import Changed, watch_plan
from app.services.references import group_of_body, person_of
from app.services.rotation import credits_brought_back

PLACE_FIELDS = ("place", "starts_on", "ends_on")
PLANNED_BY = {*PLACE_FIELDS, "weight"}
EVENT_OF_STATE = {"current": "membership.started", "ended": "membership.ended"}


async def create_membership(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> Changed[Membership]:
    """Give a person a place in a group: today, or ahead of its first day.

    Conflict `group_full`, `place_taken`, `already_member`, `group_closed`.
    """
    group = await groups.lock(session, workspace_id, group_id)
    if group.state == "closed":
        raise Conflict("This group is closed for good; nobody can join it.", code="group_closed")
    await settle(session, group, now)
    person = await person_of(session, workspace_id, fields["person_id"])
    today = day_of(now, group.time_zone)
    was_below = await is_below(session, group)
    values = {"place": None, "ends_on": None, **columns(fields)}
    values["starts_on"] = values.get("starts_on") or today
    brought = await credits_brought_back(session, workspace_id, group_id, [person.id])
    membership = Membership(
        workspace_id=workspace_id,
        group_id=group_id,
        opening_credit=brought.get(person.id, 0.0),
        created_at=now,
        updated_at=now,
        **values,
    )
    watch = await watch_plan(session, group, now)
    opened = Opened(membership, group, person, was_below, today, watch)
    wanted = {name: values[name] for name in PLACE_FIELDS}
    membership.place = await place_for(session, opened, **wanted)
    set_state(membership, group, _state(opened))
    session.add(membership)
    return await finish(session, opened, "membership.created", now)


async def update_membership(
    session: AsyncSession,
    workspace_id: UUID,
    membership_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Changed[Membership]:
    """Apply a merge patch. Of an ended membership only the caller's own fields can change."""
    opened = await open_membership(session, workspace_id, membership_id, expected, now)
    return await _change(session, opened, patch, now)


async def put_membership(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> tuple[Changed[Membership], bool]:
    """Create or update the membership that the caller knows by this id; whether it is new."""
    membership_id = await memberships.id_by_external_id(session, workspace_id, external_id)
    rest = dict(fields)
    group_id = rest.pop("group_id")
    if membership_id is None:
        await group_of_body(session, workspace_id, group_id)
        rest["external_id"] = external_id
        return await create_membership(session, workspace_id, group_id, rest, now), True
    opened = await open_membership(session, workspace_id, membership_id, ANY, now)
    if (group_id, rest.pop("person_id")) != (opened.group.id, opened.person.id):
        raise Conflict(
            "A membership stays with its group and person: end it, and create another.",
            code="membership_fixed",
        )
    return await _change(session, opened, rest, now), False


async def end_membership(
    session: AsyncSession,
    workspace_id: UUID,
    membership_id: UUID,
    ends_on: date | None,
    expected: Expected,
    now: datetime,
) -> Changed[Membership]:
    """Make `ends_on` (today) the last day. Without a date, one that lies ahead is called off.

    Conflict `membership_ended` for one that has ended; the group's size never refuses it. A later
    day than before needs the place until then: Conflict `place_taken`, `already_member`.
    """
    opened = await open_membership(session, workspace_id, membership_id, expected, now)
    membership = opened.membership
    check_open(membership)
    if ends_on is None and membership.starts_on > opened.today:
        membership.ends_on = opened.today
        set_state(membership, opened.group, MembershipState.ENDED)
    else:
        await _set_last_day(session, opened, ends_on or opened.today)
    event_type = "membership.ended" if membership.state == "ended" else "membership.updated"
    return await finish(session, opened, event_type, now)


async def _set_last_day(session: AsyncSession, opened: Opened, ends_on: date) -> None:
    membership = opened.membership
    if membership.ends_on is not None and membership.ends_on < ends_on:
        wanted = {name: getattr(membership, name) for name in PLACE_FIELDS}
        await place_for(session, opened, **{**wanted, "ends_on": ends_on})
    check_dates(membership.starts_on, ends_on)
    membership.ends_on = ends_on
    set_state(membership, opened.group, _state(opened))


async def _change(
    session: AsyncSession, opened: Opened, patch: Mapping[str, Any], now: datetime
) -> Changed[Membership]:
    membership = opened.membership
    changed = changed_fields(membership, patch)
    if not changed:
        return Changed(membership, UNCHANGED)
    if PLANNED_BY & set(changed):
        check_open(membership)
    if set(PLACE_FIELDS) & set(changed):
        wanted = {name: changed.get(name, getattr(membership, name)) for name in PLACE_FIELDS}
        await place_for(session, opened, **wanted)
    old_state = membership.state
    for name, value in changed.items():
        setattr(membership, name, value)
    if old_state != "ended":
        set_state(membership, opened.group, _state(opened))
    state = membership.state
    event_type = EVENT_OF_STATE.get(state) if state != old_state else None
    return await finish(session, opened, event_type or "membership.updated", now)


def changed_fields(membership: Membership, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a merge patch would change, with their new values."""
    values = columns(patch)
    if "metadata_" in values:
        values["metadata_"] = merge(membership.metadata_, values["metadata_"])
    return {name: value for name, value in values.items() if getattr(membership, name) != value}


def check_open(membership: Membership) -> None:
    """Conflict `membership_ended`."""
    if membership.state == "ended":
        raise Conflict(
            "This membership has ended: give the person a new one instead.",
            code="membership_ended",
        )


def _state(opened: Opened) -> MembershipState:
    return state_on(opened.membership.starts_on, opened.membership.ends_on, opened.today)


def columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A caller's fields by the names of their columns."""
    return {("metadata_" if name == "metadata" else name): v for name, v in fields.items()}
