"""One promise recorded by its caller, or changed where the caller's id of it is known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment
from app.db.queries import commitments as queries
from app.domain.errors import DomainError
from app.domain.versions import Expected
from app.services.batches import Item
from app.services.commitment_batch import write_commitments
from app.services.commitment_changes import CHANGEABLE, change_commitment, check_fixed, locked


async def create_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """Record a promise of one member: a batch of one. Raises what `new_commitment` raises, Invalid
    `owner_required`, and Conflict `group_closed`, `external_id_taken`.
    """
    items = [Item(fields, fields)]
    [outcome] = await write_commitments(
        session, workspace_id, items, now, upsert=False, actor_id=actor_id
    )
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome.row


async def put_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    *,
    actor_id: UUID | None,
) -> tuple[Commitment, bool]:
    """Create or update the commitment that the caller knows by this id; whether it is new.

    Conflict `commitment_fixed` where the fields would change whose it is, or when it is due.
    """
    commitment_id = await queries.id_by_external_id(session, workspace_id, external_id)
    if commitment_id is None:
        expected.check_new()
        fields = {**fields, "external_id": external_id}
        made = await create_commitment(session, workspace_id, fields, now, actor_id=actor_id)
        return made, True
    commitment = await locked(session, workspace_id, commitment_id, expected)
    check_fixed(commitment, fields)
    own = {name: fields[name] for name in CHANGEABLE if name in fields}
    return await change_commitment(session, commitment, own, now), False
