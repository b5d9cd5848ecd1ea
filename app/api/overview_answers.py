"""A person's overview and export, put together from their rows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.schemas import overview as schemas
from app.api.schemas.audit import AuditEntryRead
from app.api.schemas.calendar_feeds import CalendarFeedRead
from app.api.schemas.calendar_targets import CalendarTargetRead
from app.api.schemas.commitments import CheckInRead, CommitmentEventRead, CommitmentRead
from app.api.schemas.hot_seats import HotSeatRead
from app.api.schemas.memberships import LeaveRead, MembershipRead
from app.api.schemas.people import PersonRead
from app.api.schemas.proposals import ProposalRead
from app.db.queries import exports, proposals
from app.db.queries import overview as queries
from app.db.queries.scope import one
from app.domain import ids
from app.domain.callers import Caller
from app.domain.wall_clock import local_time

M = TypeVar("M", bound=BaseModel)


async def overview(
    connection: AsyncConnection, caller: Caller, person_id: UUID, now: datetime
) -> schemas.OverviewRead:
    """What comes next for a person; a fixed number of SELECTs."""
    workspace_id = caller.workspace_id
    owed = await queries.open_commitments(
        connection, workspace_id, person_id, limit=schemas.COMMITMENTS_SHOWN
    )
    requests = await queries.open_requests(connection, workspace_id, person_id, now)
    proposed = await proposals.awaiting(connection, workspace_id, person_id)
    return schemas.OverviewRead(
        person_id=person_id,
        places=await _places(connection, caller, person_id, now),
        commitments=_all(CommitmentRead, owed),
        requests=_all(schemas.AwaitingRequest, requests),
        proposals=[ProposalRead.of(row) for row in proposed],
    )


async def _places(
    connection: AsyncConnection, caller: Caller, person_id: UUID, now: datetime
) -> list[schemas.PlaceOverview]:
    workspace_id = caller.workspace_id
    places = await queries.places(connection, workspace_id, person_id)
    ids = [place.id for place in places]
    meetings = {
        row.membership_id: row
        for row in await queries.next_meetings(connection, workspace_id, ids, now)
    }
    meeting_ids = [row.id for row in meetings.values()]
    roles: dict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    for row in await queries.roles(connection, workspace_id, meeting_ids, ids):
        roles[row.membership_id, row.meeting_id].append(row.role)
    seats = {
        row.membership_id: row
        for row in await queries.next_hot_seats(connection, workspace_id, ids, now)
    }
    return [
        schemas.PlaceOverview(
            group_id=place.group_id,
            group_name=place.group_name,
            group_state=place.group_state,
            membership_id=place.id,
            membership_state=place.state,
            next_meeting=_meeting(meetings.get(place.id), roles),
            next_hot_seat=_seat(seats.get(place.id)),
        )
        for place in places
    ]


def _meeting(
    row: Row[Any] | None, roles: dict[tuple[UUID, UUID], list[str]]
) -> schemas.NextMeeting | None:
    if row is None:
        return None
    own = roles[row.membership_id, row.id]
    return schemas.NextMeeting.model_validate({**row._mapping, "roles": own})  # noqa: SLF001 - public in SQLAlchemy


def _seat(row: Row[Any] | None) -> schemas.NextHotSeat | None:
    if row is None:
        return None
    return schemas.NextHotSeat.model_validate(row)


async def export(
    connection: AsyncConnection, caller: Caller, person_id: UUID, now: datetime
) -> schemas.ExportRead:
    """All that is stored of a person; a fixed number of SELECTs. NotFound."""
    rows = await exports.everything(connection, caller.workspace_id, person_id)
    person = one(next(iter(rows["people"]), None), "person")
    history = _by_commitment(rows["commitment_events"], CommitmentEventRead)
    check_ins = _by_commitment(rows["check_ins"], CheckInRead)
    return schemas.ExportRead(
        exported_on=local_time(now, person.time_zone).date(),
        person=PersonRead.model_validate(person),
        memberships=_all(MembershipRead, rows["memberships"]),
        leaves=_all(LeaveRead, rows["leaves"]),
        organizes=_all(schemas.ExportOrganizer, rows["organizers"]),
        attendance=_all(schemas.ExportAttendance, rows["attendances"]),
        roles=_all(schemas.ExportRole, rows["meeting_roles"]),
        hot_seats=_all(HotSeatRead, rows["hot_seats"]),
        slots=_all(schemas.ExportSlot, rows["slots"]),
        urgent_requests=_all(schemas.ExportRequest, rows["urgent_requests"]),
        proposals=_all(schemas.ExportProposal, rows["proposals"]),
        commitments=[
            schemas.ExportCommitment(
                **CommitmentRead.model_validate(row).model_dump(),
                history=history[row.id],
                check_ins=check_ins[row.id],
            )
            for row in rows["commitments"]
        ],
        buddy_of=_all(schemas.ExportBuddy, rows["buddy_of"]),
        guest_visits=_all(schemas.ExportGuest, rows["guests"]),
        calendar_feeds=_all(CalendarFeedRead, rows["calendar_feeds"]),
        calendar_targets=_all(CalendarTargetRead, rows["calendar_targets"]),
        mails=_all(
            schemas.ExportMail, await exports.mails(connection, caller.workspace_id, person_id)
        ),
        audit_entries=_all(
            AuditEntryRead,
            await exports.audit(
                connection,
                caller.workspace_id,
                person_id,
                ids.encode("person", person_id),
                limit=schemas.AUDIT_SHOWN,
            ),
        ),
    )


def _all(schema: type[M], rows: Iterable[Row[Any]]) -> list[M]:
    return [schema.model_validate(row) for row in rows]


def _by_commitment(rows: Iterable[Row[Any]], schema: type[M]) -> dict[UUID, list[M]]:
    found: dict[UUID, list[M]] = defaultdict(list)
    for row in rows:
        found[row.commitment_id].append(schema.model_validate(row))
    return found
