"""Rules that rank the members anew for every hot seat. What they publish is a projection: the rule
played forward on a copy of its books, as if everybody expected came.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy

from bench.referee.match import View


class Projecting(ABC):
    """Seats whoever ranks lowest of those expected. `books` is all that a rule remembers of a
    member; a newcomer's begin as `first_books` says.
    """

    name: str

    def __init__(self) -> None:
        self.books: dict[int, float] = {}
        self.last: dict[int, int] = {}
        self.held_so_far = 0

    def plan(self, view: View) -> list[list[int]]:
        ahead = copy(self)
        ahead.books, ahead.last = dict(self.books), dict(self.last)
        planned = []
        for index, expected in enumerate(view.expected):
            first = [view.urgent] if view.urgent is not None and index == 0 else []
            others = sorted((who for who in expected if who not in first), key=ahead.rank)
            seated = [*first, *others][: view.seats]
            ahead.account(expected, seated)
            planned.append(seated)
        return planned

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        return min((who for who in there if who not in seated), key=self.rank)

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        self.account(there, seated)

    def rank(self, member: int) -> tuple[float, int, int]:
        """The lower, the sooner; whoever has waited longest among equals."""
        return (
            round(self.books.get(member, self.first_books()), 9),
            self.last.get(member, -1),
            member,
        )

    def account(self, there: Sequence[int], seated: Sequence[int]) -> None:
        self.charge(there, seated)
        self.last |= dict.fromkeys(seated, self.held_so_far)
        self.held_so_far += 1

    def first_books(self) -> float:
        return 0.0

    @abstractmethod
    def charge(self, there: Sequence[int], seated: Sequence[int]) -> None:
        """Enter a meeting into the books."""


class FewestFirst(Projecting):
    """Whoever has had the fewest hot seats so far: counting, without asking who was there."""

    name = "fewest seats first"

    def charge(self, there: Sequence[int], seated: Sequence[int]) -> None:
        for who in seated:
            self.books[who] = self.books.get(who, 0.0) + 1


class HighestCredit(Projecting):
    """Hotseat's ledger without its planning: whoever is due most now, regardless of what was
    published. The books hold debts.
    """

    name = "highest credit first"

    def charge(self, there: Sequence[int], seated: Sequence[int]) -> None:
        for who in there:
            due = len(seated) / len(there)
            self.books[who] = self.books.get(who, 0.0) - due + (who in seated)


class Stride(Projecting):
    """Stride scheduling with equal tickets (Waldspurger and Weihl, "Stride Scheduling:
    Deterministic Proportional-Share Resource Management", 1995): the lowest pass goes first and
    moves on by a stride; a newcomer starts at the global pass. A member who is away is a client
    that cannot run: it keeps its pass, and catches up afterwards.
    """

    name = "stride"

    def __init__(self) -> None:
        super().__init__()
        self._global_pass = 0.0

    def first_books(self) -> float:
        return self._global_pass

    def charge(self, there: Sequence[int], seated: Sequence[int]) -> None:
        for who in there:
            self.books.setdefault(who, self._global_pass)
        for who in seated:
            self.books[who] += 1
        self._global_pass += len(seated) / max(len(there), 1)
