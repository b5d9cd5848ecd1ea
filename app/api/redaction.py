"""Confidential texts: what members wrote is shown to keys that may read it, and to no others.

A schema declares such a text with `Confided`; whether it is shown is decided in one place, where
answers are turned into JSON, so that no route can forget it. Without a caller nothing is shown.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Annotated

from pydantic import Field, PlainSerializer

from app.domain.callers import Caller

TEXT = "Null without the scope `text:read`."
_may_read: ContextVar[bool] = ContextVar("may_read_texts", default=False)


TELLING = frozenset({"commitments", "topics", "owed", "text:read"})
"""What calendars and mail may be asked to show that holds such texts; of keys, the scope."""


def show_texts_to(caller: Caller) -> None:
    """From here on, answers of this request hold what the caller's key may read."""
    _may_read.set("text:read" in caller.scopes)


def need_to_tell(caller: Caller, shown: Iterable[str]) -> None:
    """Forbidden where a key would show texts, or give them to another, that it may not read."""
    if not TELLING.isdisjoint(shown):
        caller.need("text:read")


# Without a return type the document keeps the schema of the text itself.
CONFIDED = PlainSerializer(lambda value: value if _may_read.get() else None, when_used="json")
Confided = Annotated[str | None, CONFIDED, Field(description=TEXT)]
