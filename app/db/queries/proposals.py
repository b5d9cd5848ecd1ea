"""SELECTs of proposals, each for those whom it concerns."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, or_, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import Meeting, Membership, Organizer, Person, Proposal
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

LIVE = ("open", "escalated")


async def get(
    connection: AsyncConnection | AsyncSession,
    workspace_id: UUID,
    proposal_id: UUID,
    viewer: UUID | None,
) -> Row[Any]:
    """One proposal to read; NotFound, also for a `viewer` whom it does not concern."""
    query = _seen_by(viewer, workspace_id).where(Proposal.id == proposal_id)
    return one((await connection.execute(query)).first(), "proposal")


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    viewer: UUID | None,
    *,
    group_id: UUID | None = None,
    membership_id: UUID | None = None,
    status: str | None = None,
) -> Sequence[Row[Any]]:
    """Proposals in the order in which they were made, as far as they concern the `viewer`."""
    query = _seen_by(viewer, workspace_id)
    if group_id is not None:
        query = query.where(Proposal.group_id == group_id)
    if membership_id is not None:
        query = query.where(Proposal.membership_id == membership_id)
    if status is not None:
        query = query.where(Proposal.status == status)
    return await fetch_page(connection, query, (Proposal.id,), window)


async def awaiting(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID
) -> Sequence[Row[Any]]:
    """The proposals that wait for the person's answer, the oldest first."""
    query = _seen_by(person_id, workspace_id).where(Proposal.status.in_(LIVE))
    return (await connection.execute(query.order_by(Proposal.id))).all()


def _seen_by(viewer: UUID | None, workspace_id: UUID) -> Select[Any]:
    """With the `person_id` of the member. Without a viewer it is the app that reads."""
    return (
        scoped(Proposal, workspace_id, *columns_of(Proposal), Membership.person_id)
        .join(
            Membership,
            and_(
                Membership.workspace_id == Proposal.workspace_id,
                Membership.id == Proposal.membership_id,
            ),
        )
        .where(_concerns(viewer, workspace_id))
    )


def _concerns(viewer: UUID | None, workspace_id: UUID) -> ColumnElement[bool]:
    if viewer is None:
        return true()
    organized = scoped(Organizer, workspace_id, Organizer.group_id).where(
        Organizer.person_id == viewer
    )
    return or_(
        Membership.person_id == viewer,
        and_(Proposal.escalated_at.is_not(None), Proposal.group_id.in_(organized)),
    )


async def group_of(session: AsyncSession, workspace_id: UUID, proposal_id: UUID) -> UUID:
    """The group of a proposal, to be locked before it is loaded; NotFound."""
    query = scoped(Proposal, workspace_id, Proposal.group_id).where(Proposal.id == proposal_id)
    return one((await session.execute(query)).scalar_one_or_none(), "proposal")


async def load(session: AsyncSession, workspace_id: UUID, proposal_id: UUID) -> Proposal:
    """One proposal to change, as it is once its group is locked; NotFound."""
    found = await session.get(Proposal, (workspace_id, proposal_id), populate_existing=True)
    return one(found, "proposal")


async def of_group(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Sequence[Proposal]:
    """All proposals of a group to change, the oldest first."""
    query = scoped(Proposal, workspace_id).where(Proposal.group_id == group_id)
    return (await session.execute(query.order_by(Proposal.id))).scalars().all()


async def members(
    session: AsyncSession, workspace_id: UUID, membership_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """These memberships with the caller's ids of them and of their people, for events."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.external_id,
            Membership.person_id,
            Person.external_id.label("person_external_id"),
        )
        .join(
            Person,
            and_(Person.workspace_id == Membership.workspace_id, Person.id == Membership.person_id),
        )
        .where(Membership.id.in_(membership_ids))
    )
    return (await session.execute(query)).all()


async def meetings(
    session: AsyncSession, workspace_id: UUID, proposals: Collection[Proposal]
) -> dict[UUID, str | None]:
    """The caller's ids of the meetings that these proposals name."""
    named = {each.since_meeting_id for each in proposals} | {
        each.last_meeting_id for each in proposals
    }
    query = scoped(Meeting, workspace_id, Meeting.id, Meeting.external_id)
    rows = await session.execute(query.where(Meeting.id.in_(named)))
    return {row.id: row.external_id for row in rows}
