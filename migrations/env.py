import asyncio
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app.db.base import Base, UtcDateTime
from app.db.models import Workspace
from app.db.session import Database

assert Workspace.metadata is Base.metadata  # noqa: S101 - the import registers all tables


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write migrations in plain SQLAlchemy types, so that they never change with the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_online(url: str) -> None:
    database = Database(url, all_workspaces=True)
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await database.dispose()


asyncio.run(run_online(context.config.attributes["url"]))
