"""Who comes to meetings, and who came."""

from app.api.deps import CallerDep, NowDep, ReaderDep, SessionDep
from app.api.route import router
from app.api.schemas.attendance import AttendanceList, AttendancePut, AttendanceRead
from app.api.schemas.common import MeetingId, MembershipId
from app.services import attendance as service
from app.services import evening_view

routes = router("attendance")


@routes.get("/meetings/{meeting_id}/attendance")
async def list_attendance(
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep
) -> AttendanceList:
    """All members of the meeting's day, by place, with what is known of their coming."""
    rows = await evening_view.load_attendance(reader, caller.workspace_id, meeting_id)
    return AttendanceList(
        meeting_id=meeting_id, data=[AttendanceRead.of(row, caller) for row in rows]
    )


@routes.put("/meetings/{meeting_id}/attendance/{membership_id}")
async def put_attendance(
    meeting_id: MeetingId,
    membership_id: MembershipId,
    body: AttendancePut,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
) -> AttendanceRead:
    """Say whether a member comes (going, absent), or from the start on, whether they came.

    An absence plans the hot seats anew: it earns nothing and costs nothing.
    """
    await service.put_attendance(
        session, caller.workspace_id, meeting_id, membership_id, service.Mark(**dict(body)), now
    )
    rows = await evening_view.load_attendance(session, caller.workspace_id, meeting_id)
    return next(AttendanceRead.of(row, caller) for row in rows if row.person.id == membership_id)
