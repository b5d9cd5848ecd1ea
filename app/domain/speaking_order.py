"""Who speaks when, so that nobody is for ever first, last, or after the same person.

For every member the record keeps how often they spoke first, last, at each position, and right
after each other member, minus how often chance would have had it at that attendance: 1/m each,
with `m` present. The order of the next round is the one that leaves the least weighted sum of sixth
powers of these balances, found exactly by dynamic programming over sets of members who have
spoken (Held and Karp 1962). Sixth powers, because one large imbalance is worse than many small
ones. A fixed design (Williams 1949) is as fair as this, until the first absence.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from app.domain.errors import Invalid

FIRST, LAST, POSITION, FOLLOWING = 8.0, 7.0, 0.8, 3.0
"""What each kind of balance weighs."""

PER_UNIT = 1_000_000
"""Costs are compared to six decimals, so that rounding in balances cannot decide who speaks."""


Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class SpeakingRecord:
    """Times minus expected times; what is not named is 0. Positions count from 0, and
    `following[later, earlier]` is about `later` speaking right after `earlier`.
    """

    first: Mapping[UUID, float] = field(default_factory=dict)
    last: Mapping[UUID, float] = field(default_factory=dict)
    position: Mapping[tuple[UUID, int], float] = field(default_factory=dict)
    following: Mapping[tuple[UUID, UUID], float] = field(default_factory=dict)


def speaking_record(history: Sequence[Sequence[UUID]]) -> SpeakingRecord:
    """The record of past rounds, each the members in the order in which they spoke."""
    record = SpeakingRecord()
    for order in history:
        record = record_round(record, order)
    return record


def record_round(record: SpeakingRecord, order: Sequence[UUID]) -> SpeakingRecord:
    """The record after one more round. Raises Invalid: `spoke_twice`."""
    if len(set(order)) < len(order):
        raise Invalid("Everyone speaks once in a round; name each only once.", code="spoke_twice")
    if not order:
        return record
    others = [(later, earlier) for later in order for earlier in order if later != earlier]
    places = [(member, place) for member in order for place in range(len(order))]
    by_chance = 1 / len(order)
    return SpeakingRecord(
        first=_counted(record.first, order, by_chance, happened=[order[0]]),
        last=_counted(record.last, order, by_chance, happened=[order[-1]]),
        position=_counted(
            record.position, places, by_chance, happened=[(who, at) for at, who in enumerate(order)]
        ),
        following=_counted(
            record.following, others, by_chance, happened=[(b, a) for a, b in pairwise(order)]
        ),
    )


def speaking_order(
    present: Collection[UUID], record: SpeakingRecord, seed: int
) -> tuple[UUID, ...]:
    """The order of a round among `present`; orders that are equally good are drawn by `seed`."""
    members = _shuffled(present, seed)
    if not members:
        return ()
    return tuple(members[index] for index in _best_order(_Costs.of(members, record)))


def imbalance_added(order: Sequence[UUID], record: SpeakingRecord) -> int:
    """What `order` would add to the weighted sum of sixth powers, in millionths: the figure
    that `speaking_order` makes least.
    """
    costs = _Costs.of(order, record)
    alone = sum(costs.at[place][place] for place in range(len(order)))
    return alone + sum(costs.after[place][place - 1] for place in range(1, len(order)))


@dataclass(frozen=True, slots=True)
class _Costs:
    """`at[who][place]` is what it costs that `who` speaks at `place`, being first or last
    included; `after[who][whom]` that `who` speaks right after `whom`. Members are indices.
    """

    at: Sequence[Sequence[int]]
    after: Sequence[Sequence[int]]

    @classmethod
    def of(cls, members: Sequence[UUID], record: SpeakingRecord) -> "_Costs":
        by_chance = 1 / len(members) if members else 0.0

        def cost(weight: float, balance: float) -> int:
            otherwise = balance - by_chance
            return round(weight * ((otherwise + 1) ** 6 - otherwise**6) * PER_UNIT)

        at = [
            [
                cost(POSITION, record.position.get((who, place), 0.0))
                for place in range(len(members))
            ]
            for who in members
        ]
        for who, costs in zip(members, at, strict=True):
            costs[0] += cost(FIRST, record.first.get(who, 0.0))
            costs[-1] += cost(LAST, record.last.get(who, 0.0))
        after = [
            [cost(FOLLOWING, record.following.get((who, whom), 0.0)) for whom in members]
            for who in members
        ]
        return cls(at, after)


def _best_order(costs: _Costs) -> list[int]:
    """Held and Karp: the cheapest way in which a set of members can have spoken, ending with
    each of them, grows from the same for the sets without that one. Sets are bit masks.
    """
    everyone = range(len(costs.at))
    members = [
        [who for who in everyone if spoken >> who & 1] for spoken in range(1 << len(everyone))
    ]
    best = [[0] * len(everyone) for _ in members]
    for spoken, here in enumerate(members):
        for who in here:
            before = spoken ^ 1 << who
            so_far, after = best[before], costs.after[who]
            earlier = min([so_far[whom] + after[whom] for whom in members[before]], default=0)
            best[spoken][who] = earlier + costs.at[who][len(here) - 1]
    return _walk_back(costs, best, members)


def _walk_back(
    costs: _Costs, best: Sequence[Sequence[int]], members: Sequence[Sequence[int]]
) -> list[int]:
    """The order that led to the least of the costs of all having spoken."""
    spoken = len(members) - 1
    order = [min(members[spoken], key=best[spoken].__getitem__)]
    while spoken := spoken ^ 1 << order[-1]:
        so_far, after = best[spoken], costs.after[order[-1]]
        order.append(min(members[spoken], key=lambda who: so_far[who] + after[who]))
    return order[::-1]


def _counted(
    balances: Mapping[Key, float],
    possible: Collection[Key],
    by_chance: float,
    happened: Collection[Key],
) -> dict[Key, float]:
    counted = dict(balances)
    for key in possible:
        counted[key] = counted.get(key, 0.0) - by_chance
    for key in happened:
        counted[key] += 1
    return counted


def _shuffled(members: Collection[UUID], seed: int) -> list[UUID]:
    """The same for the same members and seed, in whatever order they are given."""
    draw = random.Random(seed)  # noqa: S311 - a tie-break, not a secret
    drawn = {member: draw.random() for member in sorted(members)}
    return sorted(drawn, key=drawn.__getitem__)
