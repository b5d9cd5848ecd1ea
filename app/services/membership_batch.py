"""Many places in one group at once: planned for once, however many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Membership, Person
from app.db.queries import groups, memberships, people
from app.domain import membership as rules
from app.domain.errors import Conflict, DomainError
from app.domain.group_days import day_of
from app.domain.membership import MembershipState, check_dates, state_on
from app.services.batches import CallersIds, Item, Outcome, Written
from app.services.calendar_pushes import enqueue_group
from app.services.events import emit
from app.services.facts import membership_facts
from app.services.group_clock import set_state, settle
from app.services.group_minimum import is_below, tell_if_below
from app.services.memberships import (
    EVENT_OF_STATE,
    PLACE_FIELDS,
    PLANNED_BY,
    changed_fields,
    check_open,
    columns,
)
from app.services.planning import replan
from app.services.references import check_known
from app.services.rotation import credits_brought_back

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
    outcomes: list[Outcome[Membership]] = [batch.decide(item) for item in items]
    if batch.events:
        session.add_all(each.row for each in outcomes if isinstance(each, Written) and each.is_new)
        group.touch(now)
        await session.flush()
        for membership, event_type in batch.events:
            person = batch.people[membership.person_id]
            data = membership_facts(membership, group, person)
            emit(session, event_type, workspace_id, data, now, group_id=group_id)
        await tell_if_below(session, group, now, was_below=was_below)
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
    credits: Mapping[UUID, float]
    known: Mapping[str | None, Membership]
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
        since = min([today, *(item.fields.get("starts_on") or today for item in items)])
        holding = await memberships.holding_places(session, workspace_id, group.id, since=since)
        found = await people.found(session, workspace_id, person_ids)
        return cls(
            group=group,
            now=now,
            today=today,
            people={person.id: person for person in found},
            credits=await credits_brought_back(session, workspace_id, group.id, person_ids),
            known={row.external_id: row for row in known},
            places={row.id: _as_rule(row) for row in holding},
            external_ids=CallersIds(upsert=upsert),
        )

    def decide(self, item: Item) -> Outcome[Membership]:
        known = self.known.get(item.external_id) if item.external_id is not None else None
        try:
            check_known(self.people.get(item.fields["person_id"]))
            self.external_ids.check(item.external_id, is_known=known is not None)
            return self._create(item) if known is None else self._change(known, item)
        except DomainError as error:
            return error

    def _create(self, item: Item) -> Written[Membership]:
        values = columns(item.fields)
        values["starts_on"] = values["starts_on"] or self.today
        membership = Membership(
            workspace_id=self.group.workspace_id,
            group_id=self.group.id,
            opening_credit=self.credits.get(values["person_id"], 0.0),
            created_at=self.now,
            updated_at=self.now,
            **values,
        )
        membership.place = self._place(membership, {name: values[name] for name in PLACE_FIELDS})
        set_state(membership, self.group, self._state(membership))
        self._note(membership, "membership.created")
        return Written(membership, is_new=True)

    def _change(self, membership: Membership, item: Item) -> Written[Membership]:
        person_id = item.fields["person_id"]
        if (membership.group_id, membership.person_id) != (self.group.id, person_id):
            raise Conflict(
                "A membership stays with its group and person: end it, and create another.",
                code="membership_fixed",
                pointer="/external_id",
            )
        unset = {name for name in LEFT_TO_US if item.fields[name] is None}
        patch = {name: value for name, value in item.changes.items() if name not in unset}
        changed = changed_fields(membership, patch)
        if not changed:
            return Written(membership, is_new=False)
        if PLANNED_BY & set(changed):
            check_open(membership)
        if set(PLACE_FIELDS) & set(changed):
            wanted = {name: changed.get(name, getattr(membership, name)) for name in PLACE_FIELDS}
            self._place(membership, wanted)
        before = membership.state
        for name, value in changed.items():
            setattr(membership, name, value)
        membership.touch(self.now)
        if before != "ended":
            set_state(membership, self.group, self._state(membership))
        state = membership.state
        event_type = EVENT_OF_STATE.get(state) if state != before else None
        self._note(membership, event_type or "membership.updated")
        return Written(membership, is_new=False)

    def _place(self, membership: Membership, wanted: Mapping[str, Any]) -> int:
        """The place that the membership gets: the wanted one, or a free one."""
        dates = {"starts_on": wanted["starts_on"], "ends_on": wanted["ends_on"]}
        check_dates(**dates)
        others = [each for each in self.places.values() if each.id != membership.id]
        rules.check_person(others, membership.person_id, **dates)
        return rules.free_place(others, **dates, today=self.today, wanted=wanted["place"])

    def _note(self, membership: Membership, event_type: str) -> None:
        self.places[membership.id] = _as_rule(membership)
        self.events.append((membership, event_type))

    def _state(self, membership: Membership) -> MembershipState:
        return state_on(membership.starts_on, membership.ends_on, self.today)


def _as_rule(row: Membership) -> rules.Membership:
    return rules.Membership(row.id, row.person_id, row.place, row.starts_on, row.ends_on)
