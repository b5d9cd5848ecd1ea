"""One planned meeting as it will look on its day, if all goes to plan: who sits in which order,
and the facts behind each seat.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import takewhile
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
    meeting's share, before a seat is charged.
    """

    meeting: UpcomingMeeting
    members: Sequence[Candidate]
    standings: Ledger
    seated: AbstractSet[UUID]
    due: Mapping[UUID, float]

    @classmethod
    def of(
        cls,
        meeting: UpcomingMeeting,
        members: Sequence[Candidate],
        standings: Ledger,
        seated: AbstractSet[UUID],
        shares: Mapping[UUID, float],
    ) -> "Evening":
        due = {
            member: standings.get(member, NEWCOMER).credit + share
            for member, share in shares.items()
        }
        return cls(meeting, members, standings, seated, due)

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
        seated_before = any(member.id in evening.seated for evening in earlier)
        return SeatFacts(
            due=self.due[member.id],
            waited=self._standing(member).waited,
            pinned=member.id in self.meeting.pinned,
            first_in_line=member.first_in_line and not seated_before,
            published=member.id in self.meeting.holders,
            away_next=len(list(takewhile(lambda evening: member.id not in evening.due, later))),
            rival=self._rival(member, later),
            away=self._away(member),
        )

    def _rival(self, member: Candidate, later: Sequence["Evening"]) -> Rival | None:
        """Whoever is due most of those without a seat, if that is more than `member` is due."""
        without = self.due.keys() - self.seated
        unseated = [other for other in self.members if other.id in without]
        rival = max(unseated, key=lambda other: self.due[other.id], default=member)
        if self.due[rival.id] <= self.due[member.id] + SAME_CREDIT:
            return None
        wait = (after for after, evening in enumerate(later, 1) if rival.id in evening.seated)
        return Rival(name=rival.name, due=self.due[rival.id], follows_in=next(wait, None))

    def _away(self, member: Candidate) -> list[str]:
        """The names of those who are away, and would have had the better claim."""
        credit = self._standing(member).credit + SAME_CREDIT
        return [
            other.name
            for other in self.members
            if other.id in self.meeting.away
            and other.name
            and self._standing(other).credit > credit
        ]

    def _standing(self, member: Candidate) -> Standing:
        return self.standings.get(member.id, NEWCOMER)
