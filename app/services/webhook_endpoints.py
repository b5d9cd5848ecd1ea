"""Writes of webhook endpoints. A secret is shown once, by the call that makes it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.addresses import Network, check_url
from app.adapters.keyring import Keyring
from app.adapters.webhooks.signing import secret_from
from app.db.models import WebhookEndpoint
from app.db.queries import events, webhook_endpoints
from app.domain import ids
from app.domain.errors import Conflict, Invalid
from app.domain.events import is_known_pattern
from app.domain.versions import Expected
from app.services.endpoint_verbs import load_to_change

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
    most: int,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, and its secret. `random_bytes` are 32; `allowed` are private networks; a
    workspace has `most` endpoints.
    """
    # The counter's row is the lock of whoever changes which endpoints there are.
    await events.lock_counter(session, workspace_id)
    if await webhook_endpoints.count(session, workspace_id) >= most:
        raise Conflict(
            f"A workspace has {most} webhook endpoints at most. Remove one that nobody needs.",
            code="too_many_endpoints",
            facts={"most": most},
        )
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
    """Apply a merge patch."""
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
    columns = await _columns(session, workspace_id, patch, allowed)
    for name, value in columns.items():
        setattr(endpoint, name, value)
    if patch:
        endpoint.touch(now)
    await session.flush()
    return endpoint


async def delete_endpoint(
    session: AsyncSession, workspace_id: UUID, endpoint_id: UUID, expected: Expected
) -> None:
    """Remove an endpoint with its deliveries; its jobs find it gone."""
    await session.delete(await load_to_change(session, workspace_id, endpoint_id, expected))


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
    endpoint = await load_to_change(session, workspace_id, endpoint_id, expected)
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
