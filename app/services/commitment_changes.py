"""Changes of commitments by their callers: their details, and check-ins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CheckIn, Commitment
from app.db.queries import commitment_dues as dues
from app.db.queries import commitments as queries
from app.db.queries import groups
from app.domain import ids
from app.domain.errors import Conflict, Invalid
from app.domain.merge_patch import merge
from app.domain.versions import Expected
from app.services.commitment_making import check_buddy
from app.services.commitment_records import tell

CHANGEABLE = ("title", "criteria", "buddy_membership_id", "metadata")


async def update_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Commitment:
    """Apply a merge patch."""
    commitment = await locked(session, workspace_id, commitment_id, expected)
    return await change_commitment(session, commitment, patch, now)


def check_fixed(commitment: Commitment, fields: Mapping[str, Any]) -> None:
    """Whether fields leave whose promise it is, and its due. Conflict `commitment_fixed`."""
    present = {
        "membership_id": commitment.membership_id,
        "group_id": commitment.group_id,
        "person_id": commitment.person_id,
        "meeting_id": commitment.made_at_meeting_id,
        "hot_seat_id": commitment.hot_seat_id,
        "due_on": commitment.due_on,
        "due_meeting_id": commitment.due_meeting_id,
    }
    for name, value in present.items():
        if fields.get(name) is not None and fields[name] != value:
            raise Conflict(
                "Whose promise it is stays, and so does where it was made. "
                "Renegotiate it to move its due.",
                code="commitment_fixed",
                pointer=f"/{name}",
            )


async def locked(
    session: AsyncSession, workspace_id: UUID, commitment_id: UUID, expected: Expected
) -> Commitment:
    """A commitment to change, whose group is locked; NotFound, StaleVersionError."""
    group_id = await queries.group_of(session, workspace_id, commitment_id)
    await groups.lock(session, workspace_id, group_id)
    commitment = await queries.load(session, workspace_id, commitment_id)
    expected.check(commitment.version)
    return commitment


async def change_commitment(
    session: AsyncSession, commitment: Commitment, patch: Mapping[str, Any], now: datetime
) -> Commitment:
    """Apply a merge patch to a commitment whose group is locked. Invalid as `check_buddy`."""
    changed = changed_fields(commitment, patch)
    if not changed:
        return commitment
    workspace_id = commitment.workspace_id
    buddy_id = changed.get("buddy_membership_id")
    if buddy_id is not None:
        found = await dues.members(session, workspace_id, [commitment.group_id], [buddy_id])
        check_buddy(buddy_id, commitment.membership_id, [row.id for row in found])
    for name, value in changed.items():
        setattr(commitment, name, value)
    commitment.updated_at = now
    await session.flush()
    await tell(session, workspace_id, [("commitment.updated", commitment.id)], now)
    return commitment


def changed_fields(commitment: Commitment, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a merge patch would change, with their new values."""
    values = {("metadata_" if name == "metadata" else name): v for name, v in patch.items()}
    if "metadata_" in values:
        values["metadata_"] = merge(commitment.metadata_, values["metadata_"])
    return {name: value for name, value in values.items() if getattr(commitment, name) != value}


async def check_in(
    session: AsyncSession,
    workspace_id: UUID,
    commitment_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> CheckIn:
    """Note how a commitment is coming along. Invalid `check_in_in_future`."""
    at = fields.get("at") or now
    if at > now:
        raise Invalid(
            "A check-in tells of what was: choose an instant that has passed, or none for now.",
            code="check_in_in_future",
            pointer="/at",
        )
    commitment = await locked(session, workspace_id, commitment_id, Expected())
    row = CheckIn(
        workspace_id=workspace_id,
        commitment_id=commitment_id,
        at=at,
        note=fields["note"],
        percent=fields.get("percent"),
        evidence_url=fields.get("evidence_url"),
        created_at=now,
    )
    session.add(row)
    commitment.touch(now)
    await session.flush()
    more = {"check_in_id": ids.encode("check_in", row.id), "percent": row.percent}
    await tell(session, workspace_id, [("check_in.created", commitment_id)], now, more=more)
    return row
