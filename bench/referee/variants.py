"""`python -m bench.referee.variants`: what else the plan could cost, on the same histories."""

import argparse
from dataclasses import replace
from random import Random

from app.domain.rotation_costs import CALM, DEFAULT, Temper
from bench.referee import tables
from bench.referee.histories import random_history
from bench.referee.match import AHEAD, play
from bench.referee.rules.hotseat import FIRST_DESIGN, Hotseat, Tempered

VARIANTS = {
    "changes are free": FIRST_DESIGN._replace(price_announced=0, price_planned=0),
    "as first designed": FIRST_DESIGN,
    "higher prices alone": FIRST_DESIGN._replace(price_announced=200, price_planned=10),
    "fading alone": FIRST_DESIGN._replace(fading=DEFAULT.fading),
    "**default: both**": DEFAULT,
    "default, fading 0.8": DEFAULT._replace(fading=0.8),
    "default, fading 0.5": DEFAULT._replace(fading=0.5),
    "default, steep from 0.9": DEFAULT._replace(kink=0.9),
    "default, steep from 1.05": DEFAULT._replace(kink=1.05),
    "default, steep from 1.1": DEFAULT._replace(kink=1.1),
    "default, announced seats are never taken": DEFAULT._replace(price_announced=1_000_000),
    "calm, as first designed": Temper(
        price_announced=60, price_planned=6, kink=0.999, square=400, linear=0, fading=1
    ),
    "**calm**": CALM,
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
    for name, temper in VARIANTS.items():
        scores = [play(history, Hotseat(Tempered(own=temper))) for history in histories]
        rows.append([name, *tables.figures(scores, given.meetings)])
    unhurried = [replace(history, urgent={}) for history in histories]
    scores = [play(history, Hotseat(Tempered())) for history in unhurried]
    rows.append(["default, nobody asks urgently", *tables.figures(scores, given.meetings)])
    print(f"{given.groups} groups, {given.meetings} meetings each, seed {given.seed}\n")
    print(tables.table(["costs", *tables.FIGURES], rows))


if __name__ == "__main__":
    main()
