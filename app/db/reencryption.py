"""Write all secrets at rest anew when the keyring has a newer key."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, inspect, select, tuple_, update

from app.db.base import Base
from app.db.models import CalendarTarget, IdempotencyRecord, WebhookEndpoint
from app.db.session import Database

BATCH = 200
SECRETS: tuple[tuple[type[Base], str], ...] = (
    (WebhookEndpoint, "secret"),
    (WebhookEndpoint, "previous_secret"),
    (CalendarTarget, "secret"),
    (IdempotencyRecord, "body"),
)


async def reencrypt(database: Database, rotate: Callable[[bytes], bytes]) -> dict[str, int]:
    """Pass every secret of every workspace through `rotate`; how many there were, by column.

    In short transactions. A secret that is replaced meanwhile stays as it then is: whoever wrote it
    had the newest key as well. Running it again is harmless.
    """
    counts: dict[str, int] = {}
    for model, name in SECRETS:
        table = inspect(model).local_table
        assert isinstance(table, Table)  # noqa: S101 - every model is a table
        counts[f"{table.name}.{name}"] = await _column(database, table, name, rotate)
    return counts


async def _column(
    database: Database, table: Table, name: str, rotate: Callable[[bytes], bytes]
) -> int:
    key = list(table.primary_key.columns)
    secret = table.c[name]
    query = select(*key, secret).where(secret.is_not(None)).order_by(*key).limit(BATCH)
    count, last = 0, None
    while True:
        async with database.transaction() as session:
            page = query if last is None else query.where(tuple_(*key) > tuple_(*last[:-1]))
            rows: Sequence[Any] = (await session.execute(page)).all()
            if not rows:
                return count
            connection = await session.connection()
            await connection.execute(_replace(table, name), [_values(row, rotate) for row in rows])
        count, last = count + len(rows), rows[-1]


def _replace(table: Table, name: str) -> Any:
    same_row = [column == bindparam(f"key_{i}") for i, column in enumerate(table.primary_key)]
    unchanged = table.c[name] == bindparam("old")
    return update(table).where(*same_row, unchanged).values({name: bindparam("new")})


def _values(row: Sequence[Any], rotate: Callable[[bytes], bytes]) -> dict[str, Any]:
    *key, secret = row
    return {
        **{f"key_{i}": value for i, value in enumerate(key)},
        "old": secret,
        "new": rotate(secret),
    }
