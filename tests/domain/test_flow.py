from collections.abc import Callable, Collection, Iterable
from itertools import chain, combinations, product
from random import Random

import pytest
from ortools.graph.python import min_cost_flow

from app.domain.flow import Person, fill

Problem = tuple[list[Person], list[int]]


def random_problem(random: Random, *, people: int, meetings: int, highest: int) -> Problem:
    """Convex costs with many ties, gains as well as losses, and people who cannot sit."""

    def rise(rises: list[list[int]]) -> Callable[[int, int], int]:
        return lambda t, had: rises[t][had]

    persons = []
    for _ in range(people):
        rises = [
            sorted(random.randint(-highest, highest) for _ in range(meetings + 2))
            for _ in range(meetings)
        ]
        prices = [random.choice([None, 0, random.randint(-highest, highest)]) for _ in rises]
        persons.append(Person(prices, rise(rises)))
    able = [sum(person.prices[t] is not None for person in persons) for t in range(meetings)]
    return persons, [random.randint(0, count) for count in able]


def cost(person: Person, sits: Collection[int]) -> int:
    had = [sum(meeting <= t for meeting in sits) for t in range(len(person.prices))]
    return sum(person.prices[t] for t in sits) + sum(
        person.rise(t, before) for t, count in enumerate(had) for before in range(count)
    )


def least_by_brute_force(persons: list[Person], seats: list[int]) -> int:
    def choices(t: int, count: int) -> Iterable[tuple[int, ...]]:
        return combinations([i for i, p in enumerate(persons) if p.prices[t] is not None], count)

    return min(
        sum(
            cost(person, [t for t, sitting in enumerate(whole) if i in sitting])
            for i, person in enumerate(persons)
        )
        for whole in product(*(choices(t, count) for t, count in enumerate(seats)))
    )


def least_by_ortools(persons: list[Person], seats: list[int]) -> int:
    """The flow as it is published: a person's j-th seat → (person, meeting) → meeting."""
    flow = min_cost_flow.SimpleMinCostFlow()
    numbers: dict[tuple[object, ...], int] = {}

    def node(*name: object) -> int:
        return numbers.setdefault(name, len(numbers))

    for i, person in enumerate(persons):
        for t, price in enumerate(person.prices):
            if price is None:
                continue
            flow.add_arc_with_capacity_and_unit_cost(node("at", i, t), node("meeting", t), 1, price)
            for j in range(len(seats)):
                from_then_on = sum(person.rise(s, j) for s in range(t, len(seats)))
                flow.add_arc_with_capacity_and_unit_cost(
                    node("seat", i, j), node("at", i, t), 1, from_then_on
                )
        for j in range(len(seats)):
            flow.add_arc_with_capacity_and_unit_cost(node("source"), node("seat", i, j), 1, 0)
    for t, count in enumerate(seats):
        flow.set_node_supply(node("meeting", t), -count)
    flow.set_node_supply(node("source"), sum(seats))
    assert flow.solve() == flow.OPTIMAL
    return flow.optimal_cost()


def total(persons: list[Person], seats: list[int]) -> int:
    filled = fill(persons, seats)
    assert [sum(t in sits for sits in filled) for t in range(len(seats))] == seats
    assert all(
        person.prices[t] is not None
        for person, sits in zip(persons, filled, strict=True)
        for t in sits
    )
    return sum(cost(person, sits) for person, sits in zip(persons, filled, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_it_finds_the_least_cost_that_trying_everything_finds(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(
        random, people=random.randint(1, 4), meetings=random.randint(1, 4), highest=5
    )
    assert total(*problem) == least_by_brute_force(*problem)


@pytest.mark.parametrize("seed", range(120))
def test_it_finds_the_least_cost_that_ortools_finds(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(
        random,
        people=random.randint(3, 9),
        meetings=random.randint(5, 14),
        highest=random.choice([2, 1000]),
    )
    assert total(*problem) == least_by_ortools(*problem)


def test_the_same_problem_has_the_same_answer_however_much_is_tied() -> None:
    tied = [Person([0] * 5, lambda _t, _had: 0) for _ in range(4)]
    answers = [fill(tied, [2, 1, 0, 4, 3]) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(list(chain.from_iterable(answers[0]))) == 10
