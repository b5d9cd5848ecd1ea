"""Rules that go round a list, in the order in which the members joined."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from bench.referee.match import View


class RoundRobin:
    """Over and over down the list; who is away when their turn comes is skipped, and the list goes
    on. Substitutes and urgent seats leave the list alone.
    """

    name = "round robin, skip the absent"

    def __init__(self) -> None:
        self._queue: list[int] = []
        self._queue_after: list[int] = []

    def plan(self, view: View) -> list[list[int]]:
        queue = [who for who in self._queue if who in view.members]
        queue += [who for who in view.members if who not in queue]
        self._queue = queue
        planned = []
        for index, expected in enumerate(view.expected):
            seated, queue = _next_in(queue, expected, view.seats)
            if index == 0:
                self._queue_after = queue
                seated = _with_urgent(view, seated)
            planned.append(seated)
        return planned

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        return next(who for who in self._queue_after if who in there and who not in seated)

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        self._queue = self._queue_after


class _Rotation(ABC):
    """A rotation that turns by the calendar whoever is there, with overrides: whoever cannot come
    is replaced by the next on the list who can, once and for all.
    """

    def __init__(self) -> None:
        self._members: list[int] = []
        self._overrides: dict[int, list[int]] = {}

    @abstractmethod
    def first_position(self, meeting: int, seats: int) -> int:
        """Where in the list of members the rotation stands at `meeting`."""

    def plan(self, view: View) -> list[list[int]]:
        self.note(view)
        planned = []
        for index, (expected, published) in enumerate(
            zip(view.expected, view.published, strict=True)
        ):
            start = self.first_position(view.now + index, view.seats) % len(self._members)
            from_here = self._members[start:] + self._members[:start]
            regular = [who for who in from_here[: view.seats] if who in expected]
            covers = self._overrides.get(view.now + index, [])
            standing = [who for who in covers if who in published and who not in regular]
            others = [who for who in from_here if who in expected and who not in regular]
            others.sort(key=lambda who: who not in standing)
            seated = [*regular, *others][: view.seats]
            self._overrides[view.now + index] = seated[len(regular) :]
            planned.append(_with_urgent(view, seated) if index == 0 else seated)
        return planned

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        start = self.first_position(view.now, view.seats) % len(self._members)
        from_here = self._members[start:] + self._members[:start]
        return next(who for who in from_here if who in there and who not in seated)

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        self._overrides.pop(view.now, None)

    def note(self, view: View) -> None:
        self._members = list(view.members)


class GoAlert(_Rotation):
    """GoAlert: a rotation has participants in an order and one position, which moves on at each
    handoff; who joins is added at the end, and if somebody is removed the others keep their order
    and whose turn it is. Absences are overrides of the schedule.
    https://github.com/target/goalert, schedule/rotation and override.
    """

    name = "GoAlert + overrides"

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._at = 0

    def note(self, view: View) -> None:
        before = self._members[: self._position]
        self._position -= sum(who not in view.members for who in before)
        super().note(view)
        self._position %= len(self._members)
        self._at = view.now

    def first_position(self, meeting: int, seats: int) -> int:
        return self._position + (meeting - self._at) * seats

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        super().held(view, there, seated)
        self._position = (self._position + view.seats) % len(self._members)


class GrafanaOnCall(_Rotation):
    """Grafana OnCall's shifts of type `rolling_users`: which entry of the list is on is counted
    from the start of the shift, so that a list that grows or shrinks deals everything anew.
    Absences are overrides. https://grafana.com/docs/oncall/latest/oncall-api-reference/on_call_shifts.
    """

    name = "Grafana OnCall rolling users"

    def first_position(self, meeting: int, seats: int) -> int:
        return meeting * seats


def _next_in(
    queue: Sequence[int], expected: Sequence[int], seats: int
) -> tuple[list[int], list[int]]:
    """Who sits, and the queue afterwards: all who were called are at its end."""
    seated: list[int] = []
    called = 0
    while called < len(queue) and len(seated) < min(seats, len(expected)):
        if queue[called] in expected:
            seated.append(queue[called])
        called += 1
    return seated, [*queue[called:], *queue[:called]]


def _with_urgent(view: View, seated: list[int]) -> list[int]:
    """The last to be seated yields."""
    if view.urgent is None or view.urgent in seated:
        return seated
    return [view.urgent, *seated[: view.seats - 1]]
