"""Lists in pages: opaque signed cursors, bound to workspace, filter and sort."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, Field
from sqlalchemy import Row

from app.api.deps import CallerDep
from app.api.errors import RequestError
from app.db.queries.pages import Window
from app.domain.callers import Caller

T = TypeVar("T", bound=BaseModel)


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    data: list[T]
    next_cursor: str | None = Field(
        description="Pass it as `cursor` to get the next page; null on the last page."
    )


class Paging:
    """The page that a request asks for, and the cursor to the one after it."""

    def __init__(
        self, limit: int, cursor: str | None, serializer: URLSafeSerializer, sort: str = ""
    ) -> None:
        self._serializer = serializer
        self.window = Window(limit, self._read(cursor) if cursor is not None else None, sort)

    def _read(self, cursor: str) -> tuple[Any, ...]:
        try:
            return tuple(_revive(value) for value in self._serializer.loads(cursor))
        except (BadData, ValueError, TypeError) as error:
            raise RequestError(
                422,
                "invalid_cursor",
                "The cursor does not belong to this list, filter or workspace. "
                "Start again without a cursor.",
            ) from error

    def page(
        self,
        rows: Sequence[Row[Any]],
        read: Callable[[Row[Any]], T],
        key: Callable[[Row[Any]], tuple[Any, ...]] = lambda row: (row.id,),
    ) -> Page[T]:
        """The page made of a query's rows, of which there may be one over the limit."""
        shown = rows[: self.window.limit]
        more = len(rows) > self.window.limit
        cursor = self._serializer.dumps([_freeze(v) for v in key(shown[-1])]) if more else None
        return Page(data=[read(row) for row in shown], next_cursor=cursor)


_REVIVED_BY: dict[str, Callable[[str], Any]] = {
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
}


def _freeze(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"u": value.hex}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _REVIVED_BY[kind](text)
    return value


Limit = Annotated[int, Query(ge=1, le=100, description="Items on a page.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="`next_cursor` of the page before.")
]
UNBOUND = {"limit", "cursor", "include"}
"""Parameters that may change from one page to the next."""


def serializer(request: Request, caller: Caller) -> URLSafeSerializer:
    """What signs the cursors of one list, as it is filtered and sorted."""
    filters = sorted(item for item in request.query_params.multi_items() if item[0] not in UNBOUND)
    salt = f"{caller.workspace_id}:{request.url.path}:{filters}"
    return URLSafeSerializer(request.app.state.runtime.keyring.signing_key, salt=salt)


async def _paging(
    request: Request, caller: CallerDep, limit: Limit = 25, cursor: Cursor = None
) -> Paging:
    return Paging(limit, cursor, serializer(request, caller))


PagingDep = Annotated[Paging, Depends(_paging)]
