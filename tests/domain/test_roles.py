from collections import Counter
from itertools import permutations
from random import Random
from uuid import UUID

import pytest

from app.domain.errors import Invalid
from app.domain.roles import HeldRoles, Role, advance_roles, assign_roles, role_credits

FACILITATOR, TIMEKEEPER, SCRIBE = Role
MEMBERS = tuple(UUID(int=place) for place in range(1, 9))
ANN, BEN, CLEO, DAN, *_ = MEMBERS


def test_a_role_is_due_to_all_who_are_there_and_charged_to_who_has_it() -> None:
    earned = role_credits(
        [
            HeldRoles(frozenset([ANN, BEN, CLEO, DAN]), {FACILITATOR: ANN, SCRIBE: BEN}),
            HeldRoles(frozenset([ANN, BEN]), {FACILITATOR: BEN}),
        ]
    )
    assert earned[ANN, FACILITATOR] == pytest.approx(1 / 4 - 1 + 1 / 2)
    assert earned[BEN, FACILITATOR] == pytest.approx(1 / 4 + 1 / 2 - 1)
    assert earned[CLEO, FACILITATOR] == pytest.approx(1 / 4)
    assert earned[BEN, SCRIBE] == pytest.approx(1 / 4 - 1)
    assert (ANN, TIMEKEEPER) not in earned


def test_at_first_the_roles_go_by_place() -> None:
    assert assign_roles(MEMBERS, {}) == {FACILITATOR: ANN, TIMEKEEPER: BEN, SCRIBE: CLEO}


def test_the_most_credit_in_a_role_decides_whoever_has_it() -> None:
    earned = {(DAN, SCRIBE): 0.9, (CLEO, FACILITATOR): 0.5, (ANN, TIMEKEEPER): 0.4}
    assert assign_roles([ANN, BEN, CLEO, DAN], earned) == {
        FACILITATOR: CLEO,
        TIMEKEEPER: ANN,
        SCRIBE: DAN,
    }


@pytest.mark.parametrize("seed", range(10))
def test_no_other_assignment_serves_more_credit(seed: int) -> None:
    random = Random(seed)
    present = MEMBERS[: random.randint(3, 8)]
    earned = {(member, role): random.uniform(-1, 1) for member in present for role in Role}
    in_all = {member: sum(earned[member, role] for role in Role) for member in present}

    def served(holders: tuple[UUID, ...]) -> float:
        return sum(
            earned[holder, role] + in_all[holder]
            for role, holder in zip(Role, holders, strict=True)
        )

    found = assign_roles(present, earned)

    assert served(tuple(found.values())) == pytest.approx(
        max(served(holders) for holders in permutations(present, 3))
    )


@pytest.mark.parametrize(
    ("present", "hot_seats", "beside"),
    [(8, 2, 0), (5, 2, 0), (4, 1, 0), (4, 2, 1), (4, 4, 3), (3, 1, 1)],
)
def test_hot_seat_holders_get_a_role_only_if_there_are_too_few_others(
    present: int, hot_seats: int, beside: int
) -> None:
    holders = set(MEMBERS[:hot_seats])
    much = {(member, role): 5.0 for member in holders for role in Role}

    roles = assign_roles(MEMBERS[:present], much, avoid=holders)

    assert len(set(roles.values())) == 3
    assert len(holders & set(roles.values())) == beside


def test_a_small_evening_doubles_roles_evenly() -> None:
    assert Counter(assign_roles([ANN, BEN], {}).values()) in (
        Counter({ANN: 2, BEN: 1}),
        Counter({ANN: 1, BEN: 2}),
    )
    assert assign_roles([ANN], {}) == dict.fromkeys(Role, ANN)
    assert assign_roles([], {}) == {}


def test_a_group_may_rotate_fewer_roles() -> None:
    assert assign_roles(MEMBERS, {(BEN, SCRIBE): 0.2}, roles=[SCRIBE]) == {SCRIBE: BEN}


@pytest.mark.parametrize("size", [4, 6, 8])
def test_over_years_everybody_has_every_role_about_equally_often(size: int) -> None:
    random = Random(size)
    earned: dict[tuple[UUID, Role], float] = {}
    for week in range(150):
        present = [m for m in MEMBERS[:size] if random.random() < 0.85] or [ANN]
        hot_seats = [present[(2 * week + seat) % len(present)] for seat in (0, 1)]
        roles = assign_roles(present, earned, avoid=hot_seats)
        earned = advance_roles(earned, HeldRoles(frozenset(present), roles))
        assert sum(earned.values()) == pytest.approx(0)
        assert max(map(abs, earned.values())) < 2.5


def test_whoever_had_a_role_was_there() -> None:
    with pytest.raises(Invalid) as refusal:
        role_credits([HeldRoles(frozenset([ANN]), {SCRIBE: BEN})])
    assert refusal.value.code == "role_absent"
    assert refusal.value.pointer == "/roles/scribe"
