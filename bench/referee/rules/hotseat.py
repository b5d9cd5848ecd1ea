"""Hotseat's own rotation, as the service runs it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.domain.ledger import HeldMeeting, Standing, advance
from app.domain.rotation import (
    Candidate,
    RotationSettings,
    UpcomingMeeting,
    seating,
    substitute,
)
from app.domain.rotation_costs import DEFAULT, Temper
from bench.referee.match import View

Question = tuple[list[Candidate], dict[UUID, Standing], list[UpcomingMeeting], RotationSettings]

START = datetime(2030, 1, 7, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Tempered(RotationSettings):
    """Settings with a temper that the service does not offer."""

    own: Temper = DEFAULT

    def temper(self) -> Temper:
        return self.own


FIRST_DESIGN = Temper(
    price_announced=10,
    price_planned=2,
    kink=0.98,
    square=4000,
    linear=2000,
    fading=1,
    patience=math.inf,
)
"""The prototype's: lower prices of changes, forecasts that don't fade, and no limit to patience."""


class Hotseat:
    name = "Hotseat"

    def __init__(self, settings: RotationSettings) -> None:
        self._settings = settings
        self._standings: dict[UUID, Standing] = {}
        self._next_seats: dict[UUID, datetime] = {}

    def plan(self, view: View) -> list[list[int]]:
        question = self.question(view)
        meetings = question[2]
        planned = seating(*question)
        self._next_seats = {}
        for meeting, seated in zip(meetings[1:], planned[1:], strict=True):
            for who in seated:
                self._next_seats.setdefault(who, meeting.starts_at)
        return [sorted(who.int for who in seated) for seated in planned]

    def question(self, view: View) -> Question:
        """What the service's planning asks the rotation."""
        meetings = [self._upcoming(view, index) for index in range(len(view.expected))]
        return _candidates(view.members), self._standings, meetings, self._settings

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        present = [member for member in _candidates(view.members) if member.id.int in there]
        found = substitute(present, _ids(seated), self._standings, self._next_seats)
        if found is None:
            raise ValueError("nobody is left to take the seat")
        return found.id.int

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        meeting = HeldMeeting(
            UUID(int=view.now), _day(view.now), frozenset(_ids(there)), _ids(seated)
        )
        self._standings = advance(self._standings, meeting)

    def _upcoming(self, view: View, index: int) -> UpcomingMeeting:
        urgent = [view.urgent] if view.urgent is not None and index == 0 else []
        expected = frozenset(_ids(view.expected[index]))
        return UpcomingMeeting(
            id=UUID(int=view.now + index),
            starts_at=_day(view.now + index),
            seats=view.seats,
            expected=expected,
            pinned=_ids(urgent),
            holders=_ids(view.published[index]),
            away=frozenset(_ids(view.members)) - expected,
        )


def _candidates(members: Sequence[int]) -> list[Candidate]:
    return [Candidate(UUID(int=who), place) for place, who in enumerate(members, start=1)]


def _ids(members: Sequence[int]) -> tuple[UUID, ...]:
    return tuple(UUID(int=who) for who in members)


def _day(meeting: int) -> datetime:
    return START + timedelta(weeks=meeting)
