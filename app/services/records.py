"""Recording a meeting that nobody ran with the service: one call, and it is held."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attendance, Group, HotSeat, Meeting
from app.db.queries import attendance, planning
from app.domain.attendance import AWAY, PRESENT, AttendanceStatus, check_minutes_late
from app.domain.errors import Invalid
from app.domain.meeting_states import MeetingVerb, check_record
from app.domain.versions import Expected
from app.services.commitments import make_commitments
from app.services.events import emit
from app.services.facts import hot_seat_facts
from app.services.holding import hold, roster_of
from app.services.meeting_rows import locked, next_state

GIVEN = {"planned", "announced", "skipped"}
"""States of the hot seats that were somebody's by plan; skipped ones are those of a lapse."""


async def record_meeting(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    record: Mapping[str, Any],
    expected: Expected,
    now: datetime,
) -> Meeting:
    """Take a past meeting that is scheduled or lapsed to held.

    Hot seats that are not told of took place where their planned holders were there. Raises
    Conflict `invalid_transition`, `too_early`; Invalid `not_a_member_then`, `named_twice`,
    `not_late`, `ended_before_start`, and as `hold`.
    """
    group, meeting = await locked(session, workspace_id, meeting_id, expected)
    next_state(meeting, MeetingVerb.RECORD)
    check_record(meeting.starts_at, now)
    people = {person.id: person for person in await roster_of(session, group, meeting)}
    started_at = record.get("started_at") or meeting.starts_at
    ended_at = record.get("ended_at") or min(meeting.ends_at, now)
    _check_span(started_at, ended_at, now)
    away = await write_marks(session, meeting, record["attendance"], people, now)
    told = record.get("hot_seats")
    check_named(told or (), people, "hot_seats")
    done = await _seat(session, group, meeting, told, away, now)
    meeting.started_at = started_at
    await session.flush()
    if meeting.origin != "backfill":
        for seat in done:
            holder = people.get(seat.membership_id)
            facts = hot_seat_facts(seat, group, holder, meeting.external_id)
            emit(session, "hot_seat.finished", workspace_id, facts, now, group_id=group.id)
    await hold(session, group, meeting, now, ended_at=ended_at)
    promises = [{**item, "meeting_id": meeting.id} for item in record["commitments"]]
    await make_commitments(session, workspace_id, group.id, promises, now)
    return meeting


async def write_marks(
    session: AsyncSession,
    meeting: Meeting,
    told: Sequence[Mapping[str, Any]],
    people: Mapping[UUID, Row[Any]],
    now: datetime,
) -> set[UUID]:
    """Write the attendance that was told; who was away, by this or by what they said before."""
    check_named(told, people, "attendance")
    found = await attendance.of_meetings(session, meeting.workspace_id, [meeting.id])
    marks = {mark.membership_id: mark for mark in found}
    for index, item in enumerate(told):
        status = AttendanceStatus(item["status"])
        minutes = item.get("minutes_late")
        check_minutes_late(status, minutes, f"/attendance/{index}/minutes_late")
        mark = marks.get(item["membership_id"])
        if mark is None:
            mark = marks[item["membership_id"]] = Attendance(
                workspace_id=meeting.workspace_id,
                meeting_id=meeting.id,
                membership_id=item["membership_id"],
                weight=people[item["membership_id"]].weight,
            )
            session.add(mark)
        mark.status, mark.minutes_late, mark.presumed = status.value, minutes, False
        mark.updated_at = now
    on_leave = {who for who, person in people.items() if person.on_leave}
    came = {who for who, mark in marks.items() if mark.status in PRESENT}
    return {who for who, mark in marks.items() if mark.status in AWAY} | (on_leave - came)


async def _seat(
    session: AsyncSession,
    group: Group,
    meeting: Meeting,
    told: Sequence[Mapping[str, Any]] | None,
    away: set[UUID],
    now: datetime,
) -> list[HotSeat]:
    """Write the hot seats that were told, or what the plan and the attendance say; those done."""
    seats = {
        seat.membership_id: seat
        for seat in await planning.hot_seats(session, group.workspace_id, [meeting.id])
    }
    if told is None:
        told = [
            {"membership_id": who, "state": "done"}
            for who, seat in seats.items()
            if seat.state in GIVEN and who not in away
        ]
    for item in told:
        seat = seats.get(item["membership_id"])
        if seat is None:
            seat = seats[item["membership_id"]] = unplanned(group, meeting, item, now)
            session.add(seat)
        seat.state, seat.updated_at = item["state"], now
        seat.topic = item.get("topic") or seat.topic
        seat.outcome = item.get("outcome") or seat.outcome
    named = [item["membership_id"] for item in told]
    # Whoever is told of comes first, in the order told; the others did not take place.
    order = [*named, *(who for who in seats if who not in named)]
    for position, who in enumerate(order, start=1):
        seats[who].position = position
    return [seats[who] for who in named if seats[who].state == "done"]


UNPLACED = 0
"""The position of a hot seat that has yet to be given one."""


def unplanned(group: Group, meeting: Meeting, item: Mapping[str, Any], now: datetime) -> HotSeat:
    """A hot seat that nobody had planned; it is not in the session."""
    return HotSeat(
        workspace_id=group.workspace_id,
        group_id=group.id,
        meeting_id=meeting.id,
        membership_id=item["membership_id"],
        position=UNPLACED,
        reason={"code": "recorded", "params": {}, "text": "told when the meeting was recorded"},
        created_at=now,
    )


def check_named(
    items: Sequence[Mapping[str, Any]], people: Mapping[UUID, Row[Any]], field: str
) -> None:
    named: set[UUID] = set()
    for index, item in enumerate(items):
        who, pointer = item["membership_id"], f"/{field}/{index}/membership_id"
        if who not in people:
            raise Invalid(
                "This is no membership of the group on the day of the meeting.",
                code="not_a_member_then",
                pointer=pointer,
            )
        if who in named:
            raise Invalid("Name each member once.", code="named_twice", pointer=pointer)
        named.add(who)


def _check_span(started_at: datetime, ended_at: datetime, now: datetime) -> None:
    if not started_at <= ended_at <= now:
        raise Invalid(
            "The meeting ended after it started, and before now.",
            code="ended_before_start",
            pointer="/ended_at",
        )
