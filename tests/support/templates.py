"""What many tests begin with is built once over the API, then copied row by row into their tenants.

Keys begin with the workspace, so a copy keeps its ids. A template lives in a workspace of its own,
and is built again when its rows were removed or the clock says something else.
"""

from collections.abc import Awaitable, Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.runtime import Runtime
from app.db.base import Base
from tests.support.tenants import Tenant, TenantClient, make_tenant

Answer = dict[str, Any]

FROM_THE_START = {"api_keys", "event_counters"}
"""Tables with rows of every new workspace."""

TABLES = [
    table
    for table in Base.metadata.sorted_tables
    if "workspace_id" in table.c and table.name not in FROM_THE_START
]


@dataclass(frozen=True)
class Template:
    tenant: Tenant
    answer: Answer
    tables: tuple[Table, ...]
    """Those that hold its rows, parents first."""


_templates: dict[Hashable, Template] = {}


async def settle(
    client: TenantClient, key: Hashable, build: Callable[[TenantClient], Awaitable[Answer]]
) -> Answer | None:
    """What `build` answers, with its rows in the client's workspace; `None` if that has rows."""
    runtime: Runtime = client.app.state.runtime
    if runtime.database.row_level_security:
        return None  # no copy leads from one tenant to another
    async with runtime.database.transaction() as session:
        if await _tables_with_rows(session, client.tenant):
            return None
    key = (str(runtime.database.engine.url), runtime.clock.now(), key)
    if key not in _templates or not await _copy(runtime, _templates[key], client.tenant):
        _templates[key] = await _make(client, runtime, build)
        assert await _copy(runtime, _templates[key], client.tenant)
    return deepcopy(_templates[key].answer)


async def _make(
    client: TenantClient,
    runtime: Runtime,
    build: Callable[[TenantClient], Awaitable[Answer]],
) -> Template:
    tenant = await make_tenant(runtime.database)
    async with tenant.client(client.app) as own:
        answer = await build(own)
    async with runtime.database.transaction() as session:
        return Template(tenant, answer, await _tables_with_rows(session, tenant))


async def _copy(runtime: Runtime, template: Template, tenant: Tenant) -> bool:
    """Whether there was anything to copy."""
    copied = 0
    async with runtime.database.transaction() as session:
        api_key_id = await _key_of(session, tenant)
        for table in template.tables:
            own = {"workspace_id": tenant.workspace_id, "api_key_id": api_key_id}
            columns: list[ColumnElement[Any]] = [
                literal(own[column.name], column.type) if column.name in own else column
                for column in table.c
            ]
            rows = select(*columns).where(table.c.workspace_id == template.tenant.workspace_id)
            result = await session.execute(insert(table).from_select(list(table.c), rows))
            copied += result.rowcount  # type: ignore[attr-defined]  # an INSERT's result has it
    return copied > 0


async def _tables_with_rows(session: AsyncSession, tenant: Tenant) -> tuple[Table, ...]:
    found = (
        await session.execute(
            select(*(exists().where(t.c.workspace_id == tenant.workspace_id) for t in TABLES))
        )
    ).one()
    return tuple(table for table, any_row in zip(TABLES, found, strict=True) if any_row)


async def _key_of(session: AsyncSession, tenant: Tenant) -> Any:
    keys = Base.metadata.tables["api_keys"]
    return await session.scalar(
        select(keys.c.id).where(keys.c.workspace_id == tenant.workspace_id).limit(1)
    )
