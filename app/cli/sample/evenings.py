"""The sample's meetings and hot seats: three of 2099, and one for each state that can be tried."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.schemas.examples import (
    SampleGroup,
    SampleHotSeat,
    SampleMeeting,
    SampleRequest,
    member,
    sample_id,
)
from app.db.models import Cadence, Group, HotSeat, Meeting
from app.db.queries import groups
from app.domain import ids
from app.domain.meeting_times import MeetingTimes, at_instant, at_local
from app.domain.versions import ANY
from app.services.evening import add_guest
from app.services.hot_seat_verbs import start_hot_seat
from app.services.meeting_clock import start_slot
from app.services.meeting_day import pause_meeting, start_meeting
from app.services.meeting_rows import local_text, new_meeting, set_times
from app.services.planning import replan
from app.services.records import record_meeting
from app.services.urgent_requests import create_urgent_request

ZONE = "Europe/London"
MINUTES = 90
LONGEST = 720
THURSDAYS = (date(2099, 6, 4), date(2099, 6, 11), date(2099, 6, 18))
EVENING = time(19, 30)
WISHES = {SampleRequest.TO_GRANT: 4, SampleRequest.TO_DECLINE: 5, SampleRequest.TO_WITHDRAW: 6}
"""By request, the place of the member who asks."""
SECOND_SEATS = {
    SampleGroup.RUNNING: SampleHotSeat.ABSENT,
    SampleGroup.BEGINNING: SampleHotSeat.FOLLOWING,
}
PAST = {
    SampleMeeting.EARLIER: (SampleGroup.PAST, 3),
    SampleMeeting.HELD: (SampleGroup.PAST, 2),
    SampleMeeting.MISSED: (SampleGroup.TONIGHT, 2),
}
"""What was held: whose it was, and how many weeks ago."""


async def make_evenings(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """All meetings of the sample, with their hot seats."""
    await _make_ahead(session, workspace_id, now)
    await _make_past(session, workspace_id, now)
    tonight = await _group(session, workspace_id, SampleGroup.TONIGHT)
    times = _tonight(now)
    session.add(_meeting(tonight, SampleMeeting.TONIGHT, "ad_hoc", times, now))
    forming = await _group(session, workspace_id, SampleGroup.FORMING)
    called_off = at_local(datetime.combine(THURSDAYS[-1], EVENING), ZONE, MINUTES)
    session.add(_cadence(forming, now))
    session.add(_meeting(forming, SampleMeeting.CALLED_OFF, "ad_hoc", called_off, now))
    await session.flush()
    await _make_running(session, workspace_id, SampleGroup.RUNNING, now)
    running = sample_id("meeting", SampleMeeting.RUNNING)
    await start_slot(session, workspace_id, running, 1, ANY, now)
    await _make_running(session, workspace_id, SampleGroup.INTERRUPTED, now)
    interrupted = sample_id("meeting", SampleMeeting.INTERRUPTED)
    await pause_meeting(session, workspace_id, interrupted, ANY, now)
    for which in (SampleGroup.ENDING, SampleGroup.PAUSING, SampleGroup.BEGINNING):
        await _make_running(session, workspace_id, which, now)
    await _make_running(session, workspace_id, SampleGroup.SEATED, now)
    seated = sample_id("hot_seat", SampleHotSeat.SEATED)
    await start_hot_seat(session, workspace_id, seated, ANY, now)


async def put_tonight(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """Let the meeting of tonight be tonight again, if nobody has touched it."""
    found = await session.get(Meeting, (workspace_id, sample_id("meeting", SampleMeeting.TONIGHT)))
    if found is not None and found.state == "scheduled" and not found.touched:
        set_times(found, _tonight(now))
        found.updated_at = now


def _tonight(now: datetime) -> MeetingTimes:
    """As long as a meeting can last, so that it can be started for as long."""
    return at_instant(now.replace(second=0, microsecond=0), ZONE, LONGEST)


async def _make_ahead(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    group = await _group(session, workspace_id, SampleGroup.AHEAD)
    session.add(_cadence(group, now))
    numbers = (SampleMeeting.NEXT, SampleMeeting.SECOND, SampleMeeting.THIRD)
    for number, day in zip(numbers, THURSDAYS, strict=True):
        local_start = datetime.combine(day, EVENING)
        times = at_local(local_start, ZONE, MINUTES)
        occurrence = local_text(local_start)
        session.add(_meeting(group, number, "cadence", times, now, occurrence=occurrence))
    await session.flush()
    seats = [
        _seat(group, SampleMeeting.NEXT, SampleHotSeat.NEXT, 1, now),
        _seat(group, SampleMeeting.SECOND, SampleHotSeat.SECOND, 2, now),
        _seat(group, SampleMeeting.THIRD, SampleHotSeat.TO_PASS, 4, now),
    ]
    passed = _seat(group, SampleMeeting.THIRD, SampleHotSeat.PASSED, 3, now)
    passed.state, passed.pinned = "passed", False
    session.add_all([*seats, passed])
    await session.flush()
    await replan(session, workspace_id, group.id, now)
    # They were pinned to keep their ids while the rest was planned around them.
    for seat in seats:
        seat.pinned = False
    await _make_wishes(session, workspace_id, now)


def _cadence(group: Group, now: datetime) -> Cadence:
    return Cadence(
        workspace_id=group.workspace_id,
        group_id=group.id,
        rrule="FREQ=WEEKLY;BYDAY=TH",
        local_start=local_text(datetime.combine(THURSDAYS[0], EVENING)),
        time_zone=ZONE,
        duration_minutes=MINUTES,
        effective_from=THURSDAYS[0],
        # The sample has its meetings, and no duty has to look for more of them.
        horizon_at=datetime.combine(THURSDAYS[-1], time(23), tzinfo=UTC),
        created_at=now,
        updated_at=now,
    )


async def _make_wishes(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    meeting_id = sample_id("meeting", SampleMeeting.NEXT)
    for number, place in WISHES.items():
        request = {
            "id": sample_id("urgent_request", number),
            "membership_id": sample_id("membership", member(SampleGroup.AHEAD, place)),
            "reason": "The offer runs out on Friday",
        }
        await create_urgent_request(session, workspace_id, meeting_id, request, now)
    guest = {"id": sample_id("guest"), "name": "Roger Lancelyn Green"}
    await add_guest(session, workspace_id, meeting_id, guest, now)


async def _make_past(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    lapsed = await _make_ago(session, workspace_id, SampleMeeting.LAPSED, SampleGroup.PAST, 1, now)
    lapsed.state = "lapsed"
    for number, (which, weeks) in PAST.items():
        await _make_ago(session, workspace_id, number, which, weeks, now)
        meeting_id = sample_id("meeting", number)
        await record_meeting(session, workspace_id, meeting_id, _told(which), ANY, now)


async def _make_ago(
    session: AsyncSession,
    workspace_id: UUID,
    number: SampleMeeting,
    which: SampleGroup,
    weeks: int,
    now: datetime,
) -> Meeting:
    group = await _group(session, workspace_id, which)
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
    meeting = _meeting(group, number, "ad_hoc", at_instant(start, ZONE, MINUTES), now)
    session.add(meeting)
    await session.flush()
    return meeting


def _told(which: SampleGroup) -> dict[str, Any]:
    """What is recorded of a meeting: two had hot seats, the last was away."""
    members = [sample_id("membership", member(which, place)) for place in (1, 2, 3, 4)]
    return {
        "attendance": [{"membership_id": members[3], "status": "absent"}],
        "hot_seats": [{"membership_id": each, "state": "done"} for each in members[:2]],
        "commitments": [],
    }


async def _make_running(
    session: AsyncSession, workspace_id: UUID, which: SampleGroup, now: datetime
) -> None:
    group = await _group(session, workspace_id, which)
    number = SampleMeeting[which.name]
    start = now.replace(second=0, microsecond=0)
    session.add(_meeting(group, number, "ad_hoc", at_instant(start, ZONE, MINUTES), now))
    await session.flush()
    session.add(_seat(group, number, SampleHotSeat[which.name], 1, now))
    if which in SECOND_SEATS:
        session.add(_seat(group, number, SECOND_SEATS[which], 2, now))
    await session.flush()
    started = await start_meeting(session, workspace_id, sample_id("meeting", number), ANY, now)
    # It runs until somebody closes it, however long that may take.
    started.meeting.lapse_due_at = None
    await session.flush()


async def _group(session: AsyncSession, workspace_id: UUID, which: SampleGroup) -> Group:
    return await groups.load(session, workspace_id, sample_id("group", which))


def _meeting(
    group: Group,
    number: SampleMeeting,
    origin: str,
    times: MeetingTimes,
    now: datetime,
    **own: Any,
) -> Meeting:
    """A meeting with the sample's id. No duty reminds of it, or lets it lapse."""
    meeting = new_meeting(group, origin, times, now, **own)
    meeting.id = sample_id("meeting", number)
    meeting.uid = f"{ids.encode('meeting', meeting.id)}@hotseat"
    meeting.reminder_due_at = meeting.unrecorded_due_at = meeting.lapse_due_at = None
    return meeting


def _seat(
    group: Group, meeting: SampleMeeting, number: SampleHotSeat, place: int, now: datetime
) -> HotSeat:
    which = SampleGroup.AHEAD if meeting <= SampleMeeting.THIRD else SampleGroup[meeting.name]
    return HotSeat(
        workspace_id=group.workspace_id,
        id=sample_id("hot_seat", number),
        group_id=group.id,
        meeting_id=sample_id("meeting", meeting),
        membership_id=sample_id("membership", member(which, place)),
        position=place,
        pinned=True,
        created_at=now,
        updated_at=now,
    )
