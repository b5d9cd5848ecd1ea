"""What a new promise refers to: who makes it, in which hot seat, and when it is due."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Commitment, Meeting
from app.db.queries import commitment_dues as queries
from app.domain.dues import Closings, Due, DueAtMeeting, DueOn
from app.domain.errors import Conflict, DomainError, Invalid
from app.domain.group_days import day_of
from app.services.commitment_records import closings_of

DEFAULT_DAYS = timedelta(days=14)
"""How far ahead a promise is due that names no due, in a group without a next meeting."""

OFF = {"cancelled", "lapsed"}


Items = Sequence[Mapping[str, Any]]
"""Promises to be made, by the fields that callers send of them."""


@dataclass(frozen=True, slots=True)
class References:
    """All that new promises of a group refer to, each by its id.

    `following`: the group's next meeting, by the id of the one at which a promise is made, or by
    that of the group for one that is made between meetings.
    """

    members: Mapping[UUID, Row[Any]]
    meetings: Mapping[UUID, Meeting]
    hot_seats: Mapping[UUID, Row[Any]]
    following: Mapping[UUID, Row[Any]]
    closings: Closings

    def is_history(self, commitment: Commitment) -> bool:
        """Whether it was made at a meeting that is filled in afterwards: nobody is told of it."""
        meeting_id = commitment.made_at_meeting_id
        return meeting_id is not None and self.meetings[meeting_id].origin == "backfill"


async def load_references(
    session: AsyncSession, workspace_id: UUID, by_group: Mapping[UUID, Items], now: datetime
) -> dict[UUID, References]:
    """Look up what the items of each group name, in five SELECTs; whatever is unknown is left
    out.
    """
    where = (session, workspace_id, by_group.keys())
    items = [item for of_group in by_group.values() for item in of_group]
    seats = await queries.hot_seats(*where, _named(items, "hot_seat_id"))
    made_ids = {seat.meeting_id for seat in seats} | _named(items, "meeting_id")
    due_ids = _named(items, "due_meeting_id")
    members = await queries.members(*where, _named(items, "membership_id", "buddy_membership_id"))
    meetings = await queries.meetings(*where, due_ids | made_ids)
    following = await queries.following(*where, made_ids, after=now)
    closings = await closings_of(session, workspace_id, due_ids)

    def of_group(rows: Sequence[Any], group_id: UUID) -> dict[UUID, Any]:
        return {row.id: row for row in rows if row.group_id == group_id}

    return {
        group_id: References(
            members=of_group(members, group_id),
            meetings=of_group(meetings, group_id),
            hot_seats=of_group(seats, group_id),
            following={row.follows: row for row in following},
            closings=closings,
        )
        for group_id in by_group
    }


def _named(items: Items, *fields: str) -> set[UUID]:
    return {item[field] for item in items for field in fields if item.get(field) is not None}


@contextmanager
def pointing(prefix: str) -> Iterator[None]:
    """Whatever is refused inside is to blame on a field below `prefix`."""
    try:
        yield
    except DomainError as error:
        if error.pointer is not None:
            error.pointer = prefix + error.pointer
        raise


def made_at_meeting(item: Mapping[str, Any], known: References) -> Meeting | None:
    """The meeting at which the promise is made: the one named, or that of its hot seat.

    Raises Invalid `unknown_meeting`, `unknown_hot_seat`, `hot_seat_elsewhere`.
    """
    meeting_id, seat_id = item.get("meeting_id"), item.get("hot_seat_id")
    if seat_id is None:
        return _meeting(meeting_id, known, "/meeting_id") if meeting_id else None
    if seat_id not in known.hot_seats:
        raise Invalid(
            "There is no such hot seat in this group.",
            code="unknown_hot_seat",
            pointer="/hot_seat_id",
        )
    held_at: UUID = known.hot_seats[seat_id].meeting_id
    if meeting_id not in {None, held_at}:
        raise Invalid(
            "This hot seat belongs to another meeting.",
            code="hot_seat_elsewhere",
            pointer="/hot_seat_id",
        )
    return known.meetings[held_at]


def made_at(meeting: Meeting | None, now: datetime) -> datetime:
    """When the promise was made: with the end of its meeting where that is recorded afterwards."""
    if meeting is None or meeting.state == "live":
        return now
    return min(now, meeting.closed_at or meeting.ends_at)


def owner_of(
    item: Mapping[str, Any], known: References, *, at: datetime, group_zone: str
) -> Row[Any]:
    """The member who makes the promise.

    Raises Invalid `unknown_membership`, `own_buddy`, and Conflict `membership_ended`.
    """
    if item["membership_id"] not in known.members:
        raise _unknown_membership("/membership_id")
    owner = known.members[item["membership_id"]]
    # One that was called off ends before it begins.
    needed = max(owner.starts_on, day_of(at, group_zone))
    if owner.ends_on is not None and owner.ends_on < needed:
        raise Conflict(
            "This membership has ended: only members make promises to the group.",
            code="membership_ended",
            pointer="/membership_id",
        )
    check_buddy(item.get("buddy_membership_id"), owner.id, known.members)
    return owner


def check_buddy(buddy_id: UUID | None, owner_id: UUID, members: Collection[UUID]) -> None:
    """A buddy is another member of the group. Raises Invalid `unknown_membership`, `own_buddy`."""
    if buddy_id is None:
        return
    if buddy_id == owner_id:
        raise Invalid("A buddy is somebody else.", code="own_buddy", pointer="/buddy_membership_id")
    if buddy_id not in members:
        raise _unknown_membership("/buddy_membership_id")


def _unknown_membership(pointer: str) -> Invalid:
    return Invalid(
        "There is no such membership in this group.", code="unknown_membership", pointer=pointer
    )


def due_of_item(
    item: Mapping[str, Any],
    known: References,
    *,
    following: Row[Any] | None,
    time_zone: str,
    at: datetime,
) -> tuple[Due, datetime | None]:
    """When the promise is due: as the item says, otherwise at the `following` meeting.

    With the start of the meeting, if it is one. Raises Invalid `unknown_meeting`, `two_dues`, and
    Conflict `meeting_off`.
    """
    day, meeting_id = item.get("due_on"), item.get("due_meeting_id")
    if day is not None and meeting_id is not None:
        raise Invalid(
            "A promise is due on a date or at a meeting: send one of the two.",
            code="two_dues",
            pointer="/due_on",
        )
    if day is not None:
        return DueOn(day, time_zone), None
    if meeting_id is not None:
        meeting = _meeting(meeting_id, known, "/due_meeting_id")
        check_takes_place(meeting)
        return DueAtMeeting(meeting.id, time_zone), meeting.starts_at
    if following is not None:
        return DueAtMeeting(following.id, time_zone), following.starts_at
    return DueOn(day_of(at, time_zone) + DEFAULT_DAYS, time_zone), None


def check_takes_place(meeting: Meeting) -> None:
    """Whether a promise can be due at the meeting. Raises Conflict `meeting_off`."""
    if meeting.state in OFF:
        raise Conflict(
            f"This meeting is {meeting.state}: name another one, or a date.",
            code="meeting_off",
            pointer="/due_meeting_id",
            facts={"state": meeting.state},
        )


def _meeting(meeting_id: UUID, known: References, pointer: str) -> Meeting:
    if meeting_id not in known.meetings:
        raise Invalid(
            "There is no such meeting in this group.", code="unknown_meeting", pointer=pointer
        )
    return known.meetings[meeting_id]
