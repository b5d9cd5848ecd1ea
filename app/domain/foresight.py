"""What a plan leads to: the hot seats of the coming meetings, and the ledger after each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.checkpoint import Checkpoint
from app.domain.evenings import Evening, Member, candidates_of, upcoming
from app.domain.ledger import NEWCOMER, Ledger, advance
from app.domain.rotation import PlannedSeat, RotationSettings, UpcomingMeeting, forecast, plan
from app.domain.rotation_outlook import as_if_held


@dataclass(frozen=True, slots=True)
class Foresight:
    """`ledgers` are those after each of `meetings`, if all goes to plan."""

    meetings: tuple[UpcomingMeeting, ...]
    seats: tuple[PlannedSeat, ...]
    ledgers: tuple[Ledger, ...]

    def least_credit(self, meeting_id: UUID, membership_id: UUID) -> float:
        """The least that a member's credit will be after one of the meetings, and after each later
        one in which a hot seat of theirs is fixed: those are charged, too, whatever comes.
        """
        start = next(i for i, meeting in enumerate(self.meetings) if meeting.id == meeting_id)
        return min(
            self.ledgers[index].get(membership_id, NEWCOMER).credit
            for index, meeting in enumerate(self.meetings)
            if index == start or (index > start and membership_id in meeting.pinned)
        )


def foresee(
    members: Sequence[Member],
    evenings: Sequence[Evening],
    checkpoint: Checkpoint,
    settings: RotationSettings,
) -> Foresight:
    """Plan `evenings`, given in order of time, and look where that leads."""
    candidates = candidates_of(members, checkpoint)
    meetings = tuple(upcoming(evening, members) for evening in evenings)
    seats = plan(candidates, checkpoint.standings, meetings, settings)
    ledgers = forecast(candidates, checkpoint.standings, meetings, seats)
    return Foresight(meetings, seats, ledgers)


def as_it_stands(
    members: Sequence[Member], evenings: Sequence[Evening], checkpoint: Checkpoint
) -> tuple[Ledger, ...]:
    """The ledger after each of `evenings`, if their holders have the hot seats they hold now."""
    candidates = candidates_of(members, checkpoint)
    standings, ledgers = checkpoint.standings, []
    for evening in evenings:
        meeting = upcoming(evening, members)
        standings = advance(standings, as_if_held(meeting, candidates, meeting.holders))
        ledgers.append(standings)
    return tuple(ledgers)
