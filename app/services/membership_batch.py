"""Many places in one group at once: planned for once, however many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Membership, Person
from app.db.queries import groups, memberships, people
from app.domain import membership as rules
from app.domain.errors import Conflict, DomainError
from app.domain.group_days import day_of
from app.services.batches import CallersIds, Item, Outcome, Written
from app.services.calendar_pushes import enqueue_group
from app.services.charter import reconsider_charter
from app.services.events import emit
from app.services.facts import membership_facts
from app.services.group_clock import settle
from app.services.group_minimum import is_below, tell_if_below
from app.services.membership_change import days_present, places_since
from app.services.membership_rows import (
    as_rule,
    change,
    changed_fields,
    check_fixed,
    new_membership,
)
from app.services.planning import replan
from app.services.references import check_known

LEFT_TO_US = ("place", "starts_on")
"""Fields in which null says: whatever there is, or fits."""


async def write_memberships(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    items: Sequence[Item],
    now: datetime,
    *,
    upsert: bool,
) -> list[Outcome[Membership]]:
    """Give people places in a group; with `upsert`, change memberships whose ids are known. By item
    what became of it: as `create_membership` and `put_membership` refuse.

    Conflict `group_closed`, NotFound for the group.
    """
    group = await groups.lock(session, workspace_id, group_id)
    if group.state == "closed":
        raise Conflict("This group is closed for good; nobody can join it.", code="group_closed")
    await settle(session, group, now)
    was_below = await is_below(session, group)
    batch = await _Batch.load(session, group, items, now, upsert=upsert)
    outcomes: list[Outcome[Membership]] = [batch.decide_membership(item) for item in items]
    if batch.events:
        session.add_all(each.row for each in outcomes if isinstance(each, Written) and each.is_new)
        group.touch(now)
        await session.flush()
        for membership, event_type in batch.events:
            person = batch.people[membership.person_id]
            data = membership_facts(membership, group, person)
            emit(session, event_type, workspace_id, data, now, group_id=group_id)
        await tell_if_below(session, group, now, was_below=was_below)
        await reconsider_charter(session, group, now)
        await replan(session, workspace_id, group_id, now)
        await enqueue_group(session, workspace_id, group_id, now)
    return outcomes


@dataclass(slots=True)
class _Batch:
    """What the items are decided by: the group as it was, and as earlier items have changed it."""

    group: Group
    now: datetime
    today: date
    people: Mapping[UUID, Person]
    known: Mapping[str | None, Membership]
    present: Mapping[UUID, rules.Days]
    places: dict[UUID, rules.Membership]
    external_ids: CallersIds
    events: list[tuple[Membership, str]] = field(default_factory=list)

    @classmethod
    async def load(
        cls,
        session: AsyncSession,
        group: Group,
        items: Sequence[Item],
        now: datetime,
        *,
        upsert: bool,
    ) -> "_Batch":
        workspace_id, today = group.workspace_id, day_of(now, group.time_zone)
        person_ids = {item.fields["person_id"] for item in items}
        external_ids = [item.external_id for item in items if item.external_id is not None]
        known = await memberships.known_as(session, workspace_id, external_ids)
        starts = [item.fields.get("starts_on") or today for item in items]
        first = min([*starts, *(row.starts_on for row in known)], default=today)
        holding = await places_since(session, group, first, today)
        found = await people.found(session, workspace_id, person_ids)
        return cls(
            group=group,
            now=now,
            today=today,
            people={person.id: person for person in found},
            known={row.external_id: row for row in known},
            present=await days_present(session, group, [row.id for row in known]),
            places={each.id: each for each in holding},
            external_ids=CallersIds(upsert=upsert),
        )

    def decide_membership(self, item: Item) -> Outcome[Membership]:
        known = self.known.get(item.external_id) if item.external_id is not None else None
        try:
            check_known(self.people.get(item.fields["person_id"]))
            self.external_ids.check(item.external_id, is_known=known is not None)
            return self._create(item) if known is None else self._change(known, item)
        except DomainError as error:
            return error

    def _create(self, item: Item) -> Written[Membership]:
        membership = new_membership(
            self.group,
            item.fields,
            self.places.values(),
            today=self.today,
            now=self.now,
        )
        self._note(membership, "membership.created")
        return Written(membership, is_new=True)

    def _change(self, membership: Membership, item: Item) -> Written[Membership]:
        person_id = item.fields["person_id"]
        check_fixed(membership, self.group.id, person_id, pointer="/external_id")
        unset = {name for name in LEFT_TO_US if item.fields[name] is None}
        patch = {name: value for name, value in item.changes.items() if name not in unset}
        changed = changed_fields(membership, patch)
        if changed:
            others = self.places.values()
            present = self.present.get(membership.id)
            event_type = change(membership, self.group, changed, others, self.today, present)
            membership.touch(self.now)
            self._note(membership, event_type)
        return Written(membership, is_new=False)

    def _note(self, membership: Membership, event_type: str) -> None:
        self.places[membership.id] = as_rule(membership)
        self.events.append((membership, event_type))
