"""The referee in bench/ runs, plays fair, and prints the same for the same seed."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.referee.contest import RULES, UNGUARDED, contest
from bench.referee.histories import History, Stay
from bench.referee.match import Judge, View, play
from bench.referee.plots import draw

ROOT = Path(__file__).parents[2]


def printed() -> list[str]:
    small = ["--groups", "3", "--meetings", "30", "--seed", "5", "--plans", "0"]
    run = subprocess.run(
        [sys.executable, "-m", "bench.referee", *small],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def test_it_prints_its_tables_and_the_same_ones_for_the_same_seed() -> None:
    first, second = printed(), printed()

    assert first[:-1] == second[:-1]
    names = [row.split(" | ")[0].strip("| *") for row in first if row.startswith("| ")]
    for rule in RULES:
        assert names.count(rule) == 2  # hot seats, and the flood after a return
    assert {UNGUARDED, "exact ledger", "Williams rows, absent deleted"} <= set(names)
    assert first[0] == "3 groups, 30 meetings each, seed 5"


def test_every_rule_plays_the_same_histories() -> None:
    for outcome in contest(3, 30, seed=5):
        asked = {score.asked for score in outcome.scores.values()}
        assert len(asked) == 1
        assert outcome.scores[UNGUARDED].refused == 0


def test_the_number_of_processes_changes_nothing() -> None:
    alone, together = contest(2, 10, seed=5), contest(2, 10, seed=5, jobs=2)
    assert alone == together


class Stubborn:
    """Seats the first who is expected, always."""

    name = "stubborn"

    def plan(self, view: View) -> list[list[int]]:
        return [list(expected[:1]) for expected in view.expected]

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        return there[0]

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        pass


def history(**changes: object) -> History:
    stays = tuple(Stay(member, 0, 99) for member in range(4))
    plain = {"seats": 1, "meetings": 8, "stays": stays, "away": {}, "urgent": {}}
    return History(**{**plain, **changes})  # type: ignore[arg-type]


def test_the_judge_counts_credits_and_waits() -> None:
    score = play(history(), Stubborn(), keep=True)
    assert score.largest_credit == pytest.approx(8 * 0.75)
    assert score.largest_wait == pytest.approx(8 / 4)
    assert score.credits_[-1] == pytest.approx({0: -6, 1: 2, 2: 2, 3: 2})
    assert score.taken_away == 0


def test_the_judge_counts_what_is_taken_away() -> None:
    """All 11 meetings that were published before, at each of 7 plannings, and 3 of them soon."""

    class Fickle(Stubborn):
        def plan(self, view: View) -> list[list[int]]:
            return [[view.now % 2] for _ in view.expected]

    score = play(history(), Fickle())
    assert (score.taken_away, score.taken_away_soon) == (77, 21)


def test_a_seat_is_not_taken_away_from_those_who_cannot_come() -> None:
    """Member 0 says before meeting 2 that they will be away from 4 to 6."""
    away = {(meeting, 0): 2 for meeting in (4, 5, 6)}
    assert play(history(away=away), Stubborn()).taken_away == 0


def test_the_guard_is_that_of_the_design() -> None:
    judge = Judge(seats=1)
    assert judge.grants(0, [0, 1, 2, 3])
    judge.credit[0] = -0.5
    assert judge.grants(0, [0, 1, 2, 3])
    judge.credit[0] = -0.51
    assert not judge.grants(0, [0, 1, 2, 3])


def test_a_rule_that_seats_nobody_is_caught() -> None:
    class Idle(Stubborn):
        def plan(self, view: View) -> list[list[int]]:
            return [[] for _ in view.expected]

    with pytest.raises(ValueError, match="impossible"):
        play(history(), Idle())


def test_the_plots_are_committed_as_they_are_drawn(tmp_path: Path) -> None:
    for drawn in draw(tmp_path, seed=1):
        committed = ROOT / "docs" / "img" / drawn.name
        assert committed.read_text(encoding="utf-8") == drawn.read_text(encoding="utf-8")
