"""Changed rows of one table go to the database together, in one statement.

The ORM updates rows that have a version one at a time, since not every driver tells how many rows
a batch has met. One UPDATE from a list of values tells it: a write that changes fifty rows costs as
many round trips as one that changes two.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, column, event, inspect, null, update, values
from sqlalchemy.orm import Mapper, Session, UOWTransaction
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.db.base import Versioned

MOST_ROWS = 500
"""In one statement: both databases take some 32,000 parameters."""


class BatchingSession(Session):
    """A session that updates versioned rows in batches, before it flushes the rest."""


@event.listens_for(BatchingSession, "before_flush")
def _update_together(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    changed: dict[type[Any], list[Any]] = defaultdict(list)
    for row in session.dirty:
        if isinstance(row, Versioned) and session.is_modified(row):
            changed[type(row)].append(row)
    for model, rows in changed.items():
        for start in range(0, len(rows), MOST_ROWS):
            batch = rows[start : start + MOST_ROWS]
            if len(batch) > 1:
                _update(session, inspect(model), batch)


def _update(session: Session, mapper: Mapper[Any], rows: Sequence[Any]) -> None:
    """Write what has changed of these rows; StaleDataError if one is not as it was when loaded."""
    names = sorted({name for row in rows for name in _changed(row)})
    # The text is as long as the list, so a cache would hardly ever find it again.
    connection = session.connection()
    met = connection.execute(
        _statement(mapper, names, rows), execution_options={"compiled_cache": None}
    ).all()
    if len(met) != len(rows):
        raise StaleDataError(f"{len(rows) - len(met)} of {len(rows)} rows have changed meanwhile")
    for row in rows:
        for name in names:
            set_committed_value(row, name, getattr(row, name))
        set_committed_value(row, "version", row.version + 1)


def _changed(row: Any) -> list[str]:
    state = inspect(row)
    return [name for name in state.committed_state if state.attrs[name].history.has_changes()]


def _statement(mapper: Mapper[Any], names: Sequence[str], rows: Sequence[Any]) -> Executable:
    """Set the named attributes of each row, if its version is still the one that it has."""
    columns = {each.key: each.columns[0] for each in mapper.column_attrs}
    identity = [mapper.get_property_by_column(key).key for key in mapper.primary_key]
    cleared = {name for name in names if all(getattr(row, name) is None for row in rows)}
    # A column of the list that held nothing but NULL would have no type on PostgreSQL.
    listed = [*identity, "version", *(name for name in names if name not in cleared)]
    new = (
        values(*(column(name, columns[name].type) for name in listed), name="new")
        .data([tuple(getattr(row, name) for name in listed) for row in rows])
        .cte()
    )
    changes = {columns[name]: null() if name in cleared else new.c[name] for name in names}
    return (
        update(mapper)
        .where(*(columns[name] == new.c[name] for name in [*identity, "version"]))
        .values({**changes, columns["version"]: new.c.version + 1})
        .returning(*(columns[name] for name in identity))
    )
