"""Requests for urgent hot seats."""

from typing import Any

from fastapi import Response, status

from app.api.deps import DRY_RUN, CallerDep, ExpectedDep, NowDep, ReaderDep, SessionDep
from app.api.pagination import Page, PagingDep
from app.api.responses import created, tagged
from app.api.route import router
from app.api.schemas.common import MeetingId, UrgentRequestId
from app.api.schemas.urgent_requests import (
    UrgentRequestChanged,
    UrgentRequestCreate,
    UrgentRequestGrant,
    UrgentRequestRead,
)
from app.db.queries import meetings
from app.db.queries import urgent_requests as queries
from app.services import urgent_grants as grants
from app.services import urgent_requests as service
from app.services.plan_changes import Changed

routes = router("urgent_requests")


def _changed(changed: Changed[Any]) -> UrgentRequestChanged:
    return UrgentRequestChanged.after(UrgentRequestRead.model_validate(changed.row), changed.plan)


@routes.post(
    "/meetings/{meeting_id}/urgent_requests",
    status_code=status.HTTP_201_CREATED,
    dependencies=[DRY_RUN],
)
async def create_urgent_request(
    meeting_id: MeetingId,
    body: UrgentRequestCreate,
    caller: CallerDep,
    session: SessionDep,
    now: NowDep,
    response: Response,
) -> UrgentRequestChanged:
    """Ask for a hot seat in a coming meeting before the member's turn."""
    request = await service.create_urgent_request(
        session, caller.workspace_id, meeting_id, body.model_dump(), now
    )
    return created(response, "urgent_requests", "urgent_request", _changed(request))


@routes.get("/meetings/{meeting_id}/urgent_requests")
async def list_urgent_requests(
    meeting_id: MeetingId, caller: CallerDep, reader: ReaderDep, paging: PagingDep
) -> Page[UrgentRequestRead]:
    """A meeting's requests in the order in which they were made."""
    await meetings.check_exists(reader, caller.workspace_id, meeting_id)
    rows = await queries.listed(reader, caller.workspace_id, meeting_id, paging.window)
    return paging.page(rows, UrgentRequestRead.model_validate)


@routes.get("/urgent_requests/{urgent_request_id}")
async def get_urgent_request(
    urgent_request_id: UrgentRequestId, caller: CallerDep, reader: ReaderDep, response: Response
) -> UrgentRequestRead:
    """One request, and what was decided."""
    row = await queries.get(reader, caller.workspace_id, urgent_request_id)
    return tagged(response, UrgentRequestRead.model_validate(row))


@routes.post("/urgent_requests/{urgent_request_id}/grant", dependencies=[DRY_RUN])
async def grant_urgent_request(
    urgent_request_id: UrgentRequestId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
    body: UrgentRequestGrant | None = None,
) -> UrgentRequestChanged:
    """Give the member one of the meeting's hot seats, which is charged to them like any other.

    It is granted by the rule if it leaves the member a credit no less than the group's
    `urgent_guard` (−1.25 unless it says otherwise); else 409 `urgent_refused` offers swaps, and
    an organizer may overrule with a reason. Of two requests the one with first refusal comes
    first, then the higher credit, then the earlier.
    """
    terms = grants.Terms(**(body or UrgentRequestGrant()).model_dump())
    request = await grants.grant_urgent_request(
        session, caller.workspace_id, urgent_request_id, terms, caller.actor_id, expected, now
    )
    return tagged(response, _changed(request))


@routes.post("/urgent_requests/{urgent_request_id}/decline", dependencies=[DRY_RUN])
async def decline_urgent_request(
    urgent_request_id: UrgentRequestId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> UrgentRequestChanged:
    """Say no to a request."""
    request = await service.decline_urgent_request(
        session, caller.workspace_id, urgent_request_id, expected, now
    )
    return tagged(response, _changed(request))


@routes.post("/urgent_requests/{urgent_request_id}/withdraw", dependencies=[DRY_RUN])
async def withdraw_urgent_request(
    urgent_request_id: UrgentRequestId,
    caller: CallerDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> UrgentRequestChanged:
    """Take a request back; the hot seat of a granted one goes back into the plan."""
    request = await service.withdraw_urgent_request(
        session, caller.workspace_id, urgent_request_id, expected, now
    )
    return tagged(response, _changed(request))
