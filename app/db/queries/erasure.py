"""Where people have left what is personal, and how it is blanked: a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Text, delete, func, or_, select, update
from sqlalchemy import cast as to_type
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import InWorkspace, Versioned
from app.db.models import (
    Attendance,
    CalendarFeed,
    CalendarPush,
    CalendarTarget,
    CheckIn,
    Commitment,
    CommitmentEvent,
    Event,
    Guest,
    HotSeat,
    IdempotencyRecord,
    Leave,
    Membership,
    Organizer,
    Person,
    UrgentRequest,
)
from app.db.queries.scope import scoped

ERASED_TEXT = "[erased]"
"""What stands in the place of a text that cannot be missing."""
CALLERS_OWN: dict[str, Any] = {"external_id": None, "metadata_": {}}


async def blank_texts(session: AsyncSession, person: Person, name: str) -> dict[str, int]:
    """Blank what a person has written, and what callers keep beside them; by table, how many rows.

    Dates, states and numbers stay: figures rest on them. `name` is put in the place of theirs.
    """
    workspace_id = person.workspace_id
    places = (
        select(Membership.id)
        .where(Membership.workspace_id == workspace_id, Membership.person_id == person.id)
        .scalar_subquery()
    )
    promises = (
        select(Commitment.id)
        .where(Commitment.workspace_id == workspace_id, Commitment.person_id == person.id)
        .scalar_subquery()
    )
    of_guest = Guest.person_id == person.id
    if person.email is not None:
        of_guest = or_(of_guest, func.lower(Guest.email) == person.email)
    wanted: Sequence[tuple[type[InWorkspace], ColumnElement[bool], Mapping[str, Any]]] = (
        (Membership, Membership.person_id == person.id, CALLERS_OWN),
        (Leave, Leave.membership_id.in_(places), {"reason": None}),
        (Attendance, Attendance.membership_id.in_(places), {"note": None}),
        (HotSeat, HotSeat.membership_id.in_(places), {"topic": None, "outcome": None}),
        (UrgentRequest, UrgentRequest.membership_id.in_(places), {"reason": None}),
        (
            Commitment,
            Commitment.person_id == person.id,
            {"title": ERASED_TEXT, "criteria": None, **CALLERS_OWN},
        ),
        (
            CommitmentEvent,
            or_(
                CommitmentEvent.commitment_id.in_(promises),
                CommitmentEvent.actor_id == person.id,
            ),
            {"reason": None},
        ),
        (
            CheckIn,
            CheckIn.commitment_id.in_(promises),
            {"note": ERASED_TEXT, "evidence_url": None},
        ),
        (Guest, of_guest, {"name": name, "email": None, "note": None}),
    )
    return {
        model.__tablename__: await _blank(session, workspace_id, model, which, values)  # type: ignore[attr-defined] # mapped
        for model, which, values in wanted
    }


async def _blank(
    session: AsyncSession,
    workspace_id: UUID,
    model: type[InWorkspace],
    which: ColumnElement[bool],
    values: Mapping[str, Any],
) -> int:
    columns = {getattr(model, name): value for name, value in values.items()}
    if issubclass(model, Versioned):
        columns[model.version] = model.version + 1
    result = await session.execute(
        update(model)
        .where(model.workspace_id == workspace_id, which)
        .values(columns)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount


async def groups_of(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> set[UUID]:
    """The groups in which a person has or had a place, or for which they answer."""
    found: set[UUID] = set()
    for model in (Membership, Organizer):
        query = scoped(model, workspace_id, model.group_id).where(model.person_id == person_id)
        found |= set((await session.execute(query)).scalars())
    return found


async def open_places(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> Sequence[UUID]:
    """The memberships of a person that have not ended."""
    query = scoped(Membership, workspace_id, Membership.id).where(
        Membership.person_id == person_id, Membership.state != "ended"
    )
    return (await session.execute(query.order_by(Membership.id))).scalars().all()


async def offices(
    session: AsyncSession, workspace_id: UUID, person_id: UUID
) -> Sequence[Organizer]:
    """The groups that a person answers for, to be given up."""
    query = scoped(Organizer, workspace_id).where(Organizer.person_id == person_id)
    return (await session.execute(query)).scalars().all()


async def feeds(
    session: AsyncSession, workspace_id: UUID, person_id: UUID
) -> Sequence[CalendarFeed]:
    """A person's own feeds, to be revoked."""
    query = scoped(CalendarFeed, workspace_id).where(CalendarFeed.person_id == person_id)
    return (await session.execute(query)).scalars().all()


async def drop_untouched_targets(session: AsyncSession, workspace_id: UUID, person_id: UUID) -> int:
    """Remove a person's calendars to which nothing was ever sent; how many there were."""
    sent = (
        scoped(CalendarPush, workspace_id, CalendarPush.uid)
        .where(CalendarPush.target_id == CalendarTarget.id, CalendarPush.attempted_at.is_not(None))
        .exists()
    )
    gone = await session.execute(
        delete(CalendarTarget)
        .where(
            CalendarTarget.workspace_id == workspace_id,
            CalendarTarget.person_id == person_id,
            ~sent,
        )
        .returning(CalendarTarget.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


async def targets(
    session: AsyncSession, workspace_id: UUID, person_id: UUID
) -> Sequence[CalendarTarget]:
    """A person's calendars that are written to, to be removed."""
    query = scoped(CalendarTarget, workspace_id).where(CalendarTarget.person_id == person_id)
    return (await session.execute(query)).scalars().all()


async def naming(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID], name: str
) -> Sequence[HotSeat]:
    """Hot seats of these groups whose reason names somebody, to change them."""
    query = scoped(HotSeat, workspace_id).where(
        HotSeat.group_id.in_(group_ids),
        to_type(HotSeat.reason, Text).contains(name, autoescape=True),
    )
    return (await session.execute(query)).scalars().all()


async def decisions_of(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID], name: str
) -> Sequence[UrgentRequest]:
    """Urgent requests in these groups whose decision names somebody, to change them."""
    of_groups = scoped(Membership, workspace_id, Membership.id).where(
        Membership.group_id.in_(group_ids)
    )
    query = scoped(UrgentRequest, workspace_id).where(
        UrgentRequest.membership_id.in_(of_groups),
        to_type(UrgentRequest.decision, Text).contains(name, autoescape=True),
    )
    return (await session.execute(query)).scalars().all()


async def events_of(session: AsyncSession, workspace_id: UUID, person_id: str) -> Sequence[Event]:
    """Events that tell of a person, by the text of their id, to change them."""
    query = scoped(Event, workspace_id).where(Event.data["person_id"].as_string() == person_id)
    return (await session.execute(query)).scalars().all()


async def drop_answers(session: AsyncSession, workspace_id: UUID) -> int:
    """Blank all answers kept for repeated calls; how many there were. Their calls stay known.

    Which of them tell of a person nobody can say without decrypting them all: that could take any
    time, and a retry is hardly ever still to come.
    """
    return await _blank(
        session,
        workspace_id,
        IdempotencyRecord,
        IdempotencyRecord.body.is_not(None),
        {"body": None},
    )
