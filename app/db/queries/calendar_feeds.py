"""SELECTs of calendar feeds, and of what they show."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.models import CalendarFeed, Commitment, Group, HotSeat, Meeting, Membership, Person
from app.db.queries.pages import Window, fetch_page
from app.db.queries.scope import columns_of, one, scoped

BEFORE, AFTER = timedelta(days=90), timedelta(days=400)
SHOWN_SEATS = ("announced", "live", "done", "interrupted")
"""The states of hot seats that a member's calendar marks: a plan that may still change is noise."""
MEETING_COLUMNS = (
    Meeting.id,
    Meeting.group_id,
    Meeting.uid,
    Meeting.sequence,
    Meeting.title,
    Meeting.state,
    Meeting.starts_at,
    Meeting.ends_at,
    Meeting.time_zone,
    Meeting.location,
    Meeting.url,
    Meeting.created_at,
    Meeting.calendar_changed_at,
    Group.name.label("group_name"),
    Group.time_zone.label("group_time_zone"),
)


async def load(session: AsyncSession, workspace_id: UUID, feed_id: UUID) -> CalendarFeed:
    """One feed to change; NotFound."""
    return one(await session.get(CalendarFeed, (workspace_id, feed_id)), "calendar feed")


async def get(connection: AsyncConnection, workspace_id: UUID, feed_id: UUID) -> Row[Any]:
    """One feed to read; NotFound."""
    query = scoped(CalendarFeed, workspace_id, *columns_of(CalendarFeed))
    found = (await connection.execute(query.where(CalendarFeed.id == feed_id))).first()
    return one(found, "calendar feed")


async def listed(
    connection: AsyncConnection,
    workspace_id: UUID,
    window: Window,
    *,
    group_id: UUID | None,
    person_id: UUID | None,
) -> Sequence[Row[Any]]:
    """Feeds by creation."""
    query = scoped(CalendarFeed, workspace_id, *columns_of(CalendarFeed))
    if group_id is not None:
        query = query.where(CalendarFeed.group_id == group_id)
    if person_id is not None:
        query = query.where(CalendarFeed.person_id == person_id)
    return await fetch_page(connection, query, (CalendarFeed.id,), window)


async def by_token(connection: AsyncConnection, workspace_id: UUID, hashed: str) -> Row[Any] | None:
    """The feed that a token opens, and what it is called."""
    query = (
        scoped(
            CalendarFeed,
            workspace_id,
            *columns_of(CalendarFeed),
            Group.name.label("group_name"),
            Person.name.label("person_name"),
        )
        .outerjoin(
            Group,
            (Group.workspace_id == CalendarFeed.workspace_id) & (Group.id == CalendarFeed.group_id),
        )
        .outerjoin(
            Person,
            (Person.workspace_id == CalendarFeed.workspace_id)
            & (Person.id == CalendarFeed.person_id),
        )
        .where(CalendarFeed.token_hash == hashed)
    )
    return (await connection.execute(query)).first()


async def note_fetch(
    connection: AsyncConnection, feed: Row[Any], values: Mapping[str, Any]
) -> None:
    """Remember who asked and what they saw; of two at one instant, the first."""
    await connection.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.workspace_id == feed.workspace_id,
            CalendarFeed.id == feed.id,
            CalendarFeed.version == feed.version,
        )
        .values(version=CalendarFeed.version + 1, **values)
    )


