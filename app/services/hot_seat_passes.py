"""Letting a hot seat go by, and taking that back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, Meeting
from app.db.queries import planning
from app.domain import hot_seats as rules
from app.domain.errors import Conflict
from app.domain.hot_seats import HotSeatState
from app.domain.versions import Expected
from app.services.hot_seats import check_open, open_seat, save, tell
from app.services.plan_changes import Changed, seat_facts, watch_plan
from app.services.planning import replan
from app.services.substitutes import seat_substitute


async def pass_hot_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected, now: datetime
) -> Changed[HotSeat]:
    """Let a hot seat go by: the meeting earns its member nothing and costs them nothing.

    The plan gives it to somebody else; in a live meeting whoever has the best claim gets it.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    check_open(seat)
    if not _is_ahead(opened.meeting, now) and opened.meeting.state != "live":
        raise _over(opened.meeting, "record what happened there instead")
    watch = await watch_plan(session, opened.group, now)
    seat.state, seat.pinned, seat.urgent = HotSeatState.PASSED, False, False
    await save(session, opened, now, "hot_seat.skipped")
    if opened.meeting.state == "live":
        await seat_substitute(session, opened, now)
    await replan(session, workspace_id, opened.group.id, now)
    return Changed(seat, await watch.change())


async def unpass_hot_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected, now: datetime
) -> Changed[HotSeat | None]:
    """Take back that a hot seat was let go by, before its meeting begins.

    The meeting earns the member their share again, and they are planned for like everybody else:
    to take the hot seat back from whoever was told meanwhile has its usual price.
    The row is the member's hot seat of that meeting, None if the plan gives them none.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat, meeting = opened.seat, opened.meeting
    rules.check_passed(seat.state, seat_facts([seat])[0])
    if not _is_ahead(meeting, now):
        raise _over(meeting, "what was let go by stays so")
    watch = await watch_plan(session, opened.group, now)
    await tell(session, opened.group, seat, "hot_seat.unpassed", now)
    topics = {seat.membership_id: seat.topic} if seat.topic else {}
    await session.delete(seat)
    meeting.touch(now)
    await session.flush()
    await replan(session, workspace_id, opened.group.id, now, topics=topics)
    seats = await planning.hot_seats(session, workspace_id, [meeting.id])
    own = next((each for each in seats if each.membership_id == seat.membership_id), None)
    return Changed(own, await watch.change())


def _is_ahead(meeting: Meeting, now: datetime) -> bool:
    return meeting.state == "scheduled" and meeting.starts_at > now


def _over(meeting: Meeting, instead: str) -> Conflict:
    return Conflict(
        f"The meeting's start has passed: {instead}.",
        code="meeting_over",
        facts={"state": meeting.state},
    )
