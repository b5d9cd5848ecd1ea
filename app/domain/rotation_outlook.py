"""What is known ahead of the coming meetings: who is expected, and what each will be due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Invalid
from app.domain.fair_share import shares
from app.domain.ledger import NEWCOMER, HeldMeeting, Ledger, turn


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who may be seated. `place` (1–8) decides ties; `name` is for the reasons only.

    `first_in_line`: their announced hot seat was not held, or was interrupted, and they have
    not had one since. That counts from the next meeting on, or if it was called off ahead, from
    `first_in_line_from`, when it would have been.
    """

    id: UUID
    place: int
    weight: float = 1.0
    name: str = ""
    first_in_line: bool = False
    first_in_line_from: datetime | None = None

    def is_first_in_line_at(self, starts_at: datetime) -> bool:
        """Whether they come before everybody else at a meeting that starts then."""
        since = self.first_in_line_from
        return self.first_in_line and (since is None or since <= starts_at)


@dataclass(frozen=True, slots=True)
class UpcomingMeeting:
    """A meeting to plan, with `seats` hot seats, or as many as there are `expected` members.

    `expected` are the candidates who are members by then, not on leave and not announced absent;
    `away` are those who are on leave or announced absent, and serve the reasons only.
    `pinned` have a seat that is fixed: swapped, urgent, or set by an organizer.
    `holders` have a seat as last published, in the order of the evening.
    """

    id: UUID
    starts_at: datetime
    seats: int
    expected: frozenset[UUID]
    pinned: tuple[UUID, ...] = ()
    holders: tuple[UUID, ...] = ()
    away: frozenset[UUID] = frozenset()

    @property
    def hot_seats(self) -> int:
        return min(self.seats, len(self.expected))

    @property
    def open_seats(self) -> int:
        return self.hot_seats - len(self.pinned)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What lies ahead of one member, meeting by meeting, before any open seat is given.

    `credits` are theirs after each meeting, if they had no seats but those that are `pinned`;
    `holds` says where a published seat is theirs. `first_in_line`: from the first meeting on.
    `turns_waited`, after each meeting too, are the meetings that they will have attended since
    their last hot seat, divided by `⌈1/p⌉`: the meetings in which they are due one, if everybody
    comes (`⌈members/seats⌉` with equal weights).
    """

    credits: Sequence[float]
    turns_waited: Sequence[float]
    expected: Sequence[bool]
    pinned: Sequence[bool]
    holds: Sequence[bool]
    first_in_line: bool


def prospects(
    members: Sequence[Candidate],
    standings: Ledger,
    meetings: Sequence[UpcomingMeeting],
    due: Sequence[Mapping[UUID, float]],
) -> list[Prospect]:
    """One for each of `members`, in their order; `due` are the shares at each meeting."""
    holders = [frozenset(meeting.holders) for meeting in meetings]
    turns = turns_of(members, meetings)
    return [
        Prospect(
            credits=_credits(member.id, standings.get(member.id, NEWCOMER).credit, meetings, due),
            turns_waited=_turns_waited(
                member.id, standings.get(member.id, NEWCOMER).waited, meetings, turns
            ),
            expected=[member.id in meeting.expected for meeting in meetings],
            pinned=[member.id in meeting.pinned for meeting in meetings],
            holds=[member.id in holding for holding in holders],
            first_in_line=bool(meetings) and member.is_first_in_line_at(meetings[0].starts_at),
        )
        for member in members
    ]


def shares_at(meeting: UpcomingMeeting, members: Collection[Candidate]) -> dict[UUID, float]:
    """What each expected member will be due at `meeting`, if all come and all seats are held.

    Raises Invalid: `unknown_member`, `pinned_absent`, `pinned_twice`, `too_many_pinned` if the
    meeting contradicts itself, and what `shares` raises.
    """
    _check(meeting, {member.id for member in members})
    weights = {member.id: member.weight for member in members if member.id in meeting.expected}
    return shares(weights, meeting.seats)


def as_if_held(
    meeting: UpcomingMeeting, members: Collection[Candidate], seated: Sequence[UUID]
) -> HeldMeeting:
    """`meeting` as the ledger will see it, if all goes to plan."""
    return HeldMeeting(
        id=meeting.id,
        starts_at=meeting.starts_at,
        present=meeting.expected,
        seated=tuple(seated),
        weights={member.id: member.weight for member in members},
    )


def _credits(
    member: UUID,
    credit: float,
    meetings: Sequence[UpcomingMeeting],
    due: Sequence[Mapping[UUID, float]],
) -> list[float]:
    after = []
    for meeting, shared in zip(meetings, due, strict=True):
        credit += shared.get(member, 0.0) - (member in meeting.pinned)
        after.append(credit)
    return after


def turns_of(
    members: Sequence[Candidate], meetings: Sequence[UpcomingMeeting]
) -> dict[int, dict[UUID, int]]:
    """For each number of hot seats, in how many such meetings each member is due one."""
    weights = {member.id: member.weight for member in members}
    return {
        seats: {member: turn(share) for member, share in shares(weights, seats).items()}
        for seats in {meeting.seats for meeting in meetings if meeting.seats}
    }


def _turns_waited(
    member: UUID,
    waited: int,
    meetings: Sequence[UpcomingMeeting],
    turns: Mapping[int, Mapping[UUID, int]],
) -> list[float]:
    after = []
    for meeting in meetings:
        waited += member in meeting.expected
        after.append(waited / turns[meeting.seats][member] if meeting.seats else 0.0)
    return after


def _check(meeting: UpcomingMeeting, known: set[UUID]) -> None:
    pinned = set(meeting.pinned)
    if meeting.expected - known:
        _refuse(meeting, "unknown_member", "Whoever is expected must be one of the candidates.")
    if pinned - meeting.expected:
        _refuse(meeting, "pinned_absent", "Free the seats of those who are not expected first.")
    if len(pinned) < len(meeting.pinned):
        _refuse(meeting, "pinned_twice", "Fix at most one seat for each member in a meeting.")
    if pinned and meeting.open_seats < 0:
        _refuse(meeting, "too_many_pinned", "Fix no more seats than the meeting has.")


def _refuse(meeting: UpcomingMeeting, code: str, detail: str) -> None:
    raise Invalid(detail, code=code, facts={"meeting_id": str(meeting.id)})
