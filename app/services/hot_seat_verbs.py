"""What is done with a hot seat on its evening."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat
from app.db.queries import planning
from app.domain import hot_seats as rules
from app.domain.errors import Conflict
from app.domain.hot_seats import HotSeatState, SkipCause
from app.domain.meeting_pauses import check_not_paused, pauses_from
from app.domain.plan_change import UNCHANGED
from app.domain.versions import Expected
from app.services.hot_seats import OpenedSeat, check_open, open_seat, save
from app.services.meeting_clock import make_way
from app.services.plan_changes import Changed, watch_plan
from app.services.planning import replan
from app.services.planning_outlook import agenda_of
from app.services.seat_presence import mark_arrived, mark_missing
from app.services.seat_segments import lasted, segment_of, slots_of
from app.services.substitutes import seat_substitute


async def start_hot_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected, now: datetime
) -> HotSeat:
    """Begin a hot seat of a live meeting, one at a time. Its holder is there, whatever was said."""
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    _check_meeting_live(opened)
    check_open(seat)
    await _check_none_runs(session, opened)
    await make_way(session, opened.group, opened.meeting, now)
    phases = await _phases(session, opened)
    seat.state, seat.started_at = HotSeatState.LIVE, now
    _enter(seat, phases[0] if phases else None, now)
    for slot in await slots_of(session, seat):
        slot.actual_start = now
    await save(session, opened, now, "hot_seat.started")
    await mark_arrived(session, opened, now)
    return seat


async def advance_hot_seat(
    session: AsyncSession, workspace_id: UUID, hot_seat_id: UUID, expected: Expected, now: datetime
) -> HotSeat:
    """Go on to the next phase of the format. Conflict `last_phase`: finish it."""
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    rules.check_live(seat.state)
    check_not_paused(pauses_from(opened.meeting.pauses))
    phases = await _phases(session, opened)
    _enter(seat, rules.next_phase(phases, seat.phase), now)
    await save(session, opened, now)
    return seat


async def finish_hot_seat(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    outcome: str | None,
    expected: Expected,
    now: datetime,
    *,
    interrupted: bool,
) -> Changed[HotSeat]:
    """End a live hot seat. One that was interrupted is not charged, and its holder is first in
    line; Conflict `minimum_reached` if it lasted as long as guaranteed.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    rules.check_live(seat.state)
    if interrupted:
        segment = await segment_of(session, opened.group, opened.meeting, seat)
        rules.check_interrupted(segment, lasted(opened.meeting, seat, now))
    watch = await watch_plan(session, opened.group, now) if interrupted else None
    seat.state = HotSeatState.INTERRUPTED if interrupted else HotSeatState.DONE
    seat.ended_at, seat.phase = now, None
    seat.outcome = outcome or seat.outcome
    for slot in await slots_of(session, seat):
        slot.actual_end = now
    await save(session, opened, now, "hot_seat.finished")
    if watch is None:
        return Changed(seat, UNCHANGED)
    await replan(session, workspace_id, opened.group.id, now)
    return Changed(seat, await watch.change())


async def skip_hot_seat(
    session: AsyncSession,
    workspace_id: UUID,
    hot_seat_id: UUID,
    because: SkipCause,
    expected: Expected,
    now: datetime,
) -> Changed[HotSeat]:
    """Leave out a hot seat of a live meeting. A holder who is not coming is replaced at once by the
    member with the best claim (who may still come is postponed instead); one who is there is not
    charged, and first in line.
    """
    opened = await open_seat(session, workspace_id, hot_seat_id, expected)
    seat = opened.seat
    _check_meeting_live(opened)
    check_open(seat)
    watch = await watch_plan(session, opened.group, now)
    reason = rules.skip_reason(because)
    seat.state = HotSeatState.SKIPPED
    seat.reason = {"code": reason.code, "params": dict(reason.params), "text": reason.text}
    await save(session, opened, now, "hot_seat.skipped")
    if because == "absent":
        await mark_missing(session, opened, now)
        await seat_substitute(session, opened, now)
    await replan(session, workspace_id, opened.group.id, now)
    return Changed(seat, await watch.change())


def _enter(seat: HotSeat, phase: str | None, now: datetime) -> None:
    seat.phase = phase
    if phase is not None:
        seat.phase_log = [*seat.phase_log, {"phase": phase, "at": now.isoformat()}]


def _check_meeting_live(opened: OpenedSeat) -> None:
    if opened.meeting.state != "live":
        raise Conflict(
            f"The meeting is {opened.meeting.state}: start it first.",
            code="meeting_not_live",
            facts={"state": opened.meeting.state},
        )


async def _check_none_runs(session: AsyncSession, opened: OpenedSeat) -> None:
    meeting = opened.meeting
    for other in await planning.hot_seats(session, meeting.workspace_id, [meeting.id]):
        if other.state == HotSeatState.LIVE:
            raise Conflict(
                "Another hot seat of this meeting runs: finish it first.",
                code="hot_seat_running",
                facts={"position": other.position},
            )


async def _phases(session: AsyncSession, opened: OpenedSeat) -> list[str]:
    segment = await segment_of(session, opened.group, opened.meeting, opened.seat)
    return rules.phase_names(agenda_of(opened.group, opened.meeting), segment)
