"""Every rule on the same random histories."""

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random

from app.domain.rotation import RotationSettings
from bench.referee.histories import random_history
from bench.referee.match import AHEAD, Rule, Score, play
from bench.referee.rules.booked import (
    CalComLeastRecent,
    CalComWeights,
    LinkedInDefault,
    LinkedInRoundRobin,
)
from bench.referee.rules.hotseat import FIRST_DESIGN, Hotseat, Tempered
from bench.referee.rules.lists import GoAlert, GrafanaOnCall, RoundRobin
from bench.referee.rules.projecting import FewestFirst, HighestCredit, Stride
from bench.referee.speaking import (
    ExactLedger,
    FixedList,
    Order,
    RotateByOne,
    Shuffled,
    Williams,
    listen,
)

DEFAULT = "Hotseat, default"
CALM = "Hotseat, calm"

OTHERS: tuple[type[Rule], ...] = (
    RoundRobin,
    GoAlert,
    GrafanaOnCall,
    LinkedInRoundRobin,
    LinkedInDefault,
    CalComLeastRecent,
    CalComWeights,
    FewestFirst,
    Stride,
    HighestCredit,
)

RULES: Mapping[str, Callable[[], Rule]] = {
    **{rule.name: rule for rule in OTHERS},
    "Hotseat, as first designed": lambda: Hotseat(Tempered(own=FIRST_DESIGN)),
    DEFAULT: lambda: Hotseat(RotationSettings()),
    CALM: lambda: Hotseat(RotationSettings(calm=True)),
}

UNGUARDED = "Hotseat, default, no guard"

ORDERS: tuple[type[Order], ...] = (FixedList, RotateByOne, Shuffled, Williams, ExactLedger)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one history: the score of each rule, and each order's largest imbalance of each kind."""

    scores: Mapping[str, Score]
    imbalances: Mapping[str, Mapping[str, float]]


def contest(groups: int, meetings: int, seed: int, jobs: int = 1) -> list[Outcome]:
    """One outcome a group. The same for the same numbers, whatever `jobs` is."""
    play_one = partial(_outcome, meetings, seed)
    if jobs == 1:
        return [play_one(number) for number in range(groups)]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(play_one, range(groups), chunksize=4))


def _outcome(meetings: int, seed: int, number: int) -> Outcome:
    history = random_history(Random(f"{seed} {number}"), meetings, AHEAD)
    scores = {name: play(history, make()) for name, make in RULES.items()}
    scores[UNGUARDED] = play(history, RULES[DEFAULT](), guard=False)
    imbalances = {order.name: listen(history, order()).largest for order in ORDERS}
    return Outcome(scores, imbalances)
