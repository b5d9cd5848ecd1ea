"""Keyset pages: the rows after the last one seen, in an order that is total."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

DESCENDING = "-"


@dataclass(frozen=True, slots=True)
class Window:
    """Up to `limit` rows after the row whose key is `after`, in the order called `sort`."""

    limit: int
    after: tuple[Any, ...] | None = None
    sort: str = ""


class Sorts:
    """The orders that a list can be read in, by their names; `-name` is the same one backwards.

    Each is a tuple of columns that are never null and together unique, with an index that begins
    with the workspace; rows have them under their own names. `default` is a name.
    """

    def __init__(self, default: str, **columns: tuple[InstrumentedAttribute[Any], ...]) -> None:
        self.default = default
        self._columns = columns

    @property
    def names(self) -> list[str]:
        """Everything that `sort` may be."""
        return [sign + name for name in self._columns for sign in ("", DESCENDING)]

    def columns(self, sort: str) -> tuple[InstrumentedAttribute[Any], ...]:
        """What an order consists of, whichever way it is read."""
        return self._columns[sort.removeprefix(DESCENDING)]

    def key(self, row: Row[Any], sort: str) -> tuple[Any, ...]:
        """Where a row stands in an order."""
        return tuple(getattr(row, column.key) for column in self.columns(sort))


async def fetch_sorted(
    connection: AsyncConnection, query: Select[Any], sorts: Sorts, window: Window
) -> Sequence[Row[Any]]:
    """As `fetch_page`, in the order that the window names."""
    return await fetch_page(
        connection,
        query,
        sorts.columns(window.sort),
        window,
        descending=window.sort.startswith(DESCENDING),
    )


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
