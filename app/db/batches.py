"""Changed and removed rows of one table go to the database together, in one statement.

The ORM updates rows that have a version one at a time, and deletes them so where the driver does
not tell how many rows a batch has met. One statement about a list of rows tells it: a write that
changes fifty rows costs as many round trips as one that changes two.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Executable, column, delete, event, inspect, null, tuple_, update, values
from sqlalchemy.orm import Mapper, Session, UOWTransaction
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.db.base import Versioned

MOST_ROWS = 500
"""In one statement: both databases take some 32,000 parameters."""


class BatchingSession(Session):
    """A session that updates and deletes versioned rows in batches, before it flushes the rest."""


@event.listens_for(BatchingSession, "before_flush")
def _write_together(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for batch in _batches(row for row in session.dirty if session.is_modified(row)):
        _update(session, inspect(type(batch[0])), batch)
    for batch in _batches(session.deleted):
        _delete(session, inspect(type(batch[0])), batch)


def _batches(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Rows of one table that are worth a statement of their own making."""
    by_table: dict[type[Any], list[Any]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Versioned):
            by_table[type(row)].append(row)
    for found in by_table.values():
        for start in range(0, len(found), MOST_ROWS):
            batch = found[start : start + MOST_ROWS]
            if len(batch) > 1:
                yield batch


def _update(session: Session, mapper: Mapper[Any], rows: Sequence[Any]) -> None:
    """Write what has changed of these rows. StaleDataError if one is not as it was when loaded."""
    names = sorted({name for row in rows for name in _changed(row)})
    _execute(session, _changes(mapper, names, rows), len(rows))
    for row in rows:
        for name in names:
            set_committed_value(row, name, getattr(row, name))
        set_committed_value(row, "version", row.version + 1)


def _delete(session: Session, mapper: Mapper[Any], rows: Sequence[Any]) -> None:
    """Remove these rows. StaleDataError if one is not as it was when loaded."""
    columns = {each.key: each.columns[0] for each in mapper.column_attrs}
    names = [*_identity(mapper), "version"]
    known = [tuple(getattr(row, name) for name in names) for row in rows]
    which = tuple_(*(columns[name] for name in names)).in_(known)
    _execute(session, delete(mapper).where(which).returning(columns["version"]), len(rows))
    for row in rows:
        session.expunge(row)


def _execute(session: Session, statement: Executable, rows: int) -> None:
    # The text is as long as the list, so a cache would hardly ever find it again.
    options = {"compiled_cache": None}
    met = session.connection().execute(statement, execution_options=options).all()
    if len(met) != rows:
        raise StaleDataError(f"{rows - len(met)} of {rows} rows have changed meanwhile")


def _identity(mapper: Mapper[Any]) -> list[str]:
    return [mapper.get_property_by_column(key).key for key in mapper.primary_key]


def _changed(row: Any) -> list[str]:
    state = inspect(row)
    return [name for name in state.committed_state if state.attrs[name].history.has_changes()]


def _changes(mapper: Mapper[Any], names: Sequence[str], rows: Sequence[Any]) -> Executable:
    """Set the named attributes of each row, if its version is still the one that it has."""
    columns = {each.key: each.columns[0] for each in mapper.column_attrs}
    identity = _identity(mapper)
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
        .returning(columns["version"])
    )
