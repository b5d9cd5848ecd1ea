"""Meetings and what belongs to them, as rows: for tests that look at them from outside."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db.base import new_id
from app.db.models import Commitment, HotSeat, Meeting
from app.db.session import Database
from app.domain import ids
from app.domain.wall_clock import local_time

HOUR = timedelta(hours=1)


async def add_meeting(
    database: Database,
    workspace_id: UUID,
    group_id: str,
    starts_at: datetime,
    *,
    now: datetime,
    time_zone: str = "Europe/London",
    **more: Any,
) -> Meeting:
    """A scheduled meeting of an hour and a half that was made at `now`."""
    meeting_id = new_id()
    meeting = Meeting(
        workspace_id=workspace_id,
        id=meeting_id,
        group_id=ids.decode("group", group_id),
        origin="ad_hoc",
        local_start=local_time(starts_at, time_zone).isoformat(timespec="minutes"),
        time_zone=time_zone,
        starts_at=starts_at,
        ends_at=starts_at + 1.5 * HOUR,
        uid=f"{ids.encode('meeting', meeting_id)}@hotseat",
        **{
            "state": "scheduled",
            "sequence": 0,
            "calendar_changed_at": now,
            "created_at": now,
            "updated_at": now,
            **more,
        },
    )
    async with database.transaction() as session:
        session.add(meeting)
    return meeting


async def add_hot_seat(
    database: Database, meeting: Meeting, membership_id: str, *, now: datetime, **more: Any
) -> None:
    """An announced hot seat of a member."""
    async with database.transaction() as session:
        session.add(
            HotSeat(
                workspace_id=meeting.workspace_id,
                group_id=meeting.group_id,
                meeting_id=meeting.id,
                membership_id=ids.decode("membership", membership_id),
                **{
                    "position": 1,
                    "state": "announced",
                    "created_at": now,
                    "updated_at": now,
                    **more,
                },
            )
        )


async def add_commitment(
    database: Database,
    workspace_id: UUID,
    group: dict[str, Any],
    member: int,
    *,
    due_on: date,
    now: datetime,
    **more: Any,
) -> UUID:
    """The id of an open promise of the group's member with this index."""
    promise = Commitment(
        workspace_id=workspace_id,
        group_id=ids.decode("group", group["id"]),
        membership_id=ids.decode("membership", group["memberships"][member]),
        person_id=ids.decode("person", group["people"][member]),
        due_on=due_on,
        time_zone="Europe/London",
        made_at=now,
        created_at=now,
        updated_at=now,
        **{"title": "Write the last chapter", **more},
    )
    async with database.transaction() as session:
        session.add(promise)
    return promise.id
