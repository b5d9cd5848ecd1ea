"""All that the rotation remembers of a group's held meetings: hot seats, speaking, roles.

One is stored with every held meeting, so that planning reads one row and not the history. It is
derived and never edited: folding the history again (`fold`) gives the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.ledger import (
    NEWCOMER,
    HeldMeeting,
    Ledger,
    Standing,
    advance,
    credit_on_return,
)
from app.domain.roles import HeldRoles, Role, RoleCredits, advance_roles
from app.domain.speaking_order import SpeakingRecord, record_round

BrokenTurn = tuple[UUID, datetime]
"""A member who had been told of a hot seat, and when it would have been."""


@dataclass(frozen=True, slots=True)
class HeldEvening:
    """What a held meeting leaves behind for the rotation.

    `spoke` are those present in the order of the evening's rounds. `owed` had an announced hot
    seat that did not take place or was interrupted: they are first in line.
    """

    meeting: HeldMeeting
    spoke: tuple[UUID, ...] = ()
    roles: Mapping[Role, UUID] = field(default_factory=dict)
    owed: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the rotation after a held meeting.

    `first_in_line_from` has those of `first_in_line` whose hot seat was called off, and when that
    would have been (`with_owed`). It is no part of what is stored: meetings come and go.
    """

    standings: Ledger = field(default_factory=dict)
    speaking: SpeakingRecord = field(default_factory=SpeakingRecord)
    roles: RoleCredits = field(default_factory=dict)
    first_in_line: frozenset[UUID] = frozenset()
    first_in_line_from: Mapping[UUID, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What members start with.

    `credits`: what each brought along into a group that came with a history. `before`: of whoever
    came back, the membership that they had last.
    """

    credits: Mapping[UUID, float] = field(default_factory=dict)
    before: Mapping[UUID, UUID] = field(default_factory=dict)

    def credit(self, member: UUID, standings: Ledger) -> float:
        """What `member` starts with, where `standings` are those of all who were there before.

        It follows from what they left with, so that a correction of back then reaches it.
        """
        brought, before = self.credits.get(member, 0.0), self.before.get(member)
        if brought or before is None:
            return brought
        left = standings[before].credit if before in standings else self.credit(before, standings)
        return credit_on_return(left)


def fold(
    evenings: Sequence[HeldEvening], opening: Opening, checkpoint: Checkpoint | None = None
) -> Iterator[Checkpoint]:
    """The checkpoint after each held meeting of a history in order of time.

    `checkpoint` is the one before the first of them, if any were held earlier.
    """
    checkpoint = checkpoint or Checkpoint()
    for evening in evenings:
        known = with_newcomers(checkpoint, opening, evening.meeting.present)
        checkpoint = advance_checkpoint(known, evening)
        yield checkpoint


def with_newcomers(
    checkpoint: Checkpoint, opening: Opening, members: Collection[UUID]
) -> Checkpoint:
    """The checkpoint with what those of `members` start with whom it does not know yet."""
    standings = checkpoint.standings
    credits_ = {
        member: opening.credit(member, standings) for member in members if member not in standings
    }
    started = {
        member: Standing(credit=credit, largest_credit=abs(credit))
        for member, credit in credits_.items()
        if credit
    }
    return replace(checkpoint, standings={**started, **standings})


def with_owed(
    checkpoint: Checkpoint, broken: Collection[BrokenTurn], tonight: Collection[UUID]
) -> Checkpoint:
    """The checkpoint with those first in line, too, whose hot seat the ledger does not know of.

    `broken`: the hot seats of meetings that were called off or lapsed; one that the member has had
    since then settles them. `tonight`: those whose hot seat did not take place in a meeting that
    still runs.
    """
    since: dict[UUID, datetime] = {}
    for member, at in broken:
        had = checkpoint.standings.get(member, NEWCOMER).last_seat_at
        if had is None or had < at:
            since[member] = min(at, since.get(member, at))
    at_once = checkpoint.first_in_line.union(tonight)
    return replace(
        checkpoint,
        first_in_line=at_once.union(since),
        first_in_line_from={who: at for who, at in since.items() if who not in at_once},
    )


def advance_checkpoint(checkpoint: Checkpoint, evening: HeldEvening) -> Checkpoint:
    """The checkpoint after one more held meeting.

    Raises Invalid as `ledger.advance`, `record_round` and `advance_roles` do.
    """
    seated = frozenset(evening.meeting.seated)
    roles = {role: who for role, who in evening.roles.items() if who in set(evening.spoke)}
    return Checkpoint(
        standings=advance(checkpoint.standings, evening.meeting),
        speaking=record_round(checkpoint.speaking, evening.spoke),
        roles=advance_roles(checkpoint.roles, HeldRoles(frozenset(evening.spoke), roles)),
        first_in_line=(checkpoint.first_in_line | evening.owed) - seated,
    )


def checkpoint_to_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """The checkpoint as JSON values; ids in hexadecimal."""
    speaking = checkpoint.speaking
    return {
        "standings": {
            member.hex: asdict(standing)
            | {"last_seat_at": standing.last_seat_at and standing.last_seat_at.isoformat()}
            for member, standing in checkpoint.standings.items()
        },
        "first": {member.hex: value for member, value in speaking.first.items()},
        "last": {member.hex: value for member, value in speaking.last.items()},
        "position": [[who.hex, at, value] for (who, at), value in speaking.position.items()],
        "following": [
            [later.hex, earlier.hex, value]
            for (later, earlier), value in speaking.following.items()
        ],
        "roles": [[who.hex, role.value, value] for (who, role), value in checkpoint.roles.items()],
        "first_in_line": sorted(member.hex for member in checkpoint.first_in_line),
    }


def checkpoint_from_json(stored: Mapping[str, Any]) -> Checkpoint:
    """The inverse of `checkpoint_to_json`."""
    return Checkpoint(
        standings={UUID(who): _standing(values) for who, values in stored["standings"].items()},
        speaking=SpeakingRecord(
            first={UUID(who): value for who, value in stored["first"].items()},
            last={UUID(who): value for who, value in stored["last"].items()},
            position={(UUID(who), at): value for who, at, value in stored["position"]},
            following={
                (UUID(later), UUID(earlier)): value for later, earlier, value in stored["following"]
            },
        ),
        roles={(UUID(who), Role(role)): value for who, role, value in stored["roles"]},
        first_in_line=frozenset(UUID(who) for who in stored["first_in_line"]),
    )


def _standing(values: Mapping[str, Any]) -> Standing:
    at = values["last_seat_at"]
    return Standing(**{**values, "last_seat_at": datetime.fromisoformat(at) if at else None})
