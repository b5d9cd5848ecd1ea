"""Plays one history by one rule, and keeps the score: the judge, who shares no code with a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.referee.histories import History

AHEAD = 12
"""How many meetings are published ahead."""

SOON = 3

GUARD = -1.25
"""An urgent seat is granted if the credit afterwards is not below this."""


@dataclass(frozen=True, slots=True)
class View:
    """What a rule is shown before meeting `now`. `expected[0]` are those expected at it, in the
    order of their joining, `expected[1]` those at the next, and so on; `published` are the hot
    seats that were published for them, without those who have left or are known to be away.
    `urgent` has an urgent seat at meeting `now`.
    """

    now: int
    seats: int
    members: Sequence[int]
    expected: Sequence[Sequence[int]]
    published: Sequence[Sequence[int]]
    urgent: int | None


class Rule(Protocol):
    name: str

    def plan(self, view: View) -> list[list[int]]:
        """The hot seats of each meeting in the view."""

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        """Who of those `there` takes the hot seat of somebody who did not come."""

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        """Meeting `view.now` was held, with these."""


@dataclass(slots=True)
class Score:
    """`credits_` and `seated` are kept if asked for: every member's credit after each meeting, and
    who had a hot seat there.
    """

    largest_credit: float = 0.0
    largest_wait: float = 0.0
    taken_away: int = 0
    taken_away_soon: int = 0
    refused: int = 0
    asked: int = 0
    credits_: list[Mapping[int, float]] = field(default_factory=list)
    seated: list[Sequence[int]] = field(default_factory=list)


class Judge:
    """The ledger, by its definition: due is an equal part of the seats that took place."""

    def __init__(self, seats: int) -> None:
        self.credit: dict[int, float] = {}
        self.seats = seats
        self._waited: dict[int, int] = {}
        self._largest_group: dict[int, int] = {}

    def grants(self, who: int, expected: Sequence[int]) -> bool:
        share = min(self.seats, len(expected)) / len(expected)
        return round(self.credit.get(who, 0.0) + share - 1, 9) >= GUARD

    def count(self, members: Sequence[int], there: Sequence[int], seated: Sequence[int]) -> None:
        for who in there:
            due = len(seated) / len(there)
            self.credit[who] = self.credit.get(who, 0.0) + due - (who in seated)
            if who in seated:
                self._waited[who] = self._largest_group[who] = 0
            else:
                self._waited[who] = self._waited.get(who, 0) + 1
                largest = self._largest_group.get(who, 0)
                self._largest_group[who] = max(largest, len(members))

    def wait(self, who: int) -> float:
        """Meetings attended since the last hot seat, or since joining, in turns of the largest
        group that there was meanwhile: ⌈members / seats⌉ meetings each.
        """
        turn = -(-self._largest_group.get(who, 0) // self.seats)
        return self._waited.get(who, 0) / max(turn, 1)


def play(history: History, rule: Rule, *, guard: bool = True, keep: bool = False) -> Score:
    """`keep` keeps the credits after each meeting, and who had a hot seat."""
    judge, score = Judge(history.seats), Score()
    published: list[list[int]] = [[] for _ in range(AHEAD)]
    for now in range(history.meetings):
        view = _view(history, judge, score, published, now, guard=guard)
        planned = rule.plan(view)
        _compare(view, planned, score)
        there = history.present(now)
        seated = _seat(rule, view, there, planned[0])
        rule.held(view, there, seated)
        judge.count(view.members, there, seated)
        _record(view, judge, score)
        if keep:
            score.credits_.append({who: judge.credit.get(who, 0.0) for who in view.members})
            score.seated.append(seated)
        published = [*planned[1:], []]
    return score


def _view(
    history: History,
    judge: Judge,
    score: Score,
    published: Sequence[Sequence[int]],
    now: int,
    *,
    guard: bool,
) -> View:
    expected = [history.expected(meeting, now) for meeting in range(now, now + AHEAD)]
    urgent = history.urgent.get(now)
    if urgent is not None:
        score.asked += 1
        if guard and not judge.grants(urgent, expected[0]):
            score.refused += 1
            urgent = None
    standing = [
        [who for who in seats if who in there]
        for seats, there in zip(published, expected, strict=True)
    ]
    return View(now, history.seats, history.members(now), expected, standing, urgent)


def _compare(view: View, planned: Sequence[Sequence[int]], score: Score) -> None:
    for index, (before, after) in enumerate(zip(view.published, planned, strict=True)):
        size = min(view.seats, len(view.expected[index]))
        if len(set(after)) != size or not set(after) <= set(view.expected[index]):
            raise ValueError(f"an impossible evening: {after}")
        taken = len(set(before) - set(after))
        score.taken_away += taken
        score.taken_away_soon += taken * (index < SOON)


def _seat(rule: Rule, view: View, there: Sequence[int], planned: Sequence[int]) -> list[int]:
    seated = [who for who in planned if who in there]
    while len(seated) < min(view.seats, len(there)):
        seated.append(rule.substitute(view, there, seated))
    return seated


def _record(view: View, judge: Judge, score: Score) -> None:
    for who in view.members:
        score.largest_credit = max(score.largest_credit, abs(judge.credit.get(who, 0.0)))
        score.largest_wait = max(score.largest_wait, judge.wait(who))
