"""The life of a group: activated, paused and resumed, closed."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import groups, memberships
from app.domain.errors import Invalid
from app.domain.group_days import day_of
from app.domain.group_states import GroupState, GroupVerb, transition
from app.domain.membership import check_activation
from app.domain.versions import Expected
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import group_facts
from app.services.group_clock import set_pause_due, settle
from app.services.group_meetings import GroupChanges, Rest, follow_group
from app.services.group_minimum import tell_if_below


async def activate_group(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    expected: Expected,
    now: datetime,
    horizon: timedelta,
) -> GroupChanges:
    """Let a group with four current members or more begin to meet; Conflict otherwise."""
    group = await _locked(session, workspace_id, group_id, expected)
    state = transition(GroupState(group.state), GroupVerb.ACTIVATE)
    await settle(session, group, now)
    check_activation(await memberships.count_current(session, workspace_id, group_id))
    group.state = state.value
    return await _done(session, group, "group.activated", now, horizon)


async def pause_group(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    first_on: date | None,
    last_on: date | None,
    expected: Expected,
    now: datetime,
) -> GroupChanges:
    """Let a group rest from `first_on` (today) to `last_on` (until it is resumed), inclusive.

    A pause that lies ahead replaces the one planned before; the group stays active until then.
    """
    group = await _locked(session, workspace_id, group_id, expected)
    await _end_what_is_over(session, group, now)
    state = transition(GroupState(group.state), GroupVerb.PAUSE)
    today = day_of(now, group.time_zone)
    first_on = first_on or today
    if last_on is not None and last_on < max(first_on, today):
        raise Invalid(
            "The pause would be over already: choose an `until` from today on, not before `from`.",
            code="pause_ends_too_early",
            pointer="/until",
        )
    before = _rest(group)
    group.paused_from, group.paused_until = first_on, last_on
    if first_on > today:
        return await _done(session, group, "group.updated", now, ended=before)
    group.state = state.value
    return await _done(session, group, "group.paused", now, ended=before)


async def resume_group(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    expected: Expected,
    now: datetime,
    horizon: timedelta,
) -> GroupChanges:
    """End a group's pause, or call off the one that lies ahead."""
    group = await _locked(session, workspace_id, group_id, expected)
    ended = _rest(group)
    if group.state == GroupState.ACTIVE and group.paused_from is not None:
        group.paused_from = group.paused_until = None
        return await _done(session, group, "group.updated", now, horizon, ended)
    group.state = transition(GroupState(group.state), GroupVerb.RESUME).value
    group.paused_from = group.paused_until = None
    return await _done(session, group, "group.resumed", now, horizon, ended)


async def close_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, expected: Expected, now: datetime
) -> GroupChanges:
    """End a group for good; its history stays."""
    group = await _locked(session, workspace_id, group_id, expected)
    group.state = transition(GroupState(group.state), GroupVerb.CLOSE).value
    group.paused_from = group.paused_until = None
    changes = await _done(session, group, "group.closed", now)
    await reconsider_charter(session, group, now)
    return changes


async def advance_pause(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> None:
    """Begin a group's pause whose day has come, and end the one that is over."""
    group = await groups.lock(session, workspace_id, group_id)
    if _is_due(group, now) and group.state == GroupState.ACTIVE:
        group.state = transition(GroupState.ACTIVE, GroupVerb.PAUSE).value
        await _done(session, group, "group.paused", now)
    await _end_what_is_over(session, group, now)


async def _end_what_is_over(session: AsyncSession, group: Group, now: datetime) -> None:
    """End a pause whose last day has gone by, as the duty does that may be late."""
    if _is_due(group, now) and group.state == GroupState.PAUSED:
        group.state = transition(GroupState.PAUSED, GroupVerb.RESUME).value
        group.paused_from = group.paused_until = None
        await _done(session, group, "group.resumed", now)


def _is_due(group: Group, now: datetime) -> bool:
    return group.pause_due_at is not None and group.pause_due_at <= now


async def _locked(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, expected: Expected
) -> Group:
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    return group


def _rest(group: Group) -> Rest | None:
    """The pause that lasts or lies ahead."""
    return Rest(group.paused_from, group.paused_until) if group.paused_from else None


async def _done(
    session: AsyncSession,
    group: Group,
    event_type: str,
    now: datetime,
    horizon: timedelta | None = None,
    ended: Rest | None = None,
) -> GroupChanges:
    set_pause_due(group)
    group.touch(now)
    await session.flush()
    emit(session, event_type, group.workspace_id, group_facts(group), now, group_id=group.id)
    if event_type == "group.resumed":
        await tell_if_below(session, group, now, was_below=False)
    return await follow_group(session, group, now, horizon, ended)
