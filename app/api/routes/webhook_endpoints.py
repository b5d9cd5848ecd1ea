"""Webhook endpoints: whoever changes them needs the scope `admin`."""

from secrets import token_bytes

from fastapi import Response, status

from app.adapters.webhooks.signing import SECRET_BYTES
from app.api.deps import (
    AllowedNetworksDep,
    ExpectedDep,
    NowDep,
    ReaderDep,
    RuntimeDep,
    SessionDep,
    WorkspaceDep,
)
from app.api.pagination import Page, PagingDep
from app.api.responses import created, tagged
from app.api.route import ADMIN, router
from app.api.schemas.common import WebhookEndpointId, patch_of
from app.api.schemas.deliveries import DeliveryRead
from app.api.schemas.webhook_endpoints import (
    Recovery,
    WebhookEndpointCreate,
    WebhookEndpointRead,
    WebhookEndpointUpdate,
    WebhookEndpointWithSecret,
)
from app.db.queries import deliveries
from app.db.queries import webhook_endpoints as queries
from app.domain import ids
from app.services import deliveries as delivery_service
from app.services import endpoint_verbs
from app.services import webhook_endpoints as service

routes = router("webhook_endpoints")


@routes.post("/webhook_endpoints", status_code=status.HTTP_201_CREATED, openapi_extra=ADMIN)
async def create_webhook_endpoint(
    body: WebhookEndpointCreate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    runtime: RuntimeDep,
    allowed: AllowedNetworksDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointWithSecret:
    """Have events sent to a URL. The secret that signs them is in this answer and nowhere else."""
    endpoint, secret = await service.create_endpoint(
        session,
        workspace_id,
        body.model_dump(),
        now,
        keyring=runtime.keyring,
        random_bytes=token_bytes(SECRET_BYTES),
        allowed=allowed,
        most=runtime.settings.max_webhook_endpoints,
    )
    read = _shown_once(response, WebhookEndpointRead.model_validate(endpoint), secret)
    return created(response, "webhook_endpoints", "webhook_endpoint", read)


@routes.get("/webhook_endpoints")
async def list_webhook_endpoints(
    workspace_id: WorkspaceDep, reader: ReaderDep, paging: PagingDep
) -> Page[WebhookEndpointRead]:
    """The workspace's endpoints, by creation."""
    rows = await queries.listed(reader, workspace_id, paging.window)
    return paging.page(rows, WebhookEndpointRead.model_validate)


@routes.get("/webhook_endpoints/{endpoint_id}")
async def get_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    reader: ReaderDep,
    response: Response,
) -> WebhookEndpointRead:
    """One endpoint."""
    row = await queries.get(reader, workspace_id, endpoint_id)
    return tagged(response, WebhookEndpointRead.model_validate(row))


@routes.patch("/webhook_endpoints/{endpoint_id}", openapi_extra=ADMIN)
async def update_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    body: WebhookEndpointUpdate,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    allowed: AllowedNetworksDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointRead:
    """Change an endpoint by a merge patch (RFC 7396)."""
    endpoint = await service.update_endpoint(
        session, workspace_id, endpoint_id, patch_of(body), expected, now, allowed=allowed
    )
    return tagged(response, WebhookEndpointRead.model_validate(endpoint))


@routes.delete(
    "/webhook_endpoints/{endpoint_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=ADMIN,
)
async def delete_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
) -> None:
    """Remove an endpoint and the record of its deliveries."""
    await service.delete_endpoint(session, workspace_id, endpoint_id, expected)


@routes.post(
    "/webhook_endpoints/{endpoint_id}/test",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=ADMIN,
)
async def check_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> DeliveryRead:
    """Send an `endpoint.test` the way that every event goes; poll the delivery for its outcome."""
    delivery = await endpoint_verbs.check_endpoint(
        session, workspace_id, endpoint_id, expected, now
    )
    response.headers["Location"] = f"/v1/deliveries/{ids.encode('delivery', delivery.id)}"
    row = await deliveries.get(await session.connection(), workspace_id, delivery.id)
    return DeliveryRead.model_validate(row)


@routes.post("/webhook_endpoints/{endpoint_id}/rotate_secret", openapi_extra=ADMIN)
async def rotate_webhook_secret(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    runtime: RuntimeDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointWithSecret:
    """Make a new secret; for 24 hours deliveries are signed with the old one as well."""
    endpoint, secret = await service.rotate_secret(
        session,
        workspace_id,
        endpoint_id,
        expected,
        now,
        keyring=runtime.keyring,
        random_bytes=token_bytes(SECRET_BYTES),
    )
    read = _shown_once(response, WebhookEndpointRead.model_validate(endpoint), secret)
    return tagged(response, read)


@routes.post("/webhook_endpoints/{endpoint_id}/pause", openapi_extra=ADMIN)
async def pause_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointRead:
    """Send nothing for a while. The queue is kept, and grows."""
    endpoint = await endpoint_verbs.pause_endpoint(
        session, workspace_id, endpoint_id, expected, now
    )
    return tagged(response, WebhookEndpointRead.model_validate(endpoint))


@routes.post("/webhook_endpoints/{endpoint_id}/resume", openapi_extra=ADMIN)
async def resume_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointRead:
    """End a pause: what waits in the queue goes out, the longest due first."""
    endpoint = await endpoint_verbs.resume_endpoint(
        session, workspace_id, endpoint_id, expected, now
    )
    return tagged(response, WebhookEndpointRead.model_validate(endpoint))


@routes.post("/webhook_endpoints/{endpoint_id}/enable", openapi_extra=ADMIN)
async def enable_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointRead:
    """Turn an endpoint on that the service disabled; what waits in its queue goes out."""
    endpoint = await endpoint_verbs.enable_endpoint(
        session, workspace_id, endpoint_id, expected, now
    )
    return tagged(response, WebhookEndpointRead.model_validate(endpoint))


@routes.post("/webhook_endpoints/{endpoint_id}/recover", openapi_extra=ADMIN)
async def recover_webhook_endpoint(
    endpoint_id: WebhookEndpointId,
    body: Recovery,
    workspace_id: WorkspaceDep,
    session: SessionDep,
    expected: ExpectedDep,
    now: NowDep,
    response: Response,
) -> WebhookEndpointRead:
    """Deliver again whatever has failed since an instant, at most 14 days back."""
    endpoint = await delivery_service.recover_endpoint(
        session, workspace_id, endpoint_id, body.since, expected, now
    )
    return tagged(response, WebhookEndpointRead.model_validate(endpoint))


def _shown_once(
    response: Response, read: WebhookEndpointRead, secret: str
) -> WebhookEndpointWithSecret:
    response.headers["Cache-Control"] = "no-store"
    return WebhookEndpointWithSecret(**read.model_dump(), secret=secret)
