"""One row in every table, made from the schema itself, so that no table is ever forgotten."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import TypeDecorator
from sqlalchemy.ext.asyncio import AsyncConnection

# Checks that a value made from a column's type alone would not pass.
OVERRIDES: dict[str, dict[str, Any]] = {
    "calendar_feeds": {"person_id": None},
    "commitments": {"due_on": None},
    "deliveries": {"target_id": None},
    "commitment_events": {"due_on": None, "meeting_id": None},
    "proposals": {"offer": None},
    "meetings": {
        "starts_at": datetime(2026, 1, 1, 18, tzinfo=UTC),
        "ends_at": datetime(2026, 1, 1, 20, tzinfo=UTC),
    },
}


async def populate(connection: AsyncConnection, metadata: sa.MetaData) -> dict[str, int]:
    """Insert one row a table, parents first; answers the number of rows in each."""
    keys: dict[tuple[str, str], Any] = {}
    for table in metadata.sorted_tables:
        row = {column.name: _value(column, keys) for column in table.columns}
        row |= OVERRIDES.get(table.name, {})
        await connection.execute(table.insert().values(row))
        keys |= {(table.name, name): value for name, value in row.items()}
    return await count(connection, metadata)


async def count(connection: AsyncConnection, metadata: sa.MetaData) -> dict[str, int]:
    counts = {}
    for table in metadata.sorted_tables:
        query = sa.select(sa.func.count()).select_from(table)
        counts[table.name] = (await connection.execute(query)).scalar_one()
    return counts


def _value(column: sa.Column[Any], keys: dict[tuple[str, str], Any]) -> Any:
    for key in column.foreign_keys:
        return keys[key.column.table.name, key.column.name]
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    if isinstance(column.type, sa.JSON):
        return {}
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind = plain.python_type
    return {
        UUID: uuid4(),
        str: f"{column.name}-{uuid4().hex[:8]}",
        bool: False,
        int: 1,
        float: 1.0,
        datetime: datetime(2026, 1, 1, tzinfo=UTC),
        date: date(2026, 1, 1),
        bytes: b"x",
    }[kind]
