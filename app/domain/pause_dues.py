"""What becomes of dues that a pause has moved when the pause ends early, or is called off."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from app.domain.commitment_history import CommitmentEventKind, History
from app.domain.dues import Due, DueAtMeeting, DueOn, has_arrived


@dataclass(frozen=True, slots=True)
class EndedPause:
    """`first` and `last`: the days on which the group was to rest, None for no end. `restored` are
    its meetings that take place after all, `gone` those that it has cancelled for good.
    """

    first: dt.date
    last: dt.date | None
    restored: Collection[uuid.UUID]
    gone: Collection[uuid.UUID]

    def covers(self, due: Due) -> bool:
        """Whether the pause is what moved this due on."""
        if isinstance(due, DueAtMeeting):
            return due.meeting_id in self.restored or due.meeting_id in self.gone
        return self.last is not None and self.first <= due.day <= self.last


@dataclass(frozen=True, slots=True)
class Back:
    """Where a due goes: back `to` what it was, or None: to the first meeting there is now."""

    to: Due | None


def due_after_pause(history: History, pause: EndedPause, now: dt.datetime) -> Back | None:
    """What to do with the due of a promise; None if the pause has not moved it.

    The latest due before that counts which is possible again: a date that lies ahead, or a meeting
    that takes place after all.
    """
    before = _moved_from(history)
    covered = [due for due in before if pause.covers(due)]
    if not covered:
        return None
    for due in reversed(covered):
        if isinstance(due, DueAtMeeting) and due.meeting_id in pause.restored:
            return Back(due)
        if isinstance(due, DueOn) and not has_arrived(due, {}, now):
            return Back(due)
    return Back(None)


def _moved_from(history: History) -> list[Due]:
    """The dues that the schedule has replaced since the owner last gave one, in order."""
    dues: list[Due] = []
    for event in history:
        if event.due is None:
            continue
        if event.kind is not CommitmentEventKind.MOVED:
            dues = []
        dues.append(event.due)
    return dues[:-1]
