"""What moves by the calendar: memberships begin and end at midnight of their group."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Membership, Person
from app.db.queries import groups, memberships
from app.domain.group_days import begin_of, end_of, membership_due_at
from app.domain.membership import MembershipState
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import membership_facts
from app.services.group_minimum import is_below, tell_if_below
from app.services.planning import replan

Due = Sequence[Row[Membership, Person]]


async def advance_membership(
    session: AsyncSession, workspace_id: UUID, membership_id: UUID, now: datetime
) -> None:
    """Move a membership whose day has come, with the others of its group that are due."""
    group_id = await memberships.group_of(session, workspace_id, membership_id)
    group = await groups.lock(session, workspace_id, group_id)
    await settle(session, group, now)


async def settle(session: AsyncSession, group: Group, now: datetime) -> None:
    """Bring all memberships of a locked group up to date.

    Every change of a group's memberships starts here, so that it never meets a place whose holder
    has gone but whom the duty has not moved yet.
    """
    due = await memberships.due(session, group.workspace_id, group.id, now)
    if not due:
        return
    was_below = await is_below(session, group)
    # Those who leave make room for those who come; somebody may do both since the last look.
    await _move(session, group, due, MembershipState.CURRENT, now)
    await _move(session, group, due, MembershipState.UPCOMING, now)
    await _move(session, group, due, MembershipState.CURRENT, now)
    group.touch(now)
    await session.flush()
    await tell_if_below(session, group, now, was_below=was_below)
    await reconsider_charter(session, group, now)
    await replan(session, group.workspace_id, group.id, now)


async def _move(
    session: AsyncSession, group: Group, due: Due, state: MembershipState, now: datetime
) -> None:
    moved = [
        (membership, person)
        for membership, person in due
        if membership.state == state
        and membership.state_due_at is not None
        and membership.state_due_at <= now
    ]
    is_start = state is MembershipState.UPCOMING
    for membership, _ in moved:
        set_state(membership, group, MembershipState.CURRENT if is_start else MembershipState.ENDED)
        membership.touch(now)
    await session.flush()
    for membership, person in moved:
        emit(
            session,
            "membership.started" if is_start else "membership.ended",
            group.workspace_id,
            membership_facts(membership, group, person),
            now,
            group_id=group.id,
        )


def set_state(membership: Membership, group: Group, state: MembershipState) -> None:
    """Put a membership into a state, and note when it will leave it."""
    membership.state = state.value
    membership.state_due_at = membership_due_at(
        state, membership.starts_on, membership.ends_on, group.time_zone
    )


def set_pause_due(group: Group) -> None:
    """Note when a group's pause begins or ends by itself."""
    day = group.paused_until if group.state == "paused" else group.paused_from
    if day is None:
        group.pause_due_at = None
    else:
        instant = end_of if group.state == "paused" else begin_of
        group.pause_due_at = instant(day, group.time_zone)


async def retime(session: AsyncSession, group: Group, now: datetime) -> None:
    """Follow a locked group into another time zone, where its days begin at other instants."""
    for membership in await memberships.open_ones(session, group.workspace_id, group.id):
        set_state(membership, group, MembershipState(membership.state))
    set_pause_due(group)
    await session.flush()
    await settle(session, group, now)
