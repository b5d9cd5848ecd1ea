"""Hotseat's own rotation, as the service runs it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.domain.ledger import HeldMeeting, Standing, advance
from app.domain.rotation import Candidate, RotationSettings, UpcomingMeeting, plan, substitute
from bench.referee.match import View

START = datetime(2030, 1, 7, 18, tzinfo=UTC)


class Hotseat:
    def __init__(self, name: str, settings: RotationSettings) -> None:
        self.name = name
        self._settings = settings
        self._standings: dict[UUID, Standing] = {}
        self._next_seats: dict[UUID, datetime] = {}

    def plan(self, view: View) -> list[list[int]]:
        meetings = [self._upcoming(view, index) for index in range(len(view.expected))]
        seats = plan(_candidates(view.members), self._standings, meetings, self._settings)
        self._next_seats = {}
        planned: list[list[int]] = [[] for _ in meetings]
        for seat in seats:
            index = seat.meeting_id.int - view.now
            planned[index].append(seat.membership_id.int)
            if index:
                self._next_seats.setdefault(seat.membership_id, meetings[index].starts_at)
        return planned

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
