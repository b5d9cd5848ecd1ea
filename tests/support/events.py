"""What was recorded for the outside world."""

from typing import Any

from sqlalchemy import select

from app.db.models import Event
from app.db.session import Database
from tests.support.tenants import Tenant


async def events_of(
    database: Database, tenant: Tenant, prefix: str = ""
) -> list[tuple[str, dict[str, Any]]]:
    """Types and data of a tenant's events, in the order of their recording."""
    query = (
        select(Event.type, Event.data)
        .where(Event.workspace_id == tenant.workspace_id, Event.type.startswith(prefix))
        .order_by(Event.id)
    )
    async with database.reader() as connection:
        return [(row.type, row.data) for row in await connection.execute(query)]


async def event_types(database: Database, tenant: Tenant, prefix: str = "") -> list[str]:
    return [name for name, _ in await events_of(database, tenant, prefix)]
