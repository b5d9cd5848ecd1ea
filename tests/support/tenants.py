"""Workspaces with a key, and clients that call the API as them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.db.base import Base
from app.db.session import Database
from app.domain.callers import SCOPES
from app.services.api_keys import create_api_key
from app.services.workspaces import create_workspace

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tenant:
    workspace_id: UUID
    key: str

    def client(self, app: FastAPI, **headers: str) -> "TenantClient":
        return TenantClient(self, app, headers)


class TenantClient(httpx.AsyncClient):
    """The API as a tenant calls it, within the process."""

    def __init__(self, tenant: Tenant, app: FastAPI, headers: Mapping[str, str]) -> None:
        super().__init__(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://hotseat.test",
            headers={"Authorization": f"Bearer {tenant.key}", **headers},
        )
        self.tenant = tenant
        self.app = app


async def make_tenant(
    database: Database, *, scopes: Sequence[str] = SCOPES, workspace_id: UUID | None = None
) -> Tenant:
    async with database.transaction() as session:
        if workspace_id is None:
            workspace = await create_workspace(session, name="Test", now=CREATED)
            workspace_id = workspace.id
        _, key = await create_api_key(
            session,
            workspace_id,
            {"name": "test", "scopes": list(scopes), "expires_at": None},
            os.urandom(32),
            CREATED,
        )
    return Tenant(workspace_id, key)


async def empty(database: Database) -> None:
    """Remove all tenants with all that is theirs."""
    async with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(table.delete())
