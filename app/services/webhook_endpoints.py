"""Writes of webhook endpoints. A secret is shown once, by the call that makes it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.addresses import Network, check_url
from app.adapters.keyring import Keyring
from app.adapters.webhooks.signing import secret_from
from app.db.models import Delivery, WebhookEndpoint
from app.db.outbox import record
from app.db.queries import webhook_endpoints
from app.domain import ids
from app.domain.errors import Conflict, Invalid
from app.domain.events import is_known_pattern
from app.domain.versions import Expected
from app.services.deliveries import queue_events, wake
from app.services.events import emit
from app.services.facts import endpoint_facts

ROTATION_LASTS: Final = timedelta(hours=24)
"""How long the old secret signs beside the new one."""


async def create_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    keyring: Keyring,
    random_bytes: bytes,
    allowed: Sequence[Network],
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret. `random_bytes` are 32; `allowed` are private networks."""
    columns = await _columns(session, workspace_id, fields, allowed)
    secret = secret_from(random_bytes)
    endpoint = WebhookEndpoint(
        workspace_id=workspace_id,
        secret=keyring.encrypt(secret),
        created_at=now,
        updated_at=now,
        **columns,
    )
    session.add(endpoint)
    await session.flush()
    return endpoint, secret


async def update_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    patch: Mapping[str, Any],
    expected: Expected,
    now: datetime,
    *,
    allowed: Sequence[Network],
) -> WebhookEndpoint:
    """Apply a merge patch. A paused endpoint keeps its queue and catches up when it is enabled."""
    endpoint = await _load(session, workspace_id, endpoint_id, expected)
    columns = await _columns(session, workspace_id, patch, allowed)
    state = columns.pop("state", None)
    for name, value in columns.items():
        setattr(endpoint, name, value)
    if patch:
        endpoint.touch(now)
    if state == "enabled":
        return await _enable(session, endpoint, now)
    if state == "paused":
        endpoint.state = state
        endpoint.disabled_reason = None
    await session.flush()
    return endpoint


async def delete_endpoint(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, expected: Expected
) -> None:
    """Remove an endpoint with its deliveries; its jobs find it gone."""
    await session.delete(await _load(session, workspace_id, endpoint_id, expected))


async def enable_endpoint(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
) -> WebhookEndpoint:
    """Turn an endpoint on again; what waits in its queue goes out."""
    endpoint = await _load(session, workspace_id, endpoint_id, expected)
    return await _enable(session, endpoint, now)


async def _enable(
    session: AsyncSession, endpoint: WebhookEndpoint, now: datetime
) -> WebhookEndpoint:
    if endpoint.state != "enabled":
        endpoint.state = "enabled"
        endpoint.disabled_reason = None
        endpoint.failing_since = None
        endpoint.touch(now)
        await session.flush()
        emit(session, "endpoint.enabled", endpoint.workspace_id, endpoint_facts(endpoint), now)
        await session.flush()
        await wake(session, endpoint.workspace_id, [endpoint], now)
    await session.flush()
    return endpoint


async def rotate_secret(
    session: AsyncSession,
    workspace_id: UUID,
    endpoint_id: UUID,
    expected: Expected,
    now: datetime,
    *,
    keyring: Keyring,
    random_bytes: bytes,
) -> tuple[WebhookEndpoint, str]:
    """A new secret; the old one signs beside it for a day."""
    endpoint = await _load(session, workspace_id, endpoint_id, expected)
    secret = secret_from(random_bytes)
    endpoint.previous_secret = endpoint.secret
    endpoint.previous_secret_until = now + ROTATION_LASTS
    endpoint.secret = keyring.encrypt(secret)
    endpoint.touch(now)
    await session.flush()
    return endpoint, secret


async def end_rotation(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> None:
    """Forget the old secret once its time is over."""
    endpoint = await webhook_endpoints.find(session, workspace_id, endpoint_id, lock=True)
    if endpoint is None or endpoint.previous_secret_until is None:
        return
    if endpoint.previous_secret_until <= now:
        endpoint.previous_secret = None
        endpoint.previous_secret_until = None
        endpoint.touch(now)


async def check_endpoint(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, now: datetime
) -> Delivery:
    """Send a test event the way that every event goes, to this endpoint alone."""
    endpoint = await _load(session, workspace_id, endpoint_id, Expected())
    if endpoint.state != "enabled":
        raise Conflict(
            "Nothing is sent while the endpoint is not enabled. Enable it first.",
            code="endpoint_not_enabled",
            facts={"state": endpoint.state},
        )
    event = record(
        session,
        workspace_id=workspace_id,
        type="endpoint.test",
        data=endpoint_facts(endpoint),
        now=now,
        endpoint_id=endpoint.id,
    )
    await session.flush()
    (delivery,) = await queue_events(session, workspace_id, [(endpoint, [event.id])], now)
    return delivery


async def _load(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, expected: Expected
) -> WebhookEndpoint:
    """The endpoint, held until the transaction ends: its worker waits and sees the change."""
    endpoint = await webhook_endpoints.load(session, workspace_id, endpoint_id)
    expected.check(endpoint.version)
    return endpoint


async def _columns(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    allowed: Sequence[Network],
) -> dict[str, Any]:
    columns = dict(fields)
    if "url" in columns:
        check_url(columns["url"], allowed)
    for index, pattern in enumerate(columns.get("event_types", ())):
        if not is_known_pattern(pattern):
            raise Invalid(
                "No event type is named so; GET /v1/event_types lists them. "
                "A whole noun is written `meeting.*`, everything `*`.",
                code="unknown_event_type",
                pointer=f"/event_types/{index}",
            )
    if columns.get("group_ids"):
        await _check_groups(session, workspace_id, columns["group_ids"])
    if "group_ids" in columns:
        columns["group_ids"] = [ids.encode("group", group_id) for group_id in columns["group_ids"]]
    return columns


async def _check_groups(
    session: AsyncSession, workspace_id: UUID, group_ids: Collection[UUID]
) -> None:
    known = await webhook_endpoints.known_groups(session, workspace_id, group_ids)
    for index, group_id in enumerate(group_ids):
        if group_id not in known:
            raise Invalid(
                "There is no such group.", code="unknown_group", pointer=f"/group_ids/{index}"
            )
