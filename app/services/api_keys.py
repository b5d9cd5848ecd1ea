"""Writes of API keys. The text of a key is shown once, by the call that makes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import ApiKey
from app.db.queries import api_keys
from app.domain.api_keys import hint, key_hash, make_key
from app.domain.errors import Conflict, Invalid
from app.domain.versions import Expected


async def create_api_key(
    session: AsyncSession,
    workspace_id: UUID,
    fields: Mapping[str, Any],
    random_bytes: bytes,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key of the workspace, and its text. Invalid `expires_in_the_past`."""
    expires_at = fields["expires_at"]
    if expires_at is not None and expires_at <= now:
        raise Invalid(
            "The key would have expired already: choose a later time.",
            code="expires_in_the_past",
            pointer="/expires_at",
        )
    text = make_key(random_bytes)
    key = ApiKey(
        id=new_id(),
        workspace_id=workspace_id,
        name=fields["name"],
        scopes=sorted(set(fields["scopes"])),
        expires_at=expires_at,
        key_hash=key_hash(text),
        hint=hint(text),
        created_at=now,
        updated_at=now,
    )
    session.add(key)
    await session.flush()
    return key, text


async def revoke_api_key(
    session: AsyncSession, workspace_id: UUID, key_id: UUID, expected: Expected, now: datetime
) -> ApiKey:
    """Close a key at once; revoking twice is no error."""
    key = await api_keys.load(session, workspace_id, key_id)
    expected.check(key.version)
    if key.revoked_at is None:
        key.revoked_at = key.updated_at = now
        await session.flush()
    return key


async def rotate_api_key(
    session: AsyncSession,
    workspace_id: UUID,
    key_id: UUID,
    random_bytes: bytes,
    old_key_ends_at: datetime,
    expected: Expected,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A successor with the same name and scopes; the old key works until `old_key_ends_at`.

    Conflict `key_not_active` for one that is revoked or has expired.
    """
    old = await api_keys.load(session, workspace_id, key_id)
    expected.check(old.version)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Conflict(
            "This key is revoked or has expired: create a new one.", code="key_not_active"
        )
    fields = {"name": old.name, "scopes": old.scopes, "expires_at": old.expires_at}
    if old.expires_at is None or old.expires_at > old_key_ends_at:
        old.expires_at, old.updated_at = old_key_ends_at, now
    return await create_api_key(session, workspace_id, fields, random_bytes, now)
