"""What each member present is due from the hot seats of one meeting (DESIGN, section 7).

Seats are divided in proportion to weight, and nobody can be due more than one, because nobody
sits twice in an evening. So a member's share is `min(1, λ·weight)`, with the one λ for which the
shares add up to the seats there are: water-filling.
"""

import math
from collections.abc import Mapping
from itertools import accumulate
from uuid import UUID

from app.domain.errors import Invalid


def shares(weights: Mapping[UUID, float], seats: int) -> dict[UUID, float]:
    """Each member's fair share of `seats`; the shares sum to `min(seats, len(weights))`.

    Raises Invalid: `seats_negative`, `weight_not_positive`.
    """
    _check(weights, seats)
    level = _level(sorted(weights.values()), min(seats, len(weights)))
    return {member: min(1.0, level * weight) for member, weight in weights.items()}


def _level(lightest_first: list[float], seats: int) -> float:
    """The λ of the module's text: whoever's part would exceed one seat gets exactly one, and
    leaves the rest to the lighter ones.
    """
    left = seats
    totals = list(accumulate(lightest_first))
    for weight, total in zip(reversed(lightest_first), reversed(totals), strict=True):
        if weight * left < total:
            return left / total
        left -= 1
    return math.inf


def _check(weights: Mapping[UUID, float], seats: int) -> None:
    if seats < 0:
        raise Invalid(
            "A meeting cannot have a negative number of hot seats; give 0 or more.",
            code="seats_negative",
            facts={"seats": seats},
        )
    for member, weight in weights.items():
        if not (weight > 0 and math.isfinite(weight)):
            raise Invalid(
                "Give every member a weight above 0; 1 is the usual weight.",
                code="weight_not_positive",
                facts={"membership_id": str(member), "weight": str(weight)},
            )
