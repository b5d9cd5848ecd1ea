"""Who facilitates, keeps time and takes notes tonight: the ledger idea of hot seats, by role.

At each held meeting, every role that somebody had is shared equally among those present, and
charged to the one who had it. Tonight's roles go to those with the most credit, one role each,
and away from hot seats: nobody can be in one and keep the time for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations, product
from uuid import UUID

from app.domain.errors import Invalid


class Role(StrEnum):
    FACILITATOR = "facilitator"
    TIMEKEEPER = "timekeeper"
    SCRIBE = "scribe"


ROLES = tuple(Role)

RoleCredits = Mapping[tuple[UUID, Role], float]
"""What each member was due of each role minus what they did of it; what is not named is 0."""


@dataclass(frozen=True, slots=True)
class HeldRoles:
    """Who was there at a held meeting, and who had which role. A coach who is no member and
    has a role is left out, and so is the role.
    """

    present: frozenset[UUID]
    roles: Mapping[Role, UUID]


def role_credits(history: Sequence[HeldRoles]) -> dict[tuple[UUID, Role], float]:
    """Raises Invalid: `role_absent`."""
    earned: dict[tuple[UUID, Role], float] = {}
    for meeting in history:
        earned = advance_roles(earned, meeting)
    return earned


def advance_roles(before: RoleCredits, meeting: HeldRoles) -> dict[tuple[UUID, Role], float]:
    """The credits after one more held meeting. Raises Invalid: `role_absent`."""
    after = dict(before)
    for role, holder in meeting.roles.items():
        if holder not in meeting.present:
            raise Invalid(
                "Whoever had a role was there: mark them present, or take the role back.",
                code="role_absent",
                pointer=f"/roles/{role}",
                facts={"membership_id": str(holder)},
            )
        share = 1 / len(meeting.present)
        for member in meeting.present:
            after[member, role] = after.get((member, role), 0.0) + share - (member == holder)
    return after


def assign_roles(
    present: Sequence[UUID],
    earned: RoleCredits,
    *,
    avoid: Collection[UUID] = (),
    roles: Sequence[Role] = ROLES,
) -> dict[Role, UUID]:
    """Tonight's `roles` among `present`, who come in the order of their places: ties go to the
    first of them. No roles if nobody is there.

    Nobody gets a second role before everybody has one. `avoid` are tonight's hot-seat holders:
    they get a role only if there are too few others. Then, those with the most credit get them,
    in the role and in all roles together.
    """
    if not present:
        return {}
    in_all = {member: sum(earned.get((member, role), 0.0) for role in Role) for member in present}
    claims = {
        (member, role): earned.get((member, role), 0.0) + in_all[member]
        for member in present
        for role in roles
    }

    def burden(holders: tuple[UUID, ...]) -> tuple[int, int, float]:
        beside_a_hot_seat = sum(member in avoid for member in holders)
        claim = sum(claims[pair] for pair in zip(holders, roles, strict=True))
        return -len(set(holders)), beside_a_hot_seat, -round(claim, 9)

    others = [member for member in present if member not in avoid]
    # With enough others, whoever has a second role or a hot seat is out of the question.
    enough = len(others) >= len(roles)
    choices = permutations(others, len(roles)) if enough else product(present, repeat=len(roles))
    best = min(choices, key=burden)
    return dict(zip(roles, best, strict=True))
