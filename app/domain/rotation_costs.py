"""What a plan costs: how unfair it lets credits become, and what it takes away (DESIGN, section 7).

Every member pays, at every planned meeting, a convex price for the credit it leaves them with,
`f(x) = x² + square·max(0, |x| − kink)² + linear·max(0, |x| − kink)`. Also for one that they
miss, so that nobody takes a large credit along into an absence if it can be helped. With
presence forecast, the part of a credit that is due is known, so a price for the credit is a
price for the number of seats had by then, which is what `flow` minimises. Taking away a seat
that was published has a price too: a plan to rely on is worth a little unfairness.

A credit says what somebody is owed, not for how long they have had no seat: after an urgent one,
two rounds may go by before they are owed another. So waiting longer than `patience` turns has a
price of its own, which the first open seat ends.

In a calm group a forecast fades: each meeting further ahead counts `fading` times as much. What is
forecast for a day months away will have changed by then, and there is time to mend it; so it is no
reason to take a seat away today. `docs/fairness.md` shows what all that is worth, and what else was
tried.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import or_
from typing import NamedTuple

from app.domain.errors import Invalid
from app.domain.flow import Person
from app.domain.rotation_outlook import Prospect

PER_UNIT = 1_000_000
"""Costs are compared to six decimals, so that rounding in credits cannot decide who sits."""

FIRST_IN_LINE = 1_000_000.0
"""What it costs, per meeting, to keep somebody waiting whose hot seat was not held: more than
any credit within reach, so that nobody loses a turn to a broken evening.
"""


IMPATIENCE = 600.0
"""What each turn waited beyond `patience` costs, per meeting: more than an announced seat,
and as much as a credit of 1.01 at the wall of `unfairness`, which therefore goes first.
"""


class Temper(NamedTuple):
    """How a group weighs fairness against an unchanged plan; see the formula above."""

    price_announced: float
    price_planned: float
    kink: float
    square: float
    linear: float
    fading: float
    patience: float


DEFAULT = Temper(
    price_announced=100,
    price_planned=6,
    kink=0.98,
    square=20_000,
    linear=20_000,
    fading=1,
    patience=1.5,
)
CALM = Temper(
    price_announced=200, price_planned=6, kink=0.97, square=1000, linear=0, fading=0.6, patience=2
)


@dataclass(frozen=True, slots=True)
class RotationSettings:
    """A group's policy. `calm` keeps plans longer and tolerates more unfairness for it.

    The price of taking away a seat is `price_announced` for the next `announced_meetings`, and
    `price_planned` for the later ones; None leaves it at what `calm` implies. `over`: how many
    meetings come first that run or were never recorded, and are not planned any more.
    """

    calm: bool = False
    price_announced: float | None = None
    price_planned: float | None = None
    announced_meetings: int = 3
    over: int = 0

    def temper(self) -> Temper:
        usual = CALM if self.calm else DEFAULT
        announced = _price("price_announced", self.price_announced, usual.price_announced)
        planned = _price("price_planned", self.price_planned, usual.price_planned)
        return usual._replace(price_announced=announced, price_planned=planned)

    def prices_of_change(self, meetings: int) -> list[float]:
        """What taking away a published seat costs, at each of the next `meetings`."""
        temper, planned_from = self.temper(), self.over + self.announced_meetings
        return [
            temper.price_announced if meeting < planned_from else temper.price_planned
            for meeting in range(meetings)
        ]


def unfairness(credit: float, temper: Temper) -> float:
    """The price `f` of a credit, per member and meeting."""
    over = abs(credit) - temper.kink
    return credit**2 + (temper.square * over**2 + temper.linear * over if over > 0 else 0)


class Units(NamedTuple):
    """Three aims in one integer, each worth more than all that can be gained by the next:
    the cost itself, then as few changes as possible, then low places early.
    """

    cost: int
    change: int

    @classmethod
    def of(cls, seats: int, people: int, meetings: int) -> "Units":
        change = 1 + seats * people * meetings
        return cls(cost=change * (1 + seats), change=change)


def people(prospects: Sequence[Prospect], seats: int, settings: RotationSettings) -> list[Person]:
    """The members, in the order of their places, as `flow` sees them."""
    meetings = len(prospects[0].credits) if prospects else 0
    units = Units.of(seats, len(prospects), meetings)
    refunds = [
        round(price * PER_UNIT) * units.cost + units.change
        for price in settings.prices_of_change(meetings)
    ]
    return [
        Person(
            prices=_prices(prospect, rank, refunds),
            rise=_rise(prospect, settings, units),
        )
        for rank, prospect in enumerate(prospects)
    ]


def _prices(prospect: Prospect, rank: int, refunds: Sequence[int]) -> list[int | None]:
    """A seat kept refunds the price of taking it away, which every plan is charged at first."""
    meetings = len(refunds)
    return [
        rank * (meetings - meeting) - refund * prospect.holds[meeting]
        if prospect.expected[meeting] and not prospect.pinned[meeting]
        else None
        for meeting, refund in enumerate(refunds)
    ]


def _rise(
    prospect: Prospect, settings: RotationSettings, units: Units
) -> Callable[[int, int], int]:
    """What one more open seat adds to the price of the credit after a meeting."""
    temper = settings.temper()
    scales = [
        PER_UNIT * temper.fading ** max(0, meeting - settings.over)
        for meeting in range(len(prospect.credits))
    ]
    served = list(accumulate(prospect.pinned, or_))

    @cache
    def price(meeting: int, had: int) -> int:
        fair = round(scales[meeting] * unfairness(prospect.credits[meeting] - had, temper))
        if had or served[meeting]:
            return fair
        return fair + round(PER_UNIT * _waiting(prospect, meeting, temper.patience))

    @cache
    def rise(meeting: int, had: int) -> int:
        return (price(meeting, had + 1) - price(meeting, had)) * units.cost

    return rise


def _waiting(prospect: Prospect, meeting: int, patience: float) -> float:
    """The price of having had no seat by the end of `meeting`."""
    in_line = FIRST_IN_LINE if prospect.first_in_line else 0.0
    return in_line + IMPATIENCE * max(0.0, prospect.turns_waited[meeting] - patience)


def _price(name: str, price: float | None, usual: float) -> float:
    if price is None:
        return usual
    if not (price >= 0 and math.isfinite(price)):
        raise Invalid(
            "The price of a change is a number from 0 up; 0 always re-plans for fairness alone.",
            code="price_negative",
            pointer=f"/{name}",
        )
    return price
