"""Whose promises they are: memberships, named by themselves or by person and group."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import memberships
from app.domain.errors import DomainError, Invalid
from app.services.batches import Item


class Owners:
    """The memberships that items name as their makers or as buddies."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self._by_id = {row.id: row for row in rows}
        # The present place of a person comes first; of several entries the last one stays.
        self._by_pair = {(row.group_id, row.person_id): row for row in reversed(rows)}
        self.group_ids = {row.group_id for row in rows}

    @classmethod
    async def load(
        cls, session: AsyncSession, workspace_id: UUID, items: Sequence[Item]
    ) -> "Owners":
        """Those that the items name, in one SELECT."""

        def named(*fields: str) -> set[UUID]:
            return {item.fields[f] for item in items for f in fields if item.fields.get(f)}

        rows = await memberships.places_of(
            session,
            workspace_id,
            named("membership_id", "buddy_membership_id"),
            named("group_id"),
            named("person_id"),
        )
        return cls(rows)

    def owner_of(self, fields: Mapping[str, Any]) -> Row[Any]:
        """Whose promise an item is. Invalid `owner_required`, `unknown_membership`."""
        if fields.get("membership_id") is not None:
            row, pointer = self._by_id.get(fields["membership_id"]), "/membership_id"
        elif fields.get("group_id") is not None and fields.get("person_id") is not None:
            row = self._by_pair.get((fields["group_id"], fields["person_id"]))
            pointer = "/person_id"
        else:
            raise Invalid(
                "Say whose promise it is: send membership_id, or person_id and group_id.",
                code="owner_required",
                pointer="/membership_id",
            )
        if row is None:
            raise Invalid(
                "There is no such membership: name one of this workspace, or a person in its "
                "group.",
                code="unknown_membership",
                pointer=pointer,
            )
        return row

    def by_group(self, items: Sequence[Item]) -> dict[UUID, list[Mapping[str, Any]]]:
        """The items of each group with the `membership_id` of their makers, as far as known."""
        found: dict[UUID, list[Mapping[str, Any]]] = {}
        for item in items:
            try:
                owner = self.owner_of(item.fields)
            except DomainError:
                continue  # the item is refused when it is its turn
            fields = {**item.fields, "membership_id": owner.id}
            found.setdefault(owner.group_id, []).append(fields)
        return found

    def of_group(self, group_id: UUID) -> set[UUID]:
        """Those of them who have a place in a group."""
        return {row.id for row in self._by_id.values() if row.group_id == group_id}
