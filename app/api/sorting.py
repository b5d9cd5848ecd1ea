"""Lists in an order of the caller's choice: `?sort=starts_at`, `?sort=-starts_at`.

Each list declares its orders beside its query (`SORTS`), and nothing else can be asked for.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError
from sqlalchemy import Row

from app.api.deps import CallerDep
from app.api.pagination import Cursor, Limit, Page, Paging, serializer
from app.db.queries.pages import Sorts

T = TypeVar("T", bound=BaseModel)


class SortedPaging:
    """The page that a request asks for of a list in one of its orders."""

    def __init__(self, paging: Paging, sorts: Sorts) -> None:
        self._paging = paging
        self._sorts = sorts
        self.window = paging.window

    def page(self, rows: Sequence[Row[Any]], read: Callable[[Row[Any]], T]) -> Page[T]:
        """The page made of a query's rows, of which there may be one over the limit."""
        return self._paging.page(rows, read, self._key)

    def _key(self, row: Row[Any]) -> tuple[Any, ...]:
        return self._sorts.key(row, self.window.sort)


def sorted_by(sorts: Sorts) -> Any:
    """What declares `limit`, `cursor` and `sort`: for an `Annotated[SortedPaging, …]`."""

    def check(sort: str) -> str:
        if sort not in sorts.names:
            known = ", ".join(sorts.names)
            raise PydanticCustomError("unknown_sort", "must be one of {known}", {"known": known})
        return sort

    described = Query(
        description="The order, the first to the last; with `-` in front, the last to the first.",
        json_schema_extra={"enum": sorts.names},
    )

    async def paging(
        request: Request,
        caller: CallerDep,
        limit: Limit = 25,
        cursor: Cursor = None,
        sort: Annotated[str, AfterValidator(check), described] = sorts.default,
    ) -> SortedPaging:
        return SortedPaging(Paging(limit, cursor, serializer(request, caller), sort), sorts)

    return Depends(paging)
