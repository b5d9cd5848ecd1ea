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
    selected = [of_table(column) for column in columns]
    return select(*(selected or (model,))).where(model.workspace_id == workspace_id)


def of_table(column: Any) -> Any:
    """The table's column under the name of the model's attribute; anything else as it is.

    A model's attributes are made anew for each statement, and compared one by one when its rows
    are read: that costs as much CPU as all the rest of a query.
    """
    if not isinstance(column, InstrumentedAttribute):
        return column
    found = column.property.columns[0]
    return found if found.key == column.key else found.label(column.key)


def columns_of(model: type[Base]) -> list[Any]:
    """All columns of a model, for a read that needs no object."""
    return [of_table(getattr(model, each.key)) for each in inspect(model).column_attrs]


def one(found: T | None, noun: str) -> T:
    """What was found; NotFound, worded alike for what is absent and what is another tenant's."""
    if found is None:
        raise NotFound(f"There is no such {noun}.")
    return found
