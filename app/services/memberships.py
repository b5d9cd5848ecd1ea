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
from app.domain.membership import MembershipState, check_dates, check_presence
from app.domain.plan_change import UNCHANGED
from app.domain.versions import Expected
from app.services.group_clock import set_state, settle
from app.services.group_minimum import is_below
from app.services.membership_change import (
    Opened,
    days_present,
    finish,
    open_membership,
    places_since,
)
from app.services.membership_rows import (
    change,
    changed_fields,
    check_fixed,
    check_open,
    follow_dates,
    moves,
    new_membership,
    place_among,
)
from app.services.plan_changes import Changed, watch_plan
from app.services.references import group_of_body, person_of


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
    starts_on = fields.get("starts_on") or today
    membership = new_membership(
        group,
        fields,
        await places_since(session, group, starts_on, today),
        today=today,
        now=now,
    )
    watch = await watch_plan(session, group, now)
    session.add(membership)
    opened = Opened(membership, group, person, was_below, today, watch)
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
    expected: Expected,
    now: datetime,
) -> tuple[Changed[Membership], bool]:
    """Create or update the membership that the caller knows by this id; whether it is new."""
    membership_id = await memberships.id_by_external_id(session, workspace_id, external_id)
    rest = dict(fields)
    group_id = rest.pop("group_id")
    if membership_id is None:
        expected.check_new()
        await group_of_body(session, workspace_id, group_id)
        rest["external_id"] = external_id
        return await create_membership(session, workspace_id, group_id, rest, now), True
    opened = await open_membership(session, workspace_id, membership_id, expected, now)
    check_fixed(opened.membership, group_id, rest.pop("person_id"))
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
    day than before needs the place until then: Conflict `place_taken`, `already_member`. Conflict
    `was_present` for a day before a meeting at which they were.
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
    membership, group = opened.membership, opened.group
    if membership.ends_on is not None and membership.ends_on < ends_on:
        others = await places_since(session, group, membership.starts_on, opened.today)
        place_among(others, membership, {"ends_on": ends_on}, opened.today)
    check_dates(membership.starts_on, ends_on)
    if ends_on < opened.today:
        present = await days_present(session, group, [membership.id])
        check_presence(membership.starts_on, ends_on, present.get(membership.id))
    membership.ends_on = ends_on
    follow_dates(membership, group, opened.today)


async def _change(
    session: AsyncSession, opened: Opened, patch: Mapping[str, Any], now: datetime
) -> Changed[Membership]:
    membership, group = opened.membership, opened.group
    changed = changed_fields(membership, patch)
    if not changed:
        return Changed(membership, UNCHANGED)
    starts_on = changed.get("starts_on", membership.starts_on)
    is_moved = moves(changed)
    others = await places_since(session, group, starts_on, opened.today) if is_moved else ()
    present = await days_present(session, group, [membership.id]) if is_moved else {}
    event_type = change(
        membership, group, changed, others, opened.today, present.get(membership.id)
    )
    return await finish(session, opened, event_type, now)
