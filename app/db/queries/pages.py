"""Keyset pages: the rows after the last one seen, in an order that is total."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Window:
    """Up to `limit` rows after the row whose key is `after`."""

    limit: int
    after: tuple[Any, ...] | None = None


async def fetch_page(
    connection: AsyncConnection,
    query: Select[Any],
    key: Sequence[ColumnElement[Any] | Any],
    window: Window,
    *,
    descending: bool = False,
) -> Sequence[Row[Any]]:
    """The window's rows and, if there are more, one row over the limit.

    `key` are the columns of the order; together they must be unique.
    """
    if window.after is not None:
        columns = tuple_(*key)
        last = tuple_(*(literal(v, c.type) for v, c in zip(window.after, key, strict=True)))
        query = query.where(columns < last if descending else columns > last)
    order = [column.desc() if descending else column.asc() for column in key]
    return (await connection.execute(query.order_by(*order).limit(window.limit + 1))).all()
