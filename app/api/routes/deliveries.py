"""Deliveries of events to webhook endpoints."""

from typing import Annotated

from fastapi import Query, Response

from app.api.deps import ExpectedDep, NowDep, ReaderDep, SessionDep, WorkspaceDep
from app.api.pagination import Page, PagingDep
from app.api.responses import versioned, viewed
from app.api.route import ADMIN, router
from app.api.schemas.common import CalendarTargetId, DeliveryId, WebhookEndpointId
from app.api.schemas.deliveries import AttemptRead, DeliveryDetail, DeliveryRead, DeliveryState
from app.db.queries import deliveries as queries
from app.services import deliveries as service
from app.services.target_deliveries import versions_of

routes = router("deliveries")


@routes.get("/deliveries")
async def list_deliveries(
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    paging: PagingDep,
    endpoint_id: Annotated[WebhookEndpointId | None, Query()] = None,
    target_id: Annotated[CalendarTargetId | None, Query()] = None,
    status: Annotated[DeliveryState | None, Query()] = None,
) -> Page[DeliveryRead]:
    """Deliveries to endpoints and to calendar targets, the newest first."""
    rows = await queries.listed(
        reader,
        workspace_id,
        paging.window,
        endpoint_id=endpoint_id,
        target_id=target_id,
        state=status,
    )
    return paging.page(rows, DeliveryRead.model_validate)


@routes.get("/deliveries/{delivery_id}")
async def get_delivery(
    delivery_id: DeliveryId, workspace_id: WorkspaceDep, reader: ReaderDep, response: Response
) -> DeliveryDetail:
    """One delivery with every attempt at it."""
    row = await queries.get(reader, workspace_id, delivery_id)
    attempts = await queries.attempts(reader, workspace_id, delivery_id)
    read = DeliveryDetail(
        **DeliveryRead.model_validate(row).model_dump(),
        attempt_log=[AttemptRead.model_validate(attempt) for attempt in attempts],
    )
    return viewed(response, read, *versions_of(row))


@routes.post("/deliveries/{delivery_id}/resend", openapi_extra=ADMIN)
async def resend_delivery(
    delivery_id: DeliveryId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> DeliveryRead:
    """Deliver once more, from the start of the schedule, with the same `webhook-id`. To a calendar
    the object is written as it is now, even if the server should have it so.
    """
    await service.resend_delivery(session, workspace_id, delivery_id, expected, now)
    row = await queries.get(await session.connection(), workspace_id, delivery_id)
    return versioned(response, DeliveryRead.model_validate(row), *versions_of(row))
