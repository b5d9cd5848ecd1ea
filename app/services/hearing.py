"""Who hears of a meeting's move by which channels, and who by none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group
from app.db.queries import calendar_watch, groups, meetings
from app.db.queries import channels as queries
from app.domain import ids
from app.domain.channels import Channel, ChannelKind, Reading, channels
from app.domain.events import matches
from app.domain.feed_clients import CLIENT_KINDS, GONE_AFTER
from app.domain.group_days import day_of

MOVED = "meeting.rescheduled"


@dataclass(frozen=True, slots=True)
class PersonHears:
    """A member who is expected at the new time, and how they hear of it, the surest way first."""

    person_id: UUID
    membership_id: UUID
    name: str
    channels: Sequence[Channel]


@dataclass(frozen=True, slots=True)
class Hearing:
    """`unreached`: who hears by no channel. `late`: who may not hear in time by any. `group_feeds`:
    programs that read the group's own feeds, whosever they are.
    """

    people: Sequence[PersonHears]
    group_feeds: Sequence[Channel]

    @property
    def unreached(self) -> list[UUID]:
        return [each.person_id for each in self.people if not each.channels]

    @property
    def late(self) -> list[UUID]:
        return [
            each.person_id
            for each in self.people
            if each.channels and not any(channel.in_time for channel in each.channels)
        ]


async def hearing_of(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> Hearing:
    """How people hear of a meeting's move, which was flushed.

    What matters is the earlier of its new start and of the former ones that calendars may show.
    """
    meeting = await meetings.load(session, workspace_id, meeting_id)
    group = await groups.load(session, workspace_id, meeting.group_id)
    day = day_of(meeting.starts_at, group.time_zone)
    matters_at = min(meeting.misleads_from or meeting.starts_at, meeting.starts_at)
    feeds = await calendar_watch.read_feeds(session, meeting, fetched_since=now - GONE_AFTER)
    targets = await queries.targets(session, workspace_id, group.id)
    webhook = _is_covered(await queries.endpoints(session, workspace_id), group)
    people = [
        PersonHears(
            person_id=member.person_id,
            membership_id=member.membership_id,
            name=member.name,
            channels=channels(
                webhook=webhook,
                targets=_kinds(targets, member.person_id),
                readings=_readings(_shown(feeds, member.person_id, day)),
                now=now,
                matters_at=matters_at,
            ),
        )
        for member in await queries.members(session, workspace_id, group.id, day)
    ]
    of_group = [feed for feed in feeds if feed.group_id is not None]
    readings = _readings(of_group)
    return Hearing(
        people,
        channels(webhook=False, targets=(), readings=readings, now=now, matters_at=matters_at),
    )


def _is_covered(endpoints: Sequence[Row[Any]], group: Group) -> bool:
    group_id = ids.encode("group", group.id)
    return any(
        (not endpoint.group_ids or group_id in endpoint.group_ids)
        and any(matches(pattern, MOVED) for pattern in endpoint.event_types)
        for endpoint in endpoints
    )


def _kinds(targets: Sequence[Row[Any]], person_id: UUID) -> Iterable[ChannelKind]:
    for target in targets:
        # A mail target may be for reminders alone, a calendar for promises alone.
        shown = target.settings.get("sends" if target.kind == "email" else "include")
        wanted = "invitations" if target.kind == "email" else "meetings"
        if target.person_id == person_id and (shown is None or wanted in shown):
            yield target.kind


def _shown(feeds: Sequence[Row[Any]], person_id: UUID, day: date) -> list[Row[Any]]:
    return [
        feed
        for feed in feeds
        if feed.person_id == person_id
        and "meetings" in feed.include
        and feed.starts_on <= day
        and (feed.ends_on is None or day <= feed.ends_on)
    ]


def _readings(feeds: Sequence[Row[Any]]) -> list[Reading]:
    return [
        Reading(client, datetime.fromisoformat(feed.readers[client]["at"]))
        for feed in feeds
        for client in CLIENT_KINDS
        if client in feed.readers
    ]
