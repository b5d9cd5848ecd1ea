"""What happens when somebody returns who was away for twelve meetings, as announced."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, product
from statistics import mean

from bench.referee.histories import History, Stay
from bench.referee.match import Rule, play

LEAVES, RETURNS = 12, 24
ROUNDS = 2
"""How many rounds of turns are looked at after the return."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Over groups of 4 to 8 with 1 to 3 hot seats: the returner's hot seats in the two rounds of
    turns after the return, divided by their fair share of them; and the most in a row.
    """

    average: float
    worst: float
    most_in_a_row: int


def flood(make: Callable[[], Rule]) -> Flood:
    returns = [_sits(make(), size, seats) for size, seats in product(range(4, 9), range(1, 4))]
    ratios = [sum(sits) / (len(sits) * seats / size) for size, seats, sits in returns]
    runs = [len(list(run)) for _, _, sits in returns for sat, run in groupby(sits) if sat]
    return Flood(mean(ratios), max(ratios), max(runs, default=0))


def _sits(rule: Rule, size: int, seats: int) -> tuple[int, int, list[bool]]:
    until = RETURNS + ROUNDS * -(-size // seats)
    history = History(
        seats=seats,
        meetings=until,
        stays=tuple(Stay(member, 0, 2 * until) for member in range(size)),
        away={(meeting, 0): LEAVES - 6 for meeting in range(LEAVES, RETURNS)},
        urgent={},
    )
    score = play(history, rule, keep=True)
    return size, seats, [0 in seated for seated in score.seated[RETURNS:]]
