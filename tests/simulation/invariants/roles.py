"""Who facilitates, keeps time and takes notes: one role each, and a ledger whose sum is zero."""

import math
from collections import Counter

from tests.simulation.diary import THERE, Diary
from tests.simulation.seen import Json, Seen, start_of

ROLES = ("facilitator", "timekeeper", "scribe")
OPEN = {"planned", "announced"}


def the_role_ledger_is_that_of_the_evenings(diary: Diary, seen: Seen) -> None:
    """Whoever was there is due their part of each role, and who had it is charged for all of it."""
    credit: Counter[tuple[str, str]] = Counter()
    for meeting in seen.held():
        own = diary.meeting(meeting["id"])
        there = {who for who, mark in own.marks.items() if mark in THERE}
        for role, holder in _holders(seen.roles[meeting["id"]]).items():
            if holder in there:
                credit.update({(role, who): 1 / len(there) for who in there})  # type: ignore[misc]
                credit[role, holder] -= 1
    for role in ROLES:
        told = [value for (name, _), value in seen.role_ledger.items() if name == role]
        assert math.isclose(sum(told), 0, abs_tol=1e-6), (role, told)
    for key in {*credit, *seen.role_ledger}:
        told_credit = seen.role_ledger.get(key, 0.0)
        assert math.isclose(credit[key], told_credit, abs_tol=1e-6), (key, credit[key], told_credit)


def roles_that_were_taken_over_stay(diary: Diary, seen: Seen) -> None:
    for meeting_id, told in seen.roles.items():
        by_hand = diary.meeting(meeting_id).roles
        assert by_hand.items() <= _holders(told).items(), (told, by_hand)


def next_time_one_role_each_and_away_from_hot_seats(diary: Diary, seen: Seen) -> None:
    """As far as there are enough people for it."""
    for meeting in seen.ahead()[:1]:
        day = diary.day_of(start_of(meeting))
        coming = {member.id for member in diary.coming(meeting["id"], day)}
        seated = {s["membership_id"] for s in seen.seats_of(meeting["id"]) if s["state"] in OPEN}
        holders = list(_holders(seen.roles[meeting["id"]]).values())
        assert coming >= set(holders), (meeting, holders)
        if len(coming) >= len(ROLES):
            assert len(set(holders)) == len(holders) == len(ROLES), (meeting, holders)
        if len(coming - seated) >= len(ROLES):
            assert not seated & set(holders), (meeting, holders)


def _holders(told: Json) -> dict[str, str]:
    return {role: told[role]["membership_id"] for role in ROLES if told[role] is not None}


CHECKS = (
    the_role_ledger_is_that_of_the_evenings,
    roles_that_were_taken_over_stay,
    next_time_one_role_each_and_away_from_hot_seats,
)
