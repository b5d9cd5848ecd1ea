"""Random histories of groups: who belongs, who is away and when that is known, who asks urgently.

A history says nothing about hot seats, so every rule can be played through the same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

ABSENT = 0.15
"""The part of all meetings that a member misses, in spells."""

SPELL = 2.0
"""Meetings in a spell of absence, on average; lengths are geometric."""

ANNOUNCED = 0.6
"""The part of the spells that is announced, all of a spell 0 to 6 meetings before it begins. The
others begin as a no-show; what is left of them is known from then on."""

TURNOVER = 0.02
"""How likely it is, per meeting, that somebody leaves, and that somebody joins."""

URGENT = 0.05
"""How likely it is, per meeting, that somebody who is there asks for an urgent seat."""

LEAST, MOST = 4, 8


@dataclass(frozen=True, slots=True)
class Stay:
    """Members are numbers in the order of joining; `last` is the first meeting without them."""

    member: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class History:
    """`away[meeting, member]` is the number of meetings held by the time the absence is known:
    later than `meeting` for a no-show. `urgent[meeting]` asks for a seat just before it.
    """

    seats: int
    meetings: int
    stays: tuple[Stay, ...]
    away: Mapping[tuple[int, int], int]
    urgent: Mapping[int, int]

    def members(self, meeting: int) -> list[int]:
        return [stay.member for stay in self.stays if stay.first <= meeting < stay.last]

    def present(self, meeting: int) -> list[int]:
        return [who for who in self.members(meeting) if (meeting, who) not in self.away]

    def expected(self, meeting: int, now: int) -> list[int]:
        """Who is expected at `meeting` when `now` meetings have been held: today's members, as
        leaving and joining show only when they happen, without those known to be away.
        """
        return [who for who in self.members(now) if self.away.get((meeting, who), now + 1) > now]


def random_history(random: Random, meetings: int, ahead: int) -> History:
    """A group of 4 to 8 at first, with 1 to 3 hot seats a meeting. Absences reach `ahead` meetings
    beyond the last, so that the end is planned for as all the rest.
    """
    seats = random.randint(1, 3)
    stays = _stays(random, random.randint(LEAST, MOST), meetings)
    return _history(random, seats, stays, meetings, ahead)


def steady_history(random: Random, meetings: int, ahead: int, *, size: int, seats: int) -> History:
    """The same for a group whose members stay."""
    stays = tuple(Stay(member, 0, 2 * meetings) for member in range(size))
    return _history(random, seats, stays, meetings, ahead)


def _history(
    random: Random, seats: int, stays: tuple[Stay, ...], meetings: int, ahead: int
) -> History:
    away = {
        key: known
        for stay in stays
        for key, known in _absences(random, stay, meetings + ahead).items()
    }
    plain = History(seats, meetings, stays, away, {})
    urgent = {
        meeting: random.choice(there)
        for meeting in range(meetings)
        if random.random() < URGENT and (there := plain.present(meeting))
    }
    return History(seats, meetings, stays, away, urgent)


def _stays(random: Random, size: int, meetings: int) -> tuple[Stay, ...]:
    here = dict.fromkeys(range(size), 0)
    stays, following = [], len(here)
    for meeting in range(1, meetings):
        if random.random() < TURNOVER and len(here) > LEAST:
            leaver = random.choice(sorted(here))
            stays.append(Stay(leaver, here.pop(leaver), meeting))
        if random.random() < TURNOVER and len(here) < MOST:
            here[following] = meeting
            following += 1
    stays += [Stay(member, first, 2 * meetings) for member, first in here.items()]
    return tuple(sorted(stays, key=lambda stay: stay.member))


def _absences(random: Random, stay: Stay, until: int) -> dict[tuple[int, int], int]:
    away = {}
    start = ABSENT / (1 - ABSENT) / SPELL
    meeting = stay.first
    while meeting < min(stay.last, until):
        if random.random() >= start:
            meeting += 1
            continue
        known = meeting - random.randint(0, 6) if random.random() < ANNOUNCED else meeting + 1
        while True:
            away[meeting, stay.member] = known
            meeting += 1
            if random.random() < 1 / SPELL:
                break
        meeting += 1
    return away
