"""The time that a plan of twelve meetings takes, with its reasons, beside a bare round robin."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from time import process_time

from app.domain.rotation import RotationSettings, plan
from bench.referee.histories import steady_history
from bench.referee.match import AHEAD, View, play
from bench.referee.rules.hotseat import Hotseat
from bench.referee.rules.lists import RoundRobin

MEMBERS = 8


@dataclass(frozen=True, slots=True)
class Timing:
    """In milliseconds of processor time, of groups of 8; `ratio` compares the medians."""

    seats: int
    median: float
    p99: float
    worst: float
    round_robin: float

    @property
    def ratio(self) -> float:
        return self.median / self.round_robin


class _Stopwatch(Hotseat):
    """Plans with reasons, as the service does, and has a round robin project the same meetings."""

    def __init__(self) -> None:
        super().__init__(RotationSettings())
        self.times: list[float] = []
        self.round_robin: list[float] = []
        self._other = RoundRobin()

    def plan(self, view: View) -> list[list[int]]:
        question = self.question(view)
        start = process_time()
        plan(*question)
        planned = process_time()
        self._other.plan(view)
        self.round_robin.append(process_time() - planned)
        self.times.append(planned - start)
        return super().plan(view)

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        super().held(view, there, seated)
        self._other.held(view, there, seated)


def time_plans(seats: int, plans: int, seed: int) -> Timing:
    """Over `plans` consecutive plannings of one group, with all that happens in a history."""
    watch = _Stopwatch()
    random = Random(f"timing {seed} {seats}")
    gc.collect()
    play(steady_history(random, plans, AHEAD, size=MEMBERS, seats=seats), watch)
    times = sorted(1000 * seconds for seconds in watch.times)
    return Timing(
        seats=seats,
        median=median(times),
        p99=times[int(0.99 * len(times))],
        worst=times[-1],
        round_robin=1000 * median(watch.round_robin),
    )
