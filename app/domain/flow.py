"""Filling the seats of many meetings at the least cost: a minimum-cost flow in pure Python.

The problem: meeting `t` has some seats, for different people. Whoever sits at `t` pays a price
for it; and at every meeting each person pays for the number of seats they have had so far, a
cost that is convex in that number. A seat flows from its meeting to a person, and along that
person's time line to the end: a flow with convex costs, so the optimum is integral.

The method: start from a good guess, and let people trade seats for as long as a round of trades
gains anything: cancelling of negative cycles (Klein 1967; Ahuja, Magnanti, Orlin: Network Flows,
1993, section 9.6), on a graph whose only nodes are the meetings and the end of all time lines. In
a round, somebody takes a seat and leaves another, which somebody else takes, until the first one
is left. No gainful round, no better plan. The guess goes meeting by meeting to whomever it costs
least at that moment, and is nearly right: planning on from a published plan trades once or twice.

Costs are integers: equal is equal, every round gains at least one, and the optimum is no matter of
rounding. What remains tied is decided by the order of people and meetings, so the same question
has the same answer.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations
from operator import add
from typing import NamedTuple

IMPOSSIBLE = 1 << 256
"""More than all moves together can cost."""


@dataclass(frozen=True, slots=True)
class Person:
    """What seats cost one person.

    `prices[t]` is the price of a seat at meeting `t`; None where they cannot sit.
    `rise(t, a)` is what the (a+1)-th seat adds to the cost paid at meeting `t`; it never falls
    in `a`.
    """

    prices: Sequence[int | None]
    rise: Callable[[int, int], int]


def fill(people: Sequence[Person], seats: Sequence[int]) -> list[frozenset[int]]:
    """The meetings at which each person sits, at the least total cost.

    No meeting may have more seats than people who can sit there.
    """
    lines = [
        _TimeLine(person, sits) for person, sits in zip(people, _guess(people, seats), strict=True)
    ]
    while trades := _gainful_round(lines, len(seats)):
        for trade in trades:
            lines[trade.who] = lines[trade.who].after(trade)
    return [frozenset(line.sits) for line in lines]


def _guess(people: Sequence[Person], seats: Sequence[int]) -> list[set[int]]:
    sits: list[set[int]] = [set() for _ in people]
    for meeting, count in enumerate(seats):
        costs = {
            who: price + person.rise(meeting, len(sits[who]))
            for who, person in enumerate(people)
            if (price := person.prices[meeting]) is not None
        }
        for who in sorted(costs, key=costs.__getitem__)[:count]:
            sits[who].add(meeting)
    return sits


class _Trade(NamedTuple):
    """`who` takes a seat at one meeting, and leaves that at another. The end stands for no seat:
    taking it is to have one seat fewer, and leaving it to have one more.
    """

    who: int
    takes: int
    leaves: int

    def disturbs(self, other: "_Trade") -> bool:
        """Whether both change how many seats the same person has had by the same meeting."""
        start = max(min(self.takes, self.leaves), min(other.takes, other.leaves))
        end = min(max(self.takes, self.leaves), max(other.takes, other.leaves))
        return self.who == other.who and start < end


class _TimeLine:
    """One person's seats, and what it costs them to trade one.

    Moving a seat changes the number of seats had between its old and its new meeting only. So
    running sums price every move: at each meeting, what one seat more (`_more`) and one fewer
    (`_fewer`) would have changed before it.
    """

    def __init__(self, person: Person, sits: AbstractSet[int]) -> None:
        self.sits = sits
        self._person = person
        self._more, self._fewer = [0], [0]
        more = fewer = had = 0
        for meeting in range(len(person.prices)):
            had += meeting in sits
            more += person.rise(meeting, had)
            fewer += person.rise(meeting, had - 1) if had else 0
            self._more.append(more)
            self._fewer.append(fewer)

    def after(self, trade: _Trade) -> "_TimeLine":
        end = len(self._person.prices)
        return _TimeLine(self._person, (self.sits | {trade.takes}) - {trade.leaves, end})

    def offer(self, who: int, costs: list[list[int]], movers: list[list[int]]) -> None:
        """Note where a trade of theirs costs less than anybody's before."""
        end = len(self._person.prices), 0
        prices = [(t, p) for t, p in enumerate(self._person.prices) if p is not None]
        seats = [(t, p) for t, p in prices if t in self.sits]
        for takes, price in [*prices, end]:
            if takes in self.sits:
                continue
            more, fewer = price - self._more[takes], price - self._fewer[takes]
            row = costs[takes]
            for leaves, refund in [*seats, end]:
                if leaves > takes:
                    cost = more + self._more[leaves] - refund
                else:
                    cost = fewer + self._fewer[leaves] - refund
                if cost < row[leaves]:
                    row[leaves] = cost
                    movers[takes][leaves] = who


def _gainful_round(lines: Sequence[_TimeLine], end: int) -> list[_Trade]:
    costs = [[IMPOSSIBLE] * (end + 1) for _ in range(end + 1)]
    movers = [[-1] * (end + 1) for _ in range(end + 1)]
    for who, line in enumerate(lines):
        line.offer(who, costs, movers)
    cycle = _negative_cycle(costs)
    return _independent(cycle, costs, movers)


def _negative_cycle(costs: Sequence[Sequence[int]]) -> list[int]:
    """Nodes of which each is followed by the next, and the last by the first, at a cost below 0
    in all; empty if there is no such cycle. Bellman and Ford's algorithm.
    """
    worth = [0] * len(costs)
    follow: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for node, row in enumerate(costs):
            through = list(map(add, row, worth))
            least = min(through)
            if least < worth[node]:
                worth[node] = least
                follow[node] = through.index(least)
                changed = True
        if cycle := _cycle(follow):
            return cycle
    return []


def _cycle(follow: dict[int, int]) -> list[int]:
    done: set[int] = set()
    for start in follow:
        path: list[int] = []
        node = start
        while node in follow and node not in done:
            done.add(node)
            path.append(node)
            node = follow[node]
        if node in path:
            return path[path.index(node) :]
    return []


def _independent(
    cycle: list[int], costs: Sequence[Sequence[int]], movers: Sequence[Sequence[int]]
) -> list[_Trade]:
    """The trades of a cycle of negative cost, none of which changes the cost of another.

    Those of one person do if their times overlap. Then they can as well leave in the one what they
    would leave in the other. By convexity that costs no more, and it makes two cycles of the one,
    of which the cheaper is negative.
    """
    after = [*cycle[1:], *cycle[:1]]
    trades = [
        _Trade(movers[takes][leaves], takes, leaves)
        for takes, leaves in zip(cycle, after, strict=True)
    ]
    for (first, one), (second, other) in combinations(enumerate(trades, 1), 2):
        if one.disturbs(other):
            halves = cycle[first:second], cycle[second:] + cycle[:first]
            return _independent(min(halves, key=lambda half: _total(half, costs)), costs, movers)
    return trades


def _total(cycle: Sequence[int], costs: Sequence[Sequence[int]]) -> int:
    return sum(costs[a][b] for a, b in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))
