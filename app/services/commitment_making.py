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


@dataclass(frozen=True, slots=True)
class References:
    """All that new promises of a group refer to, each by its id."""

    members: Mapping[UUID, Row[Any]]
    meetings: Mapping[UUID, Meeting]
    hot_seats: Mapping[UUID, Row[Any]]
    next_meeting: Row[Any] | None
    closings: Closings

    def is_history(self, commitment: Commitment) -> bool:
        """Whether it was made at a meeting that is filled in afterwards: nobody is told of it."""
        meeting_id = commitment.made_at_meeting_id
        return meeting_id is not None and self.meetings[meeting_id].origin == "backfill"


async def load_references(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    items: Sequence[Mapping[str, Any]],
    *,
    meeting_id: UUID | None,
    now: datetime,
) -> References:
    """Look up what the items name, in five SELECTs; whatever is unknown is left out."""
    member_ids = _named(items, "membership_id", "buddy_membership_id")
    members = await queries.members(session, workspace_id, group_id, member_ids)
    seat_ids = _named(items, "hot_seat_id")
    seats = await queries.hot_seats(session, workspace_id, group_id, seat_ids)
    due_ids = _named(items, "due_meeting_id")
    made_ids = {seat.meeting_id for seat in seats} | ({meeting_id} if meeting_id else set())
    meetings = await queries.meetings(session, workspace_id, group_id, due_ids | made_ids)
    coming = await queries.coming(
        session,
        workspace_id,
        group_id,
        after=max((each.starts_at for each in meetings if each.id in made_ids), default=now),
    )
    return References(
        members={member.id: member for member in members},
        meetings={meeting.id: meeting for meeting in meetings},
        hot_seats={seat.id: seat for seat in seats},
        next_meeting=coming[0] if coming else None,
        closings=await closings_of(session, workspace_id, due_ids),
    )


def _named(items: Sequence[Mapping[str, Any]], *fields: str) -> set[UUID]:
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


def made_at_meeting(
    item: Mapping[str, Any], known: References, meeting_id: UUID | None
) -> Meeting | None:
    """The meeting at which the promise is made: the one named, or that of its hot seat.

    Raises Invalid `unknown_meeting`, `unknown_hot_seat`, `hot_seat_elsewhere`.
    """
    seat_id = item.get("hot_seat_id")
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
    item: Mapping[str, Any], known: References, *, time_zone: str, at: datetime
) -> tuple[Due, datetime | None]:
    """When the promise is due: as the item says, otherwise at the group's next meeting.

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
    if known.next_meeting is not None:
        return DueAtMeeting(known.next_meeting.id, time_zone), known.next_meeting.starts_at
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
