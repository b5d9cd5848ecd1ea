"""One planned meeting as it will look on its day, if all goes to plan: who sits in which order,
and the facts behind each seat.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from app.domain.ledger import NEWCOMER, Ledger, Standing
from app.domain.rotation_outlook import Candidate, UpcomingMeeting
from app.domain.rotation_reasons import Rival, SeatFacts

SAME_CREDIT = 1e-9
"""Credits that differ by less are equal: it is rounding."""


@dataclass(frozen=True, slots=True)
class Evening:
    """`members` are all candidates in the order of their places, `standings` those before the
    meeting; `seated` are its hot seats. `due` is the credit of each expected member with this
    meeting's share, before a seat is charged. `next_best` is whoever is due most of those without
    a seat; `missed` are those who are away, and have a name. `patience` is the group's, in turns of
    as many meetings as `turns` says of each member.
    """

    meeting: UpcomingMeeting
    members: Sequence[Candidate]
    standings: Ledger
    seated: AbstractSet[UUID]
    due: Mapping[UUID, float]
    next_best: Candidate | None
    missed: Sequence[Candidate]
    turns: Mapping[UUID, int]
    patience: float

    @classmethod
    def of(
        cls,
        meeting: UpcomingMeeting,
        members: Sequence[Candidate],
        standings: Ledger,
        seated: AbstractSet[UUID],
        shares: Mapping[UUID, float],
        turns: Mapping[UUID, int],
        patience: float,
    ) -> "Evening":
        due = {
            member: standings.get(member, NEWCOMER).credit + share
            for member, share in shares.items()
        }
        unseated = [other for other in members if other.id in due and other.id not in seated]
        return cls(
            meeting=meeting,
            members=members,
            standings=standings,
            seated=seated,
            due=due,
            next_best=max(unseated, key=lambda other: due[other.id], default=None),
            missed=[other for other in members if other.name and other.id in meeting.away],
            turns=turns,
            patience=patience,
        )

    def running_order(self) -> list[Candidate]:
        """As published as far as it was; then whoever is due most, so that an evening that runs
        out of time takes the seat of the one who is due least.
        """
        holders = {holder: order for order, holder in enumerate(self.meeting.holders)}
        return sorted(
            (member for member in self.members if member.id in self.seated),
            key=lambda member: (
                holders.get(member.id, len(holders)),
                -round(self.due[member.id], 9),
            ),
        )

    def facts(
        self, member: Candidate, *, earlier: Sequence["Evening"], later: Sequence["Evening"]
    ) -> SeatFacts:
        standing = self._standing(member)
        return SeatFacts(
            due=self.due[member.id],
            waited=standing.waited,
            pinned=member.id in self.meeting.pinned,
            first_in_line=self._makes_amends(member, earlier),
            published=member.id in self.meeting.holders,
            away_next=_missed_in_a_row(member, later),
            outlasted=self._outlasted(member),
            rival=self._rival(member, later),
            away=[
                other.name
                for other in self.missed
                if self._standing(other).credit > standing.credit + SAME_CREDIT
            ],
        )

    def _makes_amends(self, member: Candidate, earlier: Sequence["Evening"]) -> bool:
        """Whether this is the first seat that a member who is first in line has as such."""
        return member.is_first_in_line_at(self.meeting.starts_at) and not any(
            member.id in evening.seated
            for evening in earlier
            if member.is_first_in_line_at(evening.meeting.starts_at)
        )

    def _rival(self, member: Candidate, later: Sequence["Evening"]) -> Rival | None:
        """Whoever is due most of those without a seat, if that is more than `member` is due."""
        rival = self.next_best
        if rival is None or self.due[rival.id] <= self.due[member.id] + SAME_CREDIT:
            return None
        wait = (after for after, evening in enumerate(later, 1) if rival.id in evening.seated)
        return Rival(name=rival.name, due=self.due[rival.id], follows_in=next(wait, None))

    def _outlasted(self, member: Candidate) -> float | None:
        waited = (self._standing(member).waited + 1) / self.turns[member.id]
        return self.patience if waited > self.patience else None

    def _standing(self, member: Candidate) -> Standing:
        return self.standings.get(member.id, NEWCOMER)


def _missed_in_a_row(member: Candidate, evenings: Sequence[Evening]) -> int:
    for count, evening in enumerate(evenings):
        if member.id in evening.due:
            return count
    return len(evenings)
