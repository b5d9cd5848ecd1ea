"""A group's rotation: what it is, and the credits that a group brings along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Group
from app.db.queries import groups, memberships, planning
from app.db.queries import rotation as queries
from app.domain.checkpoint import Checkpoint, checkpoint_from_json, with_newcomers, with_owed
from app.domain.errors import Conflict, Invalid
from app.domain.group_days import day_of
from app.domain.plan_change import PlanChange
from app.domain.rotation_overview import (
    Bound,
    Fairness,
    LedgerLine,
    TakenAway,
    bound_now,
    fairness,
    ledger_lines,
)
from app.domain.versions import Expected
from app.services.events import emit
from app.services.facts import group_facts
from app.services.plan_changes import watch_plan
from app.services.planning import replan
from app.services.planning_outlook import TOOK_PLACE, owed_tonight

PER_MEMBER = 0.005
"""How far credits that were rounded to two decimals may be from balance, for each member."""


@dataclass(frozen=True, slots=True)
class RotationView:
    """The rotation as it stands; `seats` are those of meetings that are not over."""

    group: Row[Any]
    members: Sequence[Row[Any]]
    ledger: Sequence[LedgerLine]
    opening_credits: Mapping[UUID, float]
    seats: Sequence[Row[Any]]
    bound: Bound
    fairness: Fairness


async def view_rotation(
    source: AsyncConnection | AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> RotationView:
    """The rotation of a group, in eight SELECTs; NotFound."""
    group = await groups.get(source, workspace_id, group_id)
    members = await planning.members(source, workspace_id, group_id)
    stored = await planning.last_checkpoint(source, workspace_id, group_id)
    seats = await queries.coming_seats(source, workspace_id, group_id)
    count = await queries.count_taken_away(source, workspace_id, group_id)
    broken = await planning.broken_turns(source, workspace_id, group_id, now)
    opening = await queries.opening(source, workspace_id, group_id)
    absences = await planning.absences(source, workspace_id, {seat.meeting_id for seat in seats})
    stood = checkpoint_from_json(stored) if stored else Checkpoint()
    member_ids = [member.id for member in members]
    checkpoint = with_newcomers(
        with_owed(stood, broken, owed_tonight(seats, absences)), opening, member_ids
    )
    current = {member.id: member.weight for member in members if member.state == "current"}
    return RotationView(
        group=group,
        members=members,
        ledger=ledger_lines(member_ids, checkpoint),
        opening_credits={
            member: opening.credit(member, checkpoint.standings) for member in member_ids
        },
        seats=seats,
        bound=bound_now(current, _seats_next(group, seats)),
        fairness=fairness(
            member_ids,
            checkpoint.standings,
            count.held,
            TakenAway(count.planned, count.seats, count.announced),
        ),
    )


async def open_rotation(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    as_of: date,
    lines: Sequence[tuple[UUID, float]],
    expected: Expected,
    now: datetime,
) -> PlanChange:
    """Let members start with the credits that they have earned elsewhere; others start at 0.

    Conflict `history_exists` once a meeting was held; Invalid `opening_in_future`,
    `unknown_membership`, `named_twice`, `credits_unbalanced`: what one is owed, the others owe.
    """
    group = await groups.lock(session, workspace_id, group_id)
    expected.check(group.version)
    if await queries.count_held(session, workspace_id, group_id):
        raise Conflict(
            "The group has held meetings: its credits follow from those.", code="history_exists"
        )
    if as_of > day_of(now, group.time_zone):
        raise Invalid(
            "Credits are as of today or an earlier day.", code="opening_in_future", pointer="/as_of"
        )
    members = await memberships.open_ones(session, workspace_id, group_id)
    _check_members([membership_id for membership_id, _ in lines], {each.id for each in members})
    credits_ = dict(lines)
    _check_balance(credits_)
    watch = await watch_plan(session, group, now)
    for member in members:
        credit = credits_.get(member.id, 0.0)
        if member.opening_credit != credit:
            member.opening_credit = credit
            member.touch(now)
    group.opening_on = as_of
    await _save(session, group, now)
    return await watch.change()


def _seats_next(group: Row[Any], seats: Sequence[Row[Any]]) -> int:
    """The hot seats of the next meeting, those that were had already if it runs; or what the group
    wants if none is planned.
    """
    for seat in seats:
        if seat.state in {"planned", "announced"}:
            evening = [each for each in seats if each.meeting_id == seat.meeting_id]
            return sum(each.state in TOOK_PLACE for each in evening)
    return int(group.rotation.get("hot_seats_per_meeting") or 1)


def _check_members(named: Sequence[UUID], known: set[UUID]) -> None:
    for index, membership_id in enumerate(named):
        pointer = f"/credits/{index}/membership_id"
        if membership_id not in known:
            raise Invalid(
                "There is no such member in this group.", code="unknown_membership", pointer=pointer
            )
        if membership_id in named[:index]:
            raise Invalid("Name each member once.", code="named_twice", pointer=pointer)


def _check_balance(credits_: Mapping[UUID, float]) -> None:
    total = sum(credits_.values())
    if abs(total) > PER_MEMBER * len(credits_) + 1e-9:
        raise Invalid(
            "Credits sum to 0: what one member is owed, the others owe.",
            code="credits_unbalanced",
            pointer="/credits",
            facts={"sum": round(total, 6)},
        )


async def _save(session: AsyncSession, group: Group, now: datetime) -> None:
    group.touch(now)
    await session.flush()
    emit(session, "group.updated", group.workspace_id, group_facts(group), now, group_id=group.id)
    await replan(session, group.workspace_id, group.id, now)
