"""Who comes to meetings, and who came."""

from fastapi import Response

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep
from app.api.responses import versioned, viewed
from app.api.route import router
from app.api.schemas.attendance import (
    AttendanceChanged,
    AttendanceList,
    AttendancePut,
    AttendanceRead,
)
from app.api.schemas.common import MeetingId, MembershipId
from app.services import attendance as service
from app.services import evening_view
from app.services.attendance_rights import check_may_mark

routes = router("attendance")


@routes.get("/meetings/{meeting_id}/attendance")
async def list_attendance(
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep, response: Response
) -> AttendanceList:
    """All members of the meeting's day, by place, with what is known of their coming."""
    evening = await evening_view.load_attendance(reader, caller.workspace_id, meeting_id)
    data = [AttendanceRead.of(row) for row in evening.shown]
    read = AttendanceList(meeting_id=meeting_id, data=data)
    return viewed(response, read, evening.meeting_version)


@routes.put("/meetings/{meeting_id}/attendance/{membership_id}", dependencies=[DRY_RUN])
async def put_attendance(
    meeting_id: MeetingId,
    membership_id: MembershipId,
    body: AttendancePut,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> AttendanceChanged:
    """Say whether a member comes (going, absent), or from the start on, whether they came.

    An absence plans the hot seats anew: it earns nothing and costs nothing. Saying `going` or
    `expected` again withdraws it; `expected` takes any other mark back, too, until the meeting is
    closed. An acting person (`Hotseat-Actor`) says it of themselves; the evening's facilitator and
    the group's organizers say it of anybody (else 403). Whoever has, or had, a hot seat at the
    meeting was there (409). `If-Match`: the meeting's ETag, or that of its attendance.
    """
    workspace_id = caller.workspace_id
    await check_may_mark(session, workspace_id, caller.actor_id, meeting_id, membership_id)
    mark = service.Mark(**dict(body))
    change = await service.put_attendance(
        session, workspace_id, meeting_id, membership_id, mark, expected, now
    )
    evening = await evening_view.load_attendance(session, workspace_id, meeting_id)
    row = next(row for row in evening.shown if row.person.id == membership_id)
    read = AttendanceChanged.after(AttendanceRead.of(row), change)
    return versioned(response, read, evening.meeting_version)
