"""Every SELECT of a tenant's rows starts here."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from app.db.base import Base, InWorkspace
from app.domain.errors import NotFound

T = TypeVar("T")


def scoped(model: type[InWorkspace], workspace_id: UUID, *columns: Any) -> Select[Any]:
    """SELECT the model (or some columns) within one workspace."""
    return select(*(columns or (model,))).where(model.workspace_id == workspace_id)


def columns_of(model: type[Base]) -> list[InstrumentedAttribute[Any]]:
    """All columns of a model, for a read that needs no object."""
    return [getattr(model, column.key) for column in inspect(model).column_attrs]


def one(found: T | None, noun: str) -> T:
    """What was found; NotFound, worded alike for what is absent and what is another tenant's."""
    if found is None:
        raise NotFound(f"There is no such {noun}.")
    return found
