"""Who speaks when: four other ways to order a round, ours, and the judge of all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Protocol, TypeVar
from uuid import UUID

from app.domain.speaking_order import SpeakingRecord, record_round, speaking_order
from bench.referee.histories import History

Key = TypeVar("Key", bound=tuple[int, ...])

KINDS = ("first", "last", "position", "following")


class Order(Protocol):
    name: str

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        """Those `there`, in the order in which they speak."""


class FixedList:
    name = "fixed list"

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        return list(there)


class RotateByOne:
    name = "start rotates by one"

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        start = meeting % len(members)
        return [who for who in [*members[start:], *members[:start]] if who in there]


class Shuffled:
    name = "random"

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        return Random(f"{meeting} {members}").sample(there, len(there))


class Williams:
    """The rows of a Williams design, one after another: of as many rows as members, each is at
    each position once, and follows each other once (in twice as many rows, for odd numbers). Those
    away are deleted from their row.

    E. J. Williams, "Experimental designs balanced for the estimation of residual effects of
    treatments", 1949.
    """

    name = "Williams rows, absent deleted"

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        size = len(members)
        zigzag = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(size)]
        row = [(offset + meeting) % size for offset in zigzag]
        if size % 2 and meeting // size % 2:
            row.reverse()
        return [members[index] for index in row if members[index] in there]


class ExactLedger:
    """Hotseat's own."""

    name = "exact ledger"

    def __init__(self) -> None:
        self._record = SpeakingRecord()

    def round(self, meeting: int, members: Sequence[int], there: Sequence[int]) -> list[int]:
        order = speaking_order([UUID(int=who) for who in there], self._record, seed=meeting)
        self._record = record_round(self._record, order)
        return [who.int for who in order]


@dataclass(slots=True)
class Imbalance:
    """The largest balance so far of each kind: times minus expected times, 1/m with m there."""

    largest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    balances: dict[tuple[object, ...], float] = field(default_factory=lambda: defaultdict(float))

    def count(self, order: Sequence[int]) -> None:
        self._book("first", {(who,): who == order[0] for who in order}, len(order))
        self._book("last", {(who,): who == order[-1] for who in order}, len(order))
        places = {(who, at): order[at] == who for who in order for at in range(len(order))}
        self._book("position", places, len(order))
        neighbours = set(pairwise(order))
        after = {(a, b): (a, b) in neighbours for a in order for b in order if a != b}
        self._book("following", after, len(order))

    def _book(self, kind: str, happened: Mapping[Key, bool], there: int) -> None:
        for key, did in happened.items():
            self.balances[kind, *key] += did - 1 / there
            self.largest[kind] = max(self.largest[kind], abs(self.balances[kind, *key]))


def listen(history: History, order: Order) -> Imbalance:
    """All rounds of a history, one a meeting."""
    imbalance = Imbalance()
    for meeting in range(history.meetings):
        if there := history.present(meeting):
            imbalance.count(order.round(meeting, history.members(meeting), there))
    return imbalance
