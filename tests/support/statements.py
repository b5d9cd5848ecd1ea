"""Counting what a database is asked, so that tests can hold it constant as data grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.db.session import Database


class Counted:
    """The statements that were executed inside the block, transaction control left out."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        return len(self.statements)


@contextmanager
def count_statements(database: Database) -> Iterator[Counted]:
    """Count every statement that goes to the database inside the block, by whomever.

    One that is executed with many sets of parameters counts once: it is one round trip.
    """
    counted = Counted()

    def note(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: Any
    ) -> None:
        if not statement.startswith("BEGIN"):
            counted.statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
