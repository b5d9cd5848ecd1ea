"""Who comes to meetings, and who came."""

from app.api.deps import DRY_RUN, CallerDep, NowDep, ReaderDep, SessionDep
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
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep
) -> AttendanceList:
    """All members of the meeting's day, by place, with what is known of their coming."""
    rows = await evening_view.load_attendance(reader, caller.workspace_id, meeting_id)
    return AttendanceList(meeting_id=meeting_id, data=[AttendanceRead.of(row) for row in rows])


@routes.put("/meetings/{meeting_id}/attendance/{membership_id}", dependencies=[DRY_RUN])
async def put_attendance(
    meeting_id: MeetingId,
    membership_id: MembershipId,
    body: AttendancePut,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
) -> AttendanceChanged:
    """Say whether a member comes (going, absent), or from the start on, whether they came.

    An absence plans the hot seats anew: it earns nothing and costs nothing. Saying `going` or
    `expected` again withdraws it. An acting person (`Hotseat-Actor`) says it of themselves; the
    evening's facilitator and the group's organizers say it of anybody (else 403).
    """
    await check_may_mark(session, caller.workspace_id, caller.actor_id, meeting_id, membership_id)
    change = await service.put_attendance(
        session, caller.workspace_id, meeting_id, membership_id, service.Mark(**dict(body)), now
    )
    rows = await evening_view.load_attendance(session, caller.workspace_id, meeting_id)
    read = next(AttendanceRead.of(row) for row in rows if row.person.id == membership_id)
    return AttendanceChanged.after(read, change)
