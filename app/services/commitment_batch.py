"""Many promises at once, of any groups."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, CommitmentEvent, Group
from app.db.queries import commitments as queries
from app.db.queries import groups, memberships
from app.domain.errors import DomainError
from app.services.batches import CallersIds, Item, Outcome, Written
from app.services.commitment_changes import (
    CHANGEABLE,
    changed_fields,
    check_fixed,
    group_closed,
    owner_required,
    unknown_owner,
)
from app.services.commitment_making import References, check_buddy, load_references
from app.services.commitment_records import tell
from app.services.commitments import new_commitment, save_new

Made = tuple[Commitment, CommitmentEvent]
Where = tuple[UUID, UUID | None]
"""The group in which a promise is made, and the meeting that it names."""


async def write_commitments(
    session: AsyncSession,
    workspace_id: UUID,
    items: Sequence[Item],
    now: datetime,
    *,
    upsert: bool,
    actor_id: UUID | None,
) -> list[Outcome[Commitment]]:
    """Record promises; with `upsert`, change those whose external ids are known. By item what
    became of it: as `create_commitment` and `put_commitment` refuse.
    """
    owners = await _Owners.load(session, workspace_id, items)
    known = await _known(session, workspace_id, items)
    of_known = {commitment.group_id for commitment in known.values()}
    locked = await groups.lock_all(session, workspace_id, owners.group_ids | of_known)
    batch = _Batch(
        owners=owners,
        groups={group.id: group for group in locked},
        known=await _known(session, workspace_id, items),
        references=await _references(session, workspace_id, owners, items, now),
        external_ids=CallersIds(upsert=upsert),
        now=now,
        actor_id=actor_id,
        made=[],
        happened=[],
    )
    outcomes = [batch.decide(item) for item in items]
    await save_new(session, batch.made)
    await session.flush()
    await tell(session, workspace_id, batch.happened, now)
    return outcomes


async def _known(
    session: AsyncSession, workspace_id: UUID, items: Sequence[Item]
) -> dict[str | None, Commitment]:
    external_ids = [item.external_id for item in items if item.external_id is not None]
    rows = await queries.known_as(session, workspace_id, external_ids)
    return {row.external_id: row for row in rows}


class _Owners:
    """The memberships that items name, by themselves or by person and group."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self._by_id = {row.id: row for row in rows}
        # The present place of a person comes first; of several entries the last one stays.
        self._by_pair = {(row.group_id, row.person_id): row for row in reversed(rows)}
        self.group_ids = {row.group_id for row in rows}

    @classmethod
    async def load(
        cls, session: AsyncSession, workspace_id: UUID, items: Sequence[Item]
    ) -> "_Owners":
        def named(*fields: str) -> set[UUID]:
            return {item.fields[f] for item in items for f in fields if item.fields.get(f)}

        rows = await memberships.places_of(
            session,
            workspace_id,
            named("membership_id", "buddy_membership_id"),
            named("group_id"),
            named("person_id"),
        )
        return cls(rows)

    def of(self, fields: Mapping[str, Any]) -> Row[Any]:
        """Whose promise an item is. Invalid `owner_required`, `unknown_membership`."""
        if fields.get("membership_id") is not None:
            row, pointer = self._by_id.get(fields["membership_id"]), "/membership_id"
        elif fields.get("group_id") is not None and fields.get("person_id") is not None:
            row = self._by_pair.get((fields["group_id"], fields["person_id"]))
            pointer = "/person_id"
        else:
            raise owner_required()
        if row is None:
            raise unknown_owner(pointer)
        return row

    def of_group(self, group_id: UUID) -> set[UUID]:
        """Those of them who have a place in a group."""
        return {row.id for row in self._by_id.values() if row.group_id == group_id}


async def _references(
    session: AsyncSession,
    workspace_id: UUID,
    owners: _Owners,
    items: Sequence[Item],
    now: datetime,
) -> dict[Where, References]:
    """What items refer to, looked up once for each group and meeting that they name."""
    by_place: dict[Where, list[Mapping[str, Any]]] = defaultdict(list)
    for item in items:
        try:
            owner = owners.of(item.fields)
        except DomainError:
            continue  # the item is refused when it is its turn
        place = owner.group_id, item.fields.get("meeting_id")
        by_place[place].append({**item.fields, "membership_id": owner.id})
    return {
        (group_id, meeting_id): await load_references(
            session, workspace_id, group_id, found, meeting_id=meeting_id, now=now
        )
        for (group_id, meeting_id), found in by_place.items()
    }


@dataclass(slots=True)
class _Batch:
    """What the items are decided by, and what is to be written of them."""

    owners: _Owners
    groups: Mapping[UUID, Group]
    known: Mapping[str | None, Commitment]
    references: Mapping[Where, References]
    external_ids: CallersIds
    now: datetime
    actor_id: UUID | None
    made: list[Made]
    happened: list[tuple[str, UUID]]

    def decide(self, item: Item) -> Outcome[Commitment]:
        known = self.known.get(item.external_id) if item.external_id is not None else None
        try:
            self.external_ids.check(item.external_id, is_known=known is not None)
            return self._make(item) if known is None else self._change(known, item)
        except DomainError as error:
            return error

    def _make(self, item: Item) -> Written[Commitment]:
        owner, meeting_id = self.owners.of(item.fields), item.fields.get("meeting_id")
        group = self.groups[owner.group_id]
        if group.state == "closed":
            raise group_closed()
        references = self.references[group.id, meeting_id]
        fields = {**item.fields, "membership_id": owner.id}
        made = new_commitment(group, references, fields, meeting_id, self.actor_id, self.now)
        self.made.append(made)
        commitment = made[0]
        if not references.is_history(commitment):
            self.happened.append(("commitment.made", commitment.id))
        return Written(commitment, is_new=True)

    def _change(self, commitment: Commitment, item: Item) -> Written[Commitment]:
        check_fixed(commitment, item.changes)
        own = {name: item.changes[name] for name in CHANGEABLE if name in item.changes}
        changed = changed_fields(commitment, own)
        buddy_id = changed.get("buddy_membership_id")
        check_buddy(buddy_id, commitment.membership_id, self.owners.of_group(commitment.group_id))
        for name, value in changed.items():
            setattr(commitment, name, value)
        if changed:
            commitment.touch(self.now)
            self.happened.append(("commitment.updated", commitment.id))
        return Written(commitment, is_new=False)
