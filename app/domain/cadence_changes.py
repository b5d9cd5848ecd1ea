"""What a changed cadence does to the meetings that the old one made.

Occurrences that both have stay as they are. Of the rest, what nobody has touched pairs with the new
occurrences in order of time and moves there, keeping its UID; only the surplus on either side is
cancelled or created. What people have touched is never moved: it is a conflict for them to
decide, and stands for the new occurrence of its calendar week, so that nobody meets twice in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.recurrence import Occurrence


@dataclass(frozen=True, slots=True)
class Made:
    """A meeting that a cadence made. `occurrence` is its identity, a local start.

    `day` is its present local date. `fixed`: it is past changing (held, live, lapsed), or was
    cancelled because a former cadence no longer named it; `touched`: people made it their own.
    """

    id: UUID
    occurrence: str
    day: date
    touched: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Meetings by id. `kept` are untouched ones that need no change."""

    created: tuple[Occurrence, ...]
    moved: tuple[tuple[UUID, Occurrence], ...]
    cancelled: tuple[UUID, ...]
    kept: tuple[tuple[UUID, Occurrence], ...]
    conflicts: tuple[UUID, ...]


def occurrence_key(occurrence: Occurrence) -> str:
    """The identity of an occurrence: its local start, to the minute."""
    return occurrence.local_start.isoformat(timespec="minutes")


def changes(made: Sequence[Made], wanted: Sequence[Occurrence]) -> Changes:
    """What to do, for meetings and new occurrences in order of time."""
    by_key = {occurrence_key(occurrence): occurrence for occurrence in wanted}
    kept = [(each, by_key.pop(each.occurrence)) for each in made if each.occurrence in by_key]
    matched = {each.id for each, _ in kept}
    rest = [each for each in made if each.id not in matched and not each.fixed]
    conflicts = [each for each in rest if each.touched]
    free = list(by_key.values())
    for each in conflicts:
        stands_for = next((o for o in free if _week(o.local_start.date()) == _week(each.day)), None)
        if stands_for is not None:
            free.remove(stands_for)
    movable = [each for each in rest if not each.touched]
    pairs = list(zip(movable, free, strict=False))
    return Changes(
        created=tuple(free[len(pairs) :]),
        moved=tuple((each.id, occurrence) for each, occurrence in pairs),
        cancelled=tuple(each.id for each in movable[len(pairs) :]),
        kept=tuple((each.id, occurrence) for each, occurrence in kept),
        conflicts=tuple(each.id for each in conflicts),
    )


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week
