"""What was done to a promise, by the simulation or by the schedule, in order."""

import datetime as dt
from dataclasses import dataclass, field


@dataclass
class Act:
    """Something that happened to a promise. `due` is a date or the id of a meeting."""

    kind: str
    at: dt.datetime
    due: dt.date | str | None = None
    kept_on: dt.date | None = None


@dataclass
class Promise:
    """A promise and everything that was done to it, in order; `carried`: meetings that left it."""

    id: str
    member_id: str
    time_zone: str
    acts: list[Act]
    carried: list[str] = field(default_factory=list)

    @property
    def ending(self) -> Act | None:
        """What ended it, if nothing has opened it again."""
        last = next(act for act in reversed(self.acts) if act.kind not in {"moved", "renegotiated"})
        return last if last.kind in {"kept", "missed", "withdrawn"} else None

    @property
    def state(self) -> str:
        return self.ending.kind if self.ending else "open"

    @property
    def due(self) -> dt.date | str:
        return _last_due(self.acts)

    @property
    def due_when_ended(self) -> dt.date | str:
        """The one that stood when it ended, wherever the schedule has moved it since."""
        ending = self.ending
        return _last_due(self.acts[: self.acts.index(ending)] if ending else self.acts)


def _last_due(acts: list[Act]) -> dt.date | str:
    return next(act.due for act in reversed(acts) if act.due is not None)
