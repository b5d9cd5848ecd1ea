"""`python -m bench.referee.variants`: what else the plan could cost, on the same histories."""

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from app.domain.rotation import RotationSettings
from app.domain.rotation_costs import CALM, DEFAULT, Temper
from bench.referee import tables
from bench.referee.histories import random_history
from bench.referee.match import AHEAD, View, play
from bench.referee.rules.hotseat import FIRST_DESIGN, Hotseat, Question, Tempered


@dataclass(frozen=True)
class LastCall(Tempered):
    """Changes cost little just before a meeting is announced, when most is known."""

    def prices_of_change(self, meetings: int) -> list[float]:
        prices = super().prices_of_change(meetings)
        last = slice(self.announced_meetings, self.announced_meetings + 1)
        prices[last] = [1.0] * len(prices[last])
        return prices


class Farther(Hotseat):
    """Plans half as far again as it publishes, as if everybody would be there then."""

    def question(self, view: View) -> Question:
        more = AHEAD // 2
        expected = [*view.expected, *[view.members] * more]
        published: list[Sequence[int]] = [*view.published, *[()] * more]
        return super().question(replace(view, expected=expected, published=published))

    def plan(self, view: View) -> list[list[int]]:
        return super().plan(view)[:AHEAD]


class Experienced(Hotseat):
    """Forecasts by each member's record: whoever comes to half of the meetings is due half."""

    def __init__(self, settings: RotationSettings) -> None:
        super().__init__(settings)
        self._invited: Counter[int] = Counter()
        self._came: Counter[int] = Counter()

    def question(self, view: View) -> Question:
        members, *rest = super().question(view)
        return [replace(each, weight=self._rate(each.id.int)) for each in members], *rest

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        super().held(view, there, seated)
        self._invited.update(view.members)
        self._came.update(there)

    def _rate(self, who: int) -> float:
        """As if they had come to both of two meetings before the first."""
        return (self._came[who] + 2) / (self._invited[who] + 2)


STEEP = {"kink": DEFAULT.kink, "square": DEFAULT.square, "linear": DEFAULT.linear}

VARIANTS: dict[str, Tempered] = {
    name: Tempered(own=temper)
    for name, temper in {
        "changes are free": FIRST_DESIGN._replace(price_announced=0, price_planned=0),
        "as first designed": FIRST_DESIGN,
        "higher prices alone": FIRST_DESIGN._replace(price_announced=100, price_planned=6),
        "patience alone": FIRST_DESIGN._replace(patience=DEFAULT.patience),
        "a steeper wall alone": FIRST_DESIGN._replace(**STEEP),
        "**default: all three**": DEFAULT,
        "default, endless patience": DEFAULT._replace(patience=math.inf),
        "default, patience for 1.25 turns": DEFAULT._replace(patience=1.25),
        "default, fading 0.8": DEFAULT._replace(fading=0.8),
        "default, fading 0.65": DEFAULT._replace(fading=0.65),
        "default, prices 10 and 2": DEFAULT._replace(price_announced=10, price_planned=2),
        "default, prices 400 and 20": DEFAULT._replace(price_announced=400, price_planned=20),
        "default, wall at 0.95": DEFAULT._replace(kink=0.95),
        "default, wall at 0.99": DEFAULT._replace(kink=0.99),
        "default, no wall": DEFAULT._replace(square=0, linear=0),
        "default, announced seats are never taken": DEFAULT._replace(price_announced=1_000_000),
        "calm, as first designed": Temper(
            price_announced=60,
            price_planned=6,
            kink=0.999,
            square=400,
            linear=0,
            fading=1,
            patience=math.inf,
        ),
        "**calm**": CALM,
    }.items()
} | {"default, changes for 1 just before announcing": LastCall(own=DEFAULT)}


RULES: dict[str, type[Hotseat]] = {
    "default, planning 18 meetings ahead": Farther,
    "default, expecting absences by each member's record": Experienced,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.referee.variants", description=__doc__)
    parser.add_argument("--groups", type=int, default=100, help="random groups (100)")
    parser.add_argument("--meetings", type=int, default=200, help="meetings of each (200)")
    parser.add_argument("--seed", type=int, default=1, help="as the referee's (1)")
    given = parser.parse_args()
    histories = [
        random_history(Random(f"{given.seed} {number}"), given.meetings, AHEAD)
        for number in range(given.groups)
    ]
    rows = []
    for name, settings in VARIANTS.items():
        scores = [play(history, Hotseat(settings)) for history in histories]
        rows.append([name, *tables.figures(scores, given.meetings)])
    for name, rule in RULES.items():
        scores = [play(history, rule(Tempered())) for history in histories]
        rows.append([name, *tables.figures(scores, given.meetings)])
    unhurried = [replace(history, urgent={}) for history in histories]
    scores = [play(history, Hotseat(Tempered())) for history in unhurried]
    rows.append(["default, nobody asks urgently", *tables.figures(scores, given.meetings)])
    print(f"{given.groups} groups, {given.meetings} meetings each, seed {given.seed}\n")
    print(tables.table(["costs", *tables.FIGURES], rows))


if __name__ == "__main__":
    main()
