"""What a log says of an error: of which kind it is and where it happened, never a value.

Libraries quote what they were given: PostgreSQL the row in its DETAIL, drivers and validators the
value. So an error is told by its kind, and by its words only where these cannot hold a value: those
of this package, of SQLite, of PostgreSQL about anything but values, and of the operating system.
"""

import sqlite3
from collections.abc import Iterator
from traceback import format_tb
from types import TracebackType

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError

OURS = "app."
ABOUT_VALUES = "22"
"""PostgreSQL's class of data exceptions: `invalid input syntax for type uuid: "…"`."""


def told(error: BaseException) -> str:
    """An error in one line; of SQLAlchemy's, the driver's that it wraps."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
    name, words = type(error).__qualname__, _words(error)
    return f"{name}: {words}" if words else name


def trace(error: BaseException) -> str:
    """The way an error took, after those of its causes."""
    return "\n\n".join(
        "".join(
            ["Traceback (most recent call last):\n", *format_tb(each.__traceback__), told(each)]
        )
        for each in reversed(list(_with_causes(error)))
    )


def of_exc_info(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> str:
    """The trace that structlog puts into a line as `exception`."""
    return trace(exc_info[1])


def _words(error: BaseException) -> str:
    if isinstance(error, PostgresError):
        about_values = (error.sqlstate or ABOUT_VALUES).startswith(ABOUT_VALUES)
        # Beside the message, the whole text would have DETAIL and CONTEXT.
        return f"{error.sqlstate}" if about_values else f"{error.sqlstate} {error.args[0]}"
    if isinstance(error, sqlite3.Error) or type(error).__module__.startswith(OURS):
        return str(error)
    # Errors of mail are OSErrors that quote addresses, without a number.
    return (isinstance(error, OSError) and error.strerror) or ""


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
