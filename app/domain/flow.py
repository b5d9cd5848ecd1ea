"""Filling the seats of many meetings at the least cost: a minimum-cost flow in pure Python.

The problem: meeting `t` has some seats, for different people. Whoever sits at `t` pays a price
for it; and at every meeting each person pays for the number of seats they have had so far, a
cost that is convex in that number. A seat flows from its meeting to a person, and along that
person's time line to the end: a flow with convex costs, so the optimum is integral.

The method: successive shortest paths (Ahuja, Magnanti, Orlin: Network Flows, 1993, section 9.7)
on a graph whose only nodes are the meetings. An open seat is filled by a chain: somebody takes
it, and either it is one more for them, or they leave another seat, which is then open and is
filled in the same way. Filling every seat by the cheapest chain gives the cheapest whole.

Costs are integers: equal is equal, and the optimum is no matter of rounding. What remains tied
is decided by the order of people and meetings, so the same question has the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

END = -1
"""Where a chain ends: no seat is left open."""

UNREACHED = 1 << 256
"""More than any chain can cost."""


@dataclass(frozen=True, slots=True)
class Person:
    """What seats cost one person.

    `prices[t]` is the price of a seat at meeting `t`; None where they cannot sit.
    `rises[t][a]` is what the (a+1)-th seat adds to the cost paid at meeting `t`. It never falls
    in `a`, and is given for one seat more than they could have by the end of `t`.
    """

    prices: Sequence[int | None]
    rises: Sequence[Sequence[int]]


def fill(people: Sequence[Person], seats: Sequence[int]) -> list[frozenset[int]]:
    """The meetings at which each person sits, at the least total cost.

    No meeting may have more seats than people who can sit there.
    """
    lines = [_TimeLine(person) for person in people]
    worth = dict.fromkeys([*range(len(seats)), END], 0)
    for meeting, count in enumerate(seats):
        for _ in range(count):
            for line, takes, leaves in _cheapest_chain(lines, worth, meeting):
                line.move(takes, leaves)
    return [frozenset(line.sits) for line in lines]


class _TimeLine:
    """One person's seats so far, and what it costs them to take one more, or to move one.

    Moving a seat changes the number of seats had between its old and its new meeting only. So
    running sums price every move: at each meeting, what one seat more (`_more`) and one fewer
    (`_fewer`) would have changed before it.
    """

    def __init__(self, person: Person) -> None:
        self.sits: set[int] = set()
        self._person = person
        self._sum_up()

    def moves(self, takes: int) -> list[tuple[int, int]]:
        """What can be left for a seat at meeting `takes`, each with its cost: another, or END."""
        if takes not in self._moves:
            self._moves[takes] = list(self._price_moves(takes))
        return self._moves[takes]

    def move(self, takes: int, leaves: int) -> None:
        self.sits.add(takes)
        self.sits.discard(leaves)
        self._sum_up()

    def _price_moves(self, takes: int) -> Iterator[tuple[int, int]]:
        price = self._person.prices[takes]
        if price is None or takes in self.sits:
            return
        more = price - self._more[takes]
        fewer = price - self._fewer[takes]
        yield END, more + self._more[END]
        for meeting, refund in self._refunds:
            if meeting > takes:
                yield meeting, more + self._more[meeting] - refund
            else:
                yield meeting, fewer + self._fewer[meeting] - refund

    def _sum_up(self) -> None:
        self._moves: dict[int, list[tuple[int, int]]] = {}
        self._refunds = [
            (meeting, price)
            for meeting, price in enumerate(self._person.prices)
            if price is not None and meeting in self.sits
        ]
        self._more, self._fewer = [0], [0]
        had = 0
        for meeting, rises in enumerate(self._person.rises):
            had += meeting in self.sits
            self._more.append(self._more[-1] + rises[had])
            self._fewer.append(self._fewer[-1] + (rises[had - 1] if had else 0))


def _cheapest_chain(
    lines: Sequence[_TimeLine], worth: dict[int, int], start: int
) -> list[tuple[_TimeLine, int, int]]:
    """The cheapest way to fill one open seat at `start`, as (who, takes, leaves), last move first.

    Dijkstra's algorithm. `worth` holds the potentials that keep it exact though moves may gain
    something: what an open seat at each meeting would cost to fill. It is brought up to date.
    """
    reached = {END: UNREACHED, start: 0}
    settled: dict[int, int] = {}
    came: dict[int, tuple[_TimeLine, int]] = {}
    while (takes := min(reached, key=reached.__getitem__)) != END:
        settled[takes] = reached.pop(takes)
        so_far = settled[takes] - worth[takes]
        for line in lines:
            for leaves, cost in line.moves(takes):
                distance = so_far + cost + worth[leaves]
                if distance < reached.get(leaves, reached[END]) and leaves not in settled:
                    reached[leaves] = distance
                    came[leaves] = line, takes
    for meeting, distance in settled.items():
        worth[meeting] += reached[END] - distance
    return list(_walk_back(came, start))


def _walk_back(
    came: dict[int, tuple[_TimeLine, int]], start: int
) -> Iterator[tuple[_TimeLine, int, int]]:
    takes = END
    while takes != start:
        leaves = takes
        line, takes = came[leaves]
        yield line, takes, leaves
