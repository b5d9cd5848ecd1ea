"""Groups and histories for the tests of the rotation. Members are numbered by place, from 1."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from app.domain.ledger import HeldMeeting, Ledger, Standing, advance
from app.domain.rotation import (
    Candidate,
    PlannedSeat,
    RotationSettings,
    UpcomingMeeting,
    plan,
)

START = datetime(2030, 1, 7, 18, tzinfo=UTC)
DEFAULT = RotationSettings()
NAMES = ("", "Ann", "Barfield", "Cleo", "Dan", "Eve", "Finn", "Gil", "Hana")


def member(place: int) -> UUID:
    return UUID(int=place)


def group(size: int, weights: Mapping[int, float] | None = None) -> list[Candidate]:
    return [
        Candidate(member(place), place, (weights or {}).get(place, 1.0), NAMES[place])
        for place in range(1, size + 1)
    ]


def standings(credits_: Sequence[float]) -> dict[UUID, Standing]:
    return {member(place): Standing(credit=credit) for place, credit in enumerate(credits_, 1)}


def upcoming(
    week: int,
    expected: Iterable[int],
    seats: int = 1,
    *,
    pinned: Sequence[int] = (),
    holders: Sequence[int] = (),
    away: Iterable[int] = (),
) -> UpcomingMeeting:
    return UpcomingMeeting(
        id=UUID(int=1000 + week),
        starts_at=START + timedelta(weeks=week),
        seats=seats,
        expected=frozenset(map(member, expected)),
        pinned=tuple(map(member, pinned)),
        holders=tuple(map(member, holders)),
        away=frozenset(map(member, away)),
    )


def weeks(count: int, size: int, seats: int = 1) -> list[UpcomingMeeting]:
    """`count` meetings with everybody there."""
    return [upcoming(week, range(1, size + 1), seats) for week in range(count)]


def seated(seats: Collection[PlannedSeat], meeting: UpcomingMeeting) -> list[int]:
    """The places of those who sit at `meeting`, in the order of the evening."""
    evening = [seat for seat in seats if seat.meeting_id == meeting.id]
    return [seat.membership_id.int for seat in sorted(evening, key=lambda seat: seat.order)]


def by_week(seats: Collection[PlannedSeat], meetings: Iterable[UpcomingMeeting]) -> list[list[int]]:
    return [seated(seats, meeting) for meeting in meetings]


def published(
    meetings: Sequence[UpcomingMeeting], seats: Collection[PlannedSeat]
) -> list[UpcomingMeeting]:
    """The same meetings, once the plan is published."""
    return [
        upcoming(
            meeting.id.int - 1000,
            [expected.int for expected in meeting.expected],
            meeting.seats,
            pinned=[pinned.int for pinned in meeting.pinned],
            holders=seated(seats, meeting),
        )
        for meeting in meetings
    ]


def hold(
    before: Ledger, candidates: Collection[Candidate], meeting: UpcomingMeeting, who: Iterable[int]
) -> dict[UUID, Standing]:
    """The ledger after `meeting` was held as expected, with the hot seats of `who`."""
    weights = {candidate.id: candidate.weight for candidate in candidates}
    held = HeldMeeting(
        meeting.id, meeting.starts_at, meeting.expected, tuple(map(member, who)), weights
    )
    return advance(before, held)


def random_meetings(random: Random, count: int, size: int, seats: int) -> list[UpcomingMeeting]:
    """Presence in spells, a joiner and a leaver: all of it known ahead."""
    places = range(1, size + 1)
    joins = {place: random.choice([0, 0, 0, random.randrange(count)]) for place in places}
    leaves = {place: random.choice([count] * 3 + [random.randrange(count)]) for place in places}
    away = {
        (place, week + more)
        for place in places
        for week in range(count)
        if random.random() < 0.08
        for more in range(random.randint(1, 4))
    }
    return [
        upcoming(
            week,
            [
                place
                for place in places
                if joins[place] <= week < leaves[place] and (place, week) not in away
            ],
            seats,
        )
        for week in range(count)
    ]


def rolling_plan(
    candidates: Sequence[Candidate],
    meetings: Sequence[UpcomingMeeting],
    *,
    ahead: int = 12,
    cancelled: Collection[int] = (),
) -> list[tuple[list[int], dict[UUID, Standing]]]:
    """Plan `ahead` meetings, hold the first of them, publish, plan again; and so on. For each
    meeting, who had a seat (or would have, where it was `cancelled`) and the ledger after it.
    """
    ledger: dict[UUID, Standing] = {}
    outcome = []
    in_line: set[int] = set()
    window = list(meetings[:ahead])
    for index, meeting in enumerate(meetings):
        members = [replace(who, first_in_line=who.place in in_line) for who in candidates]
        seats = plan(members, ledger, window, DEFAULT)
        who = seated(seats, meeting)
        if index in cancelled:
            in_line |= set(who)
        else:
            in_line -= set(who)
            ledger = hold(ledger, candidates, meeting, who)
        outcome.append((who, ledger))
        later = meetings[index + ahead : index + ahead + 1]
        window = [*published(window[1:], seats), *later]
    return outcome
