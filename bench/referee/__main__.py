"""`python -m bench.referee`: plays every rule through the same random histories, and prints."""

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench.referee import tables
from bench.referee.contest import RULES, contest
from bench.referee.flood import flood
from bench.referee.plots import draw
from bench.referee.timing import time_plans

TIMED_SEATS = (1, 2, 3, 4)


def main() -> None:
    given = _arguments()
    begun = perf_counter()
    outcomes = contest(given.groups, given.meetings, given.seed, given.jobs)
    print(f"{given.groups} groups, {given.meetings} meetings each, seed {given.seed}")
    _section("Hot seats", tables.rules(outcomes, given.meetings), tables.refusals(outcomes))
    _section("Speaking order, largest imbalance: median / worst", tables.speaking(outcomes))
    found = [(name, flood(make)) for name, make in RULES.items()]
    _section("Two rounds of turns after an absence of 12 meetings", tables.floods(found))
    if given.plans:
        timings = [time_plans(seats, given.plans, given.seed) for seats in TIMED_SEATS]
        _section("Plans of 12 meetings for 8 members", tables.timings(timings))
    if given.plots:
        for file in draw(given.plots, given.seed):
            print(f"drawn: {file}")
    print(f"took {perf_counter() - begun:.0f} s")


def _section(title: str, *blocks: str) -> None:
    print(f"\n{title}\n")
    print("\n\n".join(blocks))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.referee", description=__doc__)
    add: Callable[..., object] = parser.add_argument
    add("--groups", type=int, default=100, help="random groups (100)")
    add("--meetings", type=int, default=200, help="meetings of each (200)")
    add("--seed", type=int, default=1, help="the same seed prints the same tables (1)")
    add("--jobs", type=int, default=1, help="processes (1)")
    add("--plans", type=int, default=1000, help="plans to time for each number of seats; 0: none")
    add("--plots", type=Path, help="a folder to draw the plots into")
    return parser.parse_args()


if __name__ == "__main__":
    main()
