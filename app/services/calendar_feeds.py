"""Writes of calendar feeds. A feed's URL is shown once, by the call that makes it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import CalendarFeed
from app.db.queries import calendar_feeds
from app.domain.errors import Invalid
from app.domain.feed_options import Part, TodoKind, feed_options
from app.domain.feed_tokens import make_token, token_hash
from app.domain.versions import Expected
from app.services.references import group_of_body, person_of


async def create_feed(
    session: AsyncSession,
    workspace_id: UUID,
    *,
    group_id: UUID | None,
    person_id: UUID | None,
    random_bytes: bytes,
    now: datetime,
    include: Sequence[Part] | None = None,
    topics: bool = False,
    todos: TodoKind = "vevent",
    alarms: Sequence[int] = (),
) -> tuple[CalendarFeed, str]:
    """A feed of a group or of a person, and the token of its URL.

    Invalid `feed_of_one`, and as `feed_options`.
    """
    if (group_id is None) == (person_id is None):
        raise Invalid(
            "Name the group or the person whose feed it is: one of the two.",
            code="feed_of_one",
            pointer="/group_id",
        )
    if group_id is not None:
        await group_of_body(session, workspace_id, group_id)
    if person_id is not None:
        await person_of(session, workspace_id, person_id)
    options = feed_options(
        of_group=group_id is not None, include=include, topics=topics, todos=todos, alarms=alarms
    )
    token = make_token(workspace_id, random_bytes)
    feed = CalendarFeed(
        workspace_id=workspace_id,
        group_id=group_id,
        person_id=person_id,
        include=list(options.include),
        topics=options.topics,
        todos=options.todos,
        alarms=list(options.alarms),
        token_hash=token_hash(token),
        created_at=now,
        updated_at=now,
    )
    session.add(feed)
    await session.flush()
    return feed, token


async def rotate_feed(
    session: AsyncSession,
    workspace_id: UUID,
    feed_id: UUID,
    expected: Expected,
    random_bytes: bytes,
    now: datetime,
) -> tuple[CalendarFeed, str]:
    """Give the feed another URL; the old one is gone at once."""
    feed = await calendar_feeds.load(session, workspace_id, feed_id)
    expected.check(feed.version)
    token = make_token(workspace_id, random_bytes)
    feed.token_hash = token_hash(token)
    # Whoever read the old URL reads no more.
    feed.readers, feed.last_fetched_at = {}, None
    feed.updated_at = now
    await session.flush()
    return feed, token


async def delete_feed(
    session: AsyncSession, workspace_id: UUID, feed_id: UUID, expected: Expected
) -> None:
    """Revoke a feed; its URL is gone at once."""
    feed = await calendar_feeds.load(session, workspace_id, feed_id)
    expected.check(feed.version)
    await session.delete(feed)