async def group_renamed(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> None:
    """The meetings that calendars show under the group's name have changed there, and only there:
    no version rises.
    """
    await session.execute(
        update(Meeting)
        .where(
            Meeting.workspace_id == workspace_id,
            Meeting.group_id == group_id,
            Meeting.title.is_(None),
            Meeting.starts_at > now - BEFORE,
        )
        .values(calendar_changed_at=now)
        .execution_options(synchronize_session=False)
    )


async def group_meetings(
    connection: AsyncConnection, workspace_id: UUID, group_id: UUID, now: datetime
) -> Sequence[Row[Any]]:
    """The group's meetings from 90 days back to 400 ahead."""
    query = (
        scoped(Meeting, workspace_id, *MEETING_COLUMNS)
        .join(Group, (Group.workspace_id == Meeting.workspace_id) & (Group.id == Meeting.group_id))
        .where(Meeting.group_id == group_id, Meeting.starts_at.between(now - BEFORE, now + AFTER))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await connection.execute(query)).all()


async def person_meetings(
    connection: AsyncConnection, workspace_id: UUID, person_id: UUID, now: datetime
) -> Sequence[Row[Any]]:
    """Meetings of all groups in which the person has or had a place, with the place's dates."""
    query = _of_person(workspace_id, person_id).where(
        Meeting.starts_at.between(now - BEFORE, now + AFTER)
    )
    rows = (await connection.execute(query)).all()
    return sorted(rows, key=lambda row: (row.starts_at, row.id))


async def person_meeting(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, uid: str
) -> Sequence[Row[Any]]:
    """One meeting as `person_meetings` shows it: once for each place in its group, if any."""
    query = _of_person(workspace_id, person_id).where(Meeting.uid == uid)
    return (await session.execute(query)).all()


def _of_person(workspace_id: UUID, person_id: UUID) -> Select[Any]:
    """`has_seat` says whether the person has an announced hot seat there. Whenever a seat is given
    or taken the meeting is touched, so its `updated_at` covers both.
    """
    # The join says it too. But SQLite, which keeps no statistics, would go through the meetings of
    # the whole workspace, and does so for an ORDER BY that an index has.
    groups = scoped(Membership, workspace_id, Membership.group_id).where(
        Membership.person_id == person_id
    )
    return (
        scoped(
            Meeting,
            workspace_id,
            *MEETING_COLUMNS,
            Meeting.updated_at,
            Membership.starts_on,
            Membership.ends_on,
            HotSeat.id.is_not(None).label("has_seat"),
            HotSeat.topic,
            HotSeat.updated_at.label("seat_updated_at"),
        )
        .join(Group, (Group.workspace_id == Meeting.workspace_id) & (Group.id == Meeting.group_id))
        .join(
            Membership,
            (Membership.workspace_id == Meeting.workspace_id)
            & (Membership.group_id == Meeting.group_id),
        )
        .outerjoin(
            HotSeat,
            (HotSeat.workspace_id == Meeting.workspace_id)
            & (HotSeat.meeting_id == Meeting.id)
            & (HotSeat.membership_id == Membership.id)
            & HotSeat.state.in_(SHOWN_SEATS),
        )
        .where(Membership.person_id == person_id, Meeting.group_id.in_(groups))
    )


async def person_dues(
    connection: AsyncConnection | AsyncSession, workspace_id: UUID, person_id: UUID, now: datetime
) -> Sequence[Row[Any]]:
    """The person's open commitments that are due within the window, on a date or at a meeting."""
    first, last = now - BEFORE, now + AFTER
    query = _dues_of(workspace_id, person_id).where(
        or_(
            Commitment.due_on.between(first.date(), last.date()),
            Meeting.starts_at.between(first, last),
        )
    )
    return (await connection.execute(query)).all()


async def person_due(
    session: AsyncSession, workspace_id: UUID, person_id: UUID, commitment_id: UUID
) -> Row[Any] | None:
    """One open commitment of a person as `person_dues` shows it, whenever it is due."""
    query = _dues_of(workspace_id, person_id).where(Commitment.id == commitment_id)
    return (await session.execute(query)).first()


def _dues_of(workspace_id: UUID, person_id: UUID) -> Select[Any]:
    return (
        scoped(
            Commitment,
            workspace_id,
            Commitment.id,
            Commitment.title,
            Commitment.due_on,
            Commitment.time_zone,
            Commitment.version,
            Commitment.created_at,
            Commitment.updated_at,
            Meeting.starts_at.label("meeting_starts_at"),
        )
        .outerjoin(
            Meeting,
            (Meeting.workspace_id == Commitment.workspace_id)
            & (Meeting.id == Commitment.due_meeting_id),
        )
        .where(Commitment.person_id == person_id, Commitment.state == "open")
        .order_by(Commitment.id)
    )
