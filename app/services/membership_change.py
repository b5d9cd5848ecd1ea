"""What all changes of a membership have in common: they begin under the group's lock, with all
members where they belong today, and they end with the events and the plan that follow.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Membership, Person
from app.db.queries import attendance, groups, memberships, people
from app.domain import membership as rules
from app.domain.group_days import day_of
from app.domain.versions import Expected
from app.services.calendar_pushes import enqueue_person
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import membership_facts
from app.services.group_clock import settle
from app.services.group_minimum import is_below, tell_if_below
from app.services.membership_rows import as_rule
from app.services.plan_changes import Changed, PlanWatch, watch_plan
from app.services.planning import replan


@dataclass(frozen=True, slots=True)
class Opened:
    """A membership whose group is locked. `today` is the date there; `watch` has the plan as it
    was.
    """

    membership: Membership
    group: Group
    person: Person
    was_below: bool
    today: date
    watch: PlanWatch


async def open_membership(
    session: AsyncSession,
    workspace_id: UUID,
    membership_id: UUID,
    expected: Expected,
    now: datetime,
) -> Opened:
    """Lock the membership's group and load it, to be changed; NotFound."""
    group_id = await memberships.group_of(session, workspace_id, membership_id)
    group = await groups.lock(session, workspace_id, group_id)
    await settle(session, group, now)
    membership = await memberships.load(session, workspace_id, membership_id)
    expected.check(membership.version)
    person = await people.load(session, workspace_id, membership.person_id)
    was_below = await is_below(session, group)
    today = day_of(now, group.time_zone)
    watch = await watch_plan(session, group, now)
    return Opened(membership, group, person, was_below, today, watch)


async def places_since(
    session: AsyncSession, group: Group, day: date, today: date
) -> list[rules.Membership]:
    """Who holds a place in a group on a day or later, or is to come: of those to come, each place
    has one, whether or not they will have left by then.
    """
    since = min(day, today)
    rows = await memberships.holding_places(session, group.workspace_id, group.id, since=since)
    return [as_rule(row) for row in rows]


async def days_present(
    session: AsyncSession, group: Group, membership_ids: Collection[UUID]
) -> dict[UUID, rules.Days]:
    """From which day to which each of these members counts as present, if ever."""
    rows = await attendance.present_between(session, group.workspace_id, membership_ids)
    return {
        row.membership_id: (
            day_of(row.first_at, group.time_zone),
            day_of(row.last_at, group.time_zone),
        )
        for row in rows
    }


async def finish(
    session: AsyncSession, opened: Opened, event_type: str, now: datetime
) -> Changed[Membership]:
    """Write the change with its events, and plan anew who sits when."""
    membership, group = opened.membership, opened.group
    if membership in session.dirty:
        membership.touch(now)
    group.touch(now)
    await session.flush()
    data = membership_facts(membership, group, opened.person)
    emit(session, event_type, group.workspace_id, data, now, group_id=group.id)
    await tell_if_below(session, group, now, was_below=opened.was_below)
    await reconsider_charter(session, group, now)
    await replan(session, group.workspace_id, group.id, now)
    await enqueue_person(session, group.workspace_id, opened.person.id, now)
    return Changed(membership, await opened.watch.change())
