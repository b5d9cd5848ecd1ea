"""Everything that the tables hold of one person, for them to take away."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.models import (
    Attendance,
    AuditEntry,
    CalendarFeed,
    CalendarTarget,
    CheckIn,
    Commitment,
    CommitmentEvent,
    Delivery,
    Guest,
    HotSeat,
    Leave,
    Mail,
    MeetingRole,
    Membership,
    Organizer,
    Person,
    Proposal,
    Slot,
    UrgentRequest,
)
from app.db.queries.scope import columns_of, scoped

SECTIONS: Final[Mapping[str, Any]] = {
    "people": Person.id,
    "memberships": Membership.person_id,
    "organizers": Organizer.person_id,
    "commitments": Commitment.person_id,
    "guests": Guest.person_id,
    "calendar_feeds": CalendarFeed.person_id,
    "calendar_targets": CalendarTarget.person_id,
    "leaves": Leave.membership_id,
    "attendances": Attendance.membership_id,
    "meeting_roles": MeetingRole.membership_id,
    "hot_seats": HotSeat.membership_id,
    "slots": Slot.membership_id,
    "urgent_requests": UrgentRequest.membership_id,
    "proposals": Proposal.membership_id,
    "commitment_events": CommitmentEvent.commitment_id,
    "check_ins": CheckIn.commitment_id,
    "buddy_of": Commitment.buddy_membership_id,
}
"""What each section's rows are found by: the person, one of their memberships or commitments."""


async def everything(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID
) -> dict[str, Sequence[Row[Any]]]:
    """The rows of all sections, one SELECT each. Their names are those of tables, but for
    `buddy_of`: others' promises that the person looks after.
    """
    places = scoped(Membership, workspace_id, Membership.id).where(
        Membership.person_id == person_id
    )
    promises = scoped(Commitment, workspace_id, Commitment.id).where(
        Commitment.person_id == person_id
    )
    found = {}
    for name, column in SECTIONS.items():
        model = column.class_
        of_person = {
            "membership_id": column.in_(places),
            "buddy_membership_id": column.in_(places),
            "commitment_id": column.in_(promises),
        }.get(column.key, column == person_id)
        query = scoped(model, workspace_id, *columns_of(model)).where(of_person)
        order = model.__mapper__.primary_key
        if model is CommitmentEvent:
            order = (CommitmentEvent.commitment_id, CommitmentEvent.number)
        found[name] = (await connection.execute(query.order_by(*order))).all()
    return found


async def mails(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID
) -> Sequence[Row[Any]]:
    """The mails to a person that are kept, the oldest first."""
    query = (
        scoped(Mail, workspace_id, Mail.subject, Delivery.state, Delivery.created_at)
        .join(
            CalendarTarget,
            and_(
                CalendarTarget.workspace_id == Mail.workspace_id,
                CalendarTarget.id == Mail.target_id,
            ),
        )
        .join(
            Delivery,
            and_(Delivery.workspace_id == Mail.workspace_id, Delivery.id == Mail.delivery_id),
        )
        .where(CalendarTarget.person_id == person_id, Mail.subject.is_not(None))
        .order_by(Mail.delivery_id)
    )
    return (await connection.execute(query)).all()


async def audit(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID, person: str, *, limit: int
) -> Sequence[Row[Any]]:
    """What a person did, and what was done to their own row (`person`: its id as text): the latest
    entries of the audit log.
    """
    query = (
        scoped(AuditEntry, workspace_id, *columns_of(AuditEntry))
        .where(or_(AuditEntry.actor_id == person_id, AuditEntry.resource_id == person))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()[::-1]
