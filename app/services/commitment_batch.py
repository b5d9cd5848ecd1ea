"""Promises of any groups, one or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, CommitmentEvent, Group
from app.db.queries import commitments as queries
from app.db.queries import groups
from app.domain.errors import Conflict, DomainError
from app.services.batches import CallersIds, Item, Outcome, Written
from app.services.commitment_changes import CHANGEABLE, changed_fields, check_fixed
from app.services.commitment_making import References, check_buddy, load_references
from app.services.commitment_owners import Owners
from app.services.commitment_records import tell
from app.services.commitments import new_commitment, save_new

Made = tuple[Commitment, CommitmentEvent]


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
    owners = await Owners.load(session, workspace_id, items)
    known = await _known(session, workspace_id, items)
    of_known = {commitment.group_id for commitment in known.values()}
    locked = await groups.lock_all(session, workspace_id, owners.group_ids | of_known)
    batch = _Batch(
        owners=owners,
        groups={group.id: group for group in locked},
        known=await _known(session, workspace_id, items),
        references=await load_references(session, workspace_id, owners.by_group(items), now),
        external_ids=CallersIds(upsert=upsert),
        now=now,
        actor_id=actor_id,
        made=[],
        happened=[],
    )
    outcomes = [batch.decide_commitment(item) for item in items]
    await save_new(session, batch.made)
    await session.flush()
    await tell(session, workspace_id, batch.happened, now)
    return outcomes


async def _known(
    session: AsyncSession, workspace_id: UUID, items: Sequence[Item]
) -> dict[str | None, Commitment]:
    external_ids = [item.external_id for item in items if item.external_id is not None]
    if not external_ids:
        return {}
    rows = await queries.known_as(session, workspace_id, external_ids)
    return {row.external_id: row for row in rows}


@dataclass(slots=True)
class _Batch:
    """What the items are decided by, and what is to be written of them."""

    owners: Owners
    groups: Mapping[UUID, Group]
    known: Mapping[str | None, Commitment]
    references: Mapping[UUID, References]
    external_ids: CallersIds
    now: datetime
    actor_id: UUID | None
    made: list[Made]
    happened: list[tuple[str, UUID]]

    def decide_commitment(self, item: Item) -> Outcome[Commitment]:
        known = self.known.get(item.external_id) if item.external_id is not None else None
        try:
            self.external_ids.check(item.external_id, is_known=known is not None)
            return self._make(item) if known is None else self._revise(known, item)
        except DomainError as error:
            return error

    def _make(self, item: Item) -> Written[Commitment]:
        owner = self.owners.owner_of(item.fields)
        group = self.groups[owner.group_id]
        if group.state == "closed":
            raise Conflict(
                "This group is closed: nobody makes promises to it.", code="group_closed"
            )
        references = self.references[group.id]
        fields = {**item.fields, "membership_id": owner.id}
        made = new_commitment(group, references, fields, self.actor_id, self.now)
        self.made.append(made)
        commitment = made[0]
        if not references.is_history(commitment):
            self.happened.append(("commitment.made", commitment.id))
        return Written(commitment, is_new=True)

    def _revise(self, commitment: Commitment, item: Item) -> Written[Commitment]:
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
