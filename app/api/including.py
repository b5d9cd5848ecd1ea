"""What a resource refers to, in the same answer: `?include=person,meeting`, one level deep.

An include follows the field of the same name with `_id` and costs one SELECT a page, however many
rows it shows. What is included is read as it would be at its own address: by the same scopes, and
with the same texts left out.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.deps import ReaderDep, WorkspaceDep
from app.api.pagination import Page
from app.api.responses import tagged
from app.api.schemas.included import Included, WithIncluded
from app.db.queries import groups, hot_seats, meetings, memberships, people

T = TypeVar("T", bound=BaseModel)
Load = Callable[[AsyncConnection, UUID, Collection[UUID]], Awaitable[Sequence[Row[Any]]]]


V = TypeVar("V", bound=WithIncluded)


class PageWith(Page[T], WithIncluded, Generic[T]):
    """One page of a list, and what its items refer to."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that can be included: where it stands, how it is found, and by which field."""

    noun: str
    load: Load
    field: str


PERSON = Part("people", people.of_ids, "person_id")
HOLDER = Part("people", people.of_memberships, "membership_id")
GROUP = Part("groups", groups.of_ids, "group_id")
MEMBERSHIP = Part("memberships", memberships.of_ids, "membership_id")
BUDDY = Part("memberships", memberships.of_ids, "buddy_membership_id")
MEETING = Part("meetings", meetings.of_ids, "meeting_id")
DUE_MEETING = Part("meetings", meetings.of_ids, "due_meeting_id")
HOT_SEAT = Part("hot_seats", hot_seats.of_ids, "hot_seat_id")


class Including:
    """The parts that a request asks for, and how they are read."""

    def __init__(
        self, parts: Sequence[Part], connection: AsyncConnection, workspace_id: UUID
    ) -> None:
        self._parts = parts
        self._connection = connection
        self._workspace_id = workspace_id

    async def page(self, page: Page[T]) -> PageWith[T]:
        """The page with what its items refer to."""
        included = await self._included(page.data)
        return PageWith(data=page.data, next_cursor=page.next_cursor, included=included)

    async def one(self, response: Response, read: V) -> V:
        """One resource with what it refers to. Its ETag is its version's only if that is all that
        it shows; else it is made from the body, and no use for `If-Match`.
        """
        read.included = await self._included([read])
        return read if self._parts else tagged(response, read)  # type: ignore[type-var] # versioned

    async def _included(self, reads: Sequence[BaseModel]) -> Included | None:
        if not self._parts:
            return None
        found: dict[str, dict[UUID, Row[Any]]] = {}
        for part in self._parts:
            wanted = {getattr(read, part.field) for read in reads} - {None}
            rows = await part.load(self._connection, self._workspace_id, wanted)
            found.setdefault(part.noun, {}).update({row.id: row for row in rows})
        return Included.model_validate({noun: list(rows.values()) for noun, rows in found.items()})


def including(parts: Mapping[str, Part]) -> Any:
    """What declares `include` and its choices: the metadata of an `Annotated[Including, …]`."""
    known = ", ".join(parts)

    def check(include: str | None) -> str | None:
        if include is not None and not set(include.split(",")) <= set(parts):
            raise PydanticCustomError(
                "unknown_include", "must be some of {known}, with commas", {"known": known}
            )
        return include

    one_of = f"({'|'.join(parts)})"
    described = Query(
        description=f"What to show along, in `included`: some of {known}, with commas between.",
        json_schema_extra={"pattern": f"^{one_of}(,{one_of})*$"},
    )

    async def wanted(
        connection: ReaderDep,
        workspace_id: WorkspaceDep,
        include: Annotated[str | None, AfterValidator(check), described] = None,
    ) -> Including:
        names = dict.fromkeys(include.split(",")) if include is not None else {}
        return Including([parts[name] for name in names], connection, workspace_id)

    return Depends(wanted)
