"""Several writes of one noun in one transaction: what they have in common.

A batch decides on each of its items in memory, and then writes what it may write with as many
statements as one item costs. Who calls takes it as a whole, or item by item.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.domain.errors import Conflict, DomainError

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Item:
    """What one item asks for: all `fields`, and those that were `sent`."""

    fields: Mapping[str, Any]
    sent: Mapping[str, Any]

    @property
    def external_id(self) -> str | None:
        """The caller's own id, by which an upsert finds what there is."""
        return self.fields.get("external_id")

    @property
    def changes(self) -> dict[str, Any]:
        """What the item changes of a resource that has its external id."""
        return {name: value for name, value in self.sent.items() if name != "external_id"}


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """A row that an item has made or changed."""

    row: R
    is_new: bool


Outcome = Written[R] | DomainError


class CallersIds:
    """Which external ids are known, and which of them a batch has used already."""

    def __init__(self, *, upsert: bool) -> None:
        self._upsert = upsert
        self._used: set[str] = set()

    def check(self, external_id: str | None, *, is_known: bool) -> None:
        """Conflict `external_id_taken` for a resource that is not to be changed, or twice."""
        if external_id is None:
            return
        if external_id in self._used or (is_known and not self._upsert):
            raise Conflict(
                "Another resource has this external_id already, or another item of the batch.",
                code="external_id_taken",
                pointer="/external_id",
            )
        self._used.add(external_id)
