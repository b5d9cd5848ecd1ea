"""The event catalogue as docs/webhooks.md shows it."""

from itertools import groupby

from app.domain.events import EVENT_TYPES, EventType
from app.domain.payloads import IN_CALENDAR, OF_NOUN, SCHEMA_VERSION, Field


def catalogue_text() -> str:
    """By noun: a table of the types, and the fields that all of them have."""
    sections = []
    for noun, kinds in groupby(EVENT_TYPES.values(), key=lambda kind: kind.noun):
        lines = [f"**{noun}**: {_names(OF_NOUN[noun])}", "", "| type | when |", "|---|---|"]
        lines += [f"| `{kind.name}`{_marks(kind)} | {_meaning(kind)} |" for kind in kinds]
        sections.append("\n".join(lines))
    return "\n\n".join(sections)


def _marks(kind: EventType) -> str:
    marks = (
        (" 📅", kind.calendar),
        (" ⏳", kind.time_bound),
        (f" v{kind.version}", kind.version > 1),
    )
    return "".join(mark for mark, holds in marks if holds)


def _meaning(kind: EventType) -> str:
    return f"{kind.description} And {_names(kind.more)}." if kind.more else kind.description


def _names(fields: tuple[Field, ...]) -> str:
    """One that may be null has a question mark."""
    shared = {SCHEMA_VERSION.name, IN_CALENDAR.name}
    return ", ".join(
        f"`{field.name}{'?' * field.nullable}`" for field in fields if field.name not in shared
    )
