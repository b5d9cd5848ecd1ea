"""SELECTs of promises and of what happened to them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import (
    CheckIn,
    Commitment,
    CommitmentEvent,
    Group,
    Meeting,
    Membership,
    Person,
)
from app.db.queries.pages import Sorts, Window, fetch_page, fetch_sorted
from app.db.queries.scope import columns_of, one, scoped

Reads = AsyncConnection | AsyncSession

SORTS = Sorts(
    "created_at", created_at=(Commitment.id,), made_at=(Commitment.made_at, Commitment.id)
)


async def get(connection: Reads, workspace_id: UUID, commitment_id: UUID) -> Row[Any]:
    """One commitment to read; NotFound."""
    query = scoped(Commitment, workspace_id, *columns_of(Commitment))
    return one(
        (await connection.execute(query.where(Commitment.id == commitment_id))).first(),
        "commitment",
    )


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    due_on_until: date | None = None,
    **equal: Any,
) -> Sequence[Row[Any]]:
    """Commitments in the window's order. `equal`: columns and their wanted values; None is any."""
    query = scoped(Commitment, workspace_id, *columns_of(Commitment))
    for name, value in equal.items():
        if value is not None:
            query = query.where(getattr(Commitment, name) == value)
    if due_on_until is not None:
        query = query.where(Commitment.due_on <= due_on_until)
    return await fetch_sorted(connection, query, SORTS, window)


async def check_exists(
    connection: AsyncConnection, workspace_id: UUID, commitment_id: UUID
) -> None:
    """NotFound unless there is such a commitment: for lists below it."""
    query = scoped(Commitment, workspace_id, Commitment.id).where(Commitment.id == commitment_id)
    one((await connection.execute(query)).first(), "commitment")


async def group_of(session: AsyncSession, workspace_id: UUID, commitment_id: UUID) -> UUID:
    """The group that a commitment belongs to, to be locked before it is loaded; NotFound."""
    query = scoped(Commitment, workspace_id, Commitment.group_id).where(
        Commitment.id == commitment_id
    )
    return one((await session.execute(query)).scalar_one_or_none(), "commitment")


async def load(session: AsyncSession, workspace_id: UUID, commitment_id: UUID) -> Commitment:
    """One commitment to change; NotFound."""
    return one(await session.get(Commitment, (workspace_id, commitment_id)), "commitment")


async def id_by_external_id(
    session: AsyncSession, workspace_id: UUID, external_id: str
) -> UUID | None:
    """The id of the commitment that the caller knows by this id."""
    query = scoped(Commitment, workspace_id, Commitment.id).where(
        Commitment.external_id == external_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def known_as(
    session: AsyncSession, workspace_id: UUID, external_ids: Collection[str]
) -> Sequence[Commitment]:
    """The commitments that the caller knows by these ids, to change them, as they are now."""
    query = (
        scoped(Commitment, workspace_id)
        .where(Commitment.external_id.in_(external_ids))
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalars().all()


async def events(
    connection: Reads, workspace_id: UUID, commitment_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Everything that happened to these commitments: of each in the order of its recording."""
    query = (
        scoped(CommitmentEvent, workspace_id, *columns_of(CommitmentEvent))
        .where(CommitmentEvent.commitment_id.in_(commitment_ids))
        .order_by(CommitmentEvent.commitment_id, CommitmentEvent.number)
    )
    return (await connection.execute(query)).all()


async def last_events(
    connection: Reads, workspace_id: UUID, commitment_id: UUID, *, limit: int
) -> Sequence[Row[Any]]:
    """The last things that happened to a commitment, in order."""
    query = (
        scoped(CommitmentEvent, workspace_id, *columns_of(CommitmentEvent))
        .where(CommitmentEvent.commitment_id == commitment_id)
        .order_by(CommitmentEvent.number.desc())
        .limit(limit)
    )
    return (await connection.execute(query)).all()[::-1]


async def with_references(
    session: AsyncSession, workspace_id: UUID, commitment_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Commitments as the database has them now, with the caller's ids of what they refer to."""
    query = (
        scoped(
            Commitment,
            workspace_id,
            Commitment,
            Group.external_id.label("group_external_id"),
            Membership.external_id.label("membership_external_id"),
            Person.external_id.label("person_external_id"),
            Meeting.external_id.label("due_meeting_external_id"),
        )
        .join(
            Group,
            (Group.workspace_id == Commitment.workspace_id) & (Group.id == Commitment.group_id),
        )
        .join(
            Membership,
            (Membership.workspace_id == Commitment.workspace_id)
            & (Membership.id == Commitment.membership_id),
        )
        .join(
            Person,
            (Person.workspace_id == Commitment.workspace_id) & (Person.id == Commitment.person_id),
        )
        .outerjoin(
            Meeting,
            (Meeting.workspace_id == Commitment.workspace_id)
            & (Meeting.id == Commitment.due_meeting_id),
        )
        .where(Commitment.id.in_(commitment_ids))
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).all()


async def get_check_in(connection: Reads, workspace_id: UUID, check_in_id: UUID) -> Row[Any]:
    """One check-in to read; NotFound."""
    query = scoped(CheckIn, workspace_id, *columns_of(CheckIn)).where(CheckIn.id == check_in_id)
    return one((await connection.execute(query)).first(), "check-in")


async def check_ins(
    connection: AsyncConnection, workspace_id: UUID, commitment_id: UUID, window: Window
) -> Sequence[Row[Any]]:
    """A commitment's check-ins by their recording."""
    query = scoped(CheckIn, workspace_id, *columns_of(CheckIn)).where(
        CheckIn.commitment_id == commitment_id
    )
    return await fetch_page(connection, query, (CheckIn.id,), window)
