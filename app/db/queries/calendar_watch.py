"""Who is to hear more of a meeting's date: readers that lag behind, members whose hour moves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarFeed, Meeting, Membership, Person
from app.db.queries.scope import scoped

Watch = Literal["stale_due_at", "shift_due_at"]


async def take(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, watch: Watch, now: datetime
) -> bool:
    """Whether this is due and was not taken yet; it is now. The meeting itself does not change, so
    its version stays.
    """
    due_at = getattr(Meeting, watch)
    taken = await session.execute(
        update(Meeting)
        .where(Meeting.workspace_id == workspace_id, Meeting.id == meeting_id, due_at <= now)
        .values({watch: None})
        .returning(Meeting.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


FEED_COLUMNS = (
    CalendarFeed.id,
    CalendarFeed.group_id,
    CalendarFeed.person_id,
    CalendarFeed.include,
    CalendarFeed.readers,
    CalendarFeed.version,
)


async def read_feeds(
    session: AsyncSession, meeting: Meeting, *, fetched_since: datetime
) -> list[Row[Any]]:
    """Feeds that show a meeting, or may, and that were fetched since: its group's, and those of the
    people who have or had a place there, with the dates of the place.

    In two statements, each by an index: for an OR, SQLite would go through the whole workspace.
    """
    return [
        *await _group_feeds(session, meeting, fetched_since),
        *await _members_feeds(session, meeting, fetched_since),
    ]


async def _group_feeds(
    session: AsyncSession, meeting: Meeting, fetched_since: datetime
) -> Sequence[Row[Any]]:
    external_id = literal(None).label("person_external_id")
    query = scoped(CalendarFeed, meeting.workspace_id, *FEED_COLUMNS, external_id).where(
        CalendarFeed.group_id == meeting.group_id, CalendarFeed.last_fetched_at >= fetched_since
    )
    return (await session.execute(query)).all()


async def _members_feeds(
    session: AsyncSession, meeting: Meeting, fetched_since: datetime
) -> Sequence[Row[Any]]:
    query = (
        scoped(
            Membership,
            meeting.workspace_id,
            *FEED_COLUMNS,
            Person.external_id.label("person_external_id"),
            Membership.starts_on,
            Membership.ends_on,
        )
        .join(
            CalendarFeed,
            (CalendarFeed.workspace_id == Membership.workspace_id)
            & (CalendarFeed.person_id == Membership.person_id),
        )
        .join(
            Person,
            (Person.workspace_id == Membership.workspace_id) & (Person.id == Membership.person_id),
        )
        .where(
            Membership.group_id == meeting.group_id,
            CalendarFeed.last_fetched_at >= fetched_since,
        )
    )
    return (await session.execute(query)).all()


async def start_before(session: AsyncSession, meeting: Meeting) -> datetime | None:
    """When the group meets, or met, for the last time before a meeting."""
    query = (
        scoped(Meeting, meeting.workspace_id, Meeting.starts_at)
        .where(
            Meeting.group_id == meeting.group_id,
            Meeting.starts_at < meeting.starts_at,
            Meeting.state != "cancelled",
        )
        .order_by(Meeting.starts_at.desc())
        .limit(1)
    )
    found: datetime | None = (await session.execute(query)).scalar_one_or_none()
    return found


async def places(session: AsyncSession, workspace_id: UUID, group_id: UUID) -> Sequence[Row[Any]]:
    """The group's current and upcoming members, and where their clocks are."""
    query = (
        scoped(
            Membership,
            workspace_id,
            Membership.id,
            Membership.external_id,
            Membership.person_id,
            Membership.starts_on,
            Membership.ends_on,
            Person.external_id.label("person_external_id"),
            Person.time_zone,
        )
        .join(
            Person,
            (Person.workspace_id == Membership.workspace_id) & (Person.id == Membership.person_id),
        )
        .where(Membership.group_id == group_id, Membership.state != "ended")
        .order_by(Membership.place, Membership.id)
    )
    return (await session.execute(query)).all()
