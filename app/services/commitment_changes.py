"""Writes of commitments by their callers: recorded, changed, commented on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CheckIn, Commitment, Group
from app.db.queries import commitment_dues as dues
from app.db.queries import commitments as queries
from app.db.queries import groups, memberships
from app.domain import ids
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.merge_patch import merge
from app.domain.versions import Expected
from app.services.commitment_making import check_buddy
from app.services.commitment_records import tell
from app.services.commitments import make_commitments

CHANGEABLE = ("title", "criteria", "buddy_membership_id", "metadata")


async def create_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    actor_id: UUID | None,
) -> Commitment:
    """Record a promise of one member.

    Raises what `make_commitments` raises, and Conflict `group_closed`.
    """
    group, membership_id = await _place(session, workspace_id, fields)
    if group.state == "closed":
        raise group_closed()
    item = {**fields, "membership_id": membership_id}
    made = await make_commitments(
        session,
        workspace_id,
        group.id,
        [item],
        now,
        meeting_id=fields.get("meeting_id"),
        actor_id=actor_id,
        pointer="",
    )
    return made[0]


async def _place(
    session: AsyncSession, workspace_id: UUID, fields: Mapping[str, Any]
) -> tuple[Group, UUID]:
    """The promiser's membership, and its group, locked."""
    membership_id = fields.get("membership_id")
    if membership_id is not None:
        try:
            group_id = await memberships.group_of(session, workspace_id, membership_id)
        except NotFound as error:
            raise unknown_owner("/membership_id") from error
        return await groups.lock(session, workspace_id, group_id), membership_id
    if fields.get("group_id") is None or fields.get("person_id") is None:
        raise owner_required()
    group_id = fields["group_id"]
    found = await dues.place_of(session, workspace_id, group_id, fields["person_id"])
    if found is None:
        raise unknown_owner("/person_id")
    return await groups.lock(session, workspace_id, group_id), found


def group_closed() -> Conflict:
    """For a promise to a group that has come to its end."""
    return Conflict("This group is closed: nobody makes promises to it.", code="group_closed")


def owner_required() -> Invalid:
    """For a promise that names nobody as its maker."""
    return Invalid(
        "Say whose promise it is: send membership_id, or person_id and group_id.",
        code="owner_required",
        pointer="/membership_id",
    )


def unknown_owner(pointer: str) -> Invalid:
    """`unknown_membership`, for whom a promise names as its maker."""
    return Invalid(
        "There is no such membership: name one of this workspace, or a person in its group.",
        code="unknown_membership",
        pointer=pointer,
    )


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
    return await _change(session, commitment, patch, now)


async def put_commitment(
    session: AsyncSession,
    workspace_id: UUID,
    external_id: str,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    actor_id: UUID | None,
) -> tuple[Commitment, bool]:
    """Create or update the commitment that the caller knows by this id; whether it is new.

    Conflict `commitment_fixed` where the fields would change whose it is, or when it is due.
    """
    commitment_id = await queries.id_by_external_id(session, workspace_id, external_id)
    if commitment_id is None:
        fields = {**fields, "external_id": external_id}
        made = await create_commitment(session, workspace_id, fields, now, actor_id=actor_id)
        return made, True
    commitment = await locked(session, workspace_id, commitment_id, Expected())
    check_fixed(commitment, fields)
    own = {name: fields[name] for name in CHANGEABLE if name in fields}
    return await _change(session, commitment, own, now), False


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


async def _change(
    session: AsyncSession, commitment: Commitment, patch: Mapping[str, Any], now: datetime
) -> Commitment:
    changed = changed_fields(commitment, patch)
    if not changed:
        return commitment
    workspace_id = commitment.workspace_id
    buddy_id = changed.get("buddy_membership_id")
    if buddy_id is not None:
        found = await dues.members(session, workspace_id, commitment.group_id, [buddy_id])
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
