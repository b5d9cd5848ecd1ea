"""Rules that rank the members anew for every hot seat, and publish what they would do from here on."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import deepcopy

from bench.referee.match import View


class Projecting(ABC):
    """Seats whoever ranks lowest of those expected. What is published is the projection: the rule
    played forward on a copy of itself, as if everybody expected came.
    """

    name: str

    @abstractmethod
    def rank(self, member: int) -> tuple[float, ...]:
        """The lower, the sooner."""

    @abstractmethod
    def took_place(self, there: Sequence[int], seated: Sequence[int]) -> None:
        """Account for a meeting."""

    def greet(self, member: int) -> None:
        """Somebody joins."""

    def plan(self, view: View) -> list[list[int]]:
        for member in view.members:
            self.greet(member)
        ahead = deepcopy(self)
        planned = []
        for index, expected in enumerate(view.expected):
            urgent = [view.urgent] if view.urgent is not None and index == 0 else []
            seated = ahead.choose(expected, view.seats, urgent)
            ahead.took_place(expected, seated)
            planned.append(seated)
        return planned

    def choose(self, expected: Sequence[int], seats: int, first: Sequence[int]) -> list[int]:
        others = sorted((who for who in expected if who not in first), key=self.rank)
        return [*first, *others][:seats]

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        return min((who for who in there if who not in seated), key=self.rank)

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        self.took_place(there, seated)


class RoundRobin(Projecting):
    """In the order of the list, over and over; whoever is away when their turn comes is skipped,
    and the list goes on. A substitute or an urgent seat doesn't move the list.
    """

    name = "round robin, skip the absent"

    def __init__(self) -> None:
        self._order: list[int] = []
        self._turn = 0
        self._urgent: int | None = None

    def greet(self, member: int) -> None:
        if member not in self._order:
            self._order.append(member)

    def plan(self, view: View) -> list[list[int]]:
        self._drop(view.members)
        return super().plan(view)

    def rank(self, member: int) -> tuple[float, ...]:
        return ((self._order.index(member) - self._turn) % len(self._order),)

    def took_place(self, there: Sequence[int], seated: Sequence[int]) -> None:
        """`seated` by turn come first in rank, so the last of them is the furthest on the list."""
        furthest = max(seated, key=self.rank, default=None)
        if furthest is not None:
            self._turn = (self._order.index(furthest) + 1) % len(self._order)

    def _drop(self, members: Sequence[int]) -> None:
        following = self._order[self._turn :] + self._order[: self._turn]
        self._order = [who for who in following if who in members]
        self._turn = 0


class FewestFirst(Projecting):
    """Whoever has had the fewest hot seats; then whoever has waited longest."""

    name = "fewest seats first"

    def __init__(self) -> None:
        self._had: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._held = 0

    def rank(self, member: int) -> tuple[float, ...]:
        return self._had.get(member, 0), self._last.get(member, -1), member

    def took_place(self, there: Sequence[int], seated: Sequence[int]) -> None:
        for who in seated:
            self._had[who] = self._had.get(who, 0) + 1
            self._last[who] = self._held
        self._held += 1
