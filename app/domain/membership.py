"""Who belongs to a group, and when: places, effective dates, leaves, the states of a group.

Every date here is a calendar date in the group's zone, and every range includes its last day.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Conflict, Invalid

MIN_MEMBERS = 4
MAX_MEMBERS = 8
PLACES = range(1, MAX_MEMBERS + 1)
MAX_LEAVE_DAYS = 366


class MembershipState(StrEnum):
    """Where a membership stands on a date."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in a group, from `starts_on` to `ends_on` inclusive (None: open-ended)."""

    id: uuid.UUID
    person_id: uuid.UUID
    place: int
    starts_on: dt.date
    ends_on: dt.date | None

    def state_on(self, day: dt.date) -> MembershipState:
        """The state on `day`; the last day of a membership is still `current`."""
        return state_on(self.starts_on, self.ends_on, day)


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave of absence: the member keeps the place and is not expected, `first` to `last`."""

    first: dt.date
    last: dt.date


def state_on(starts_on: dt.date, ends_on: dt.date | None, day: dt.date) -> MembershipState:
    """The state on `day` of a membership with these dates."""
    if day < starts_on:
        return MembershipState.UPCOMING
    if ends_on is not None and day > ends_on:
        return MembershipState.ENDED
    return MembershipState.CURRENT


def check_dates(starts_on: dt.date, ends_on: dt.date | None) -> None:
    """A membership lasts a day at least. Raises Invalid `ends_before_start`."""
    if ends_on is not None and ends_on < starts_on:
        raise Invalid(
            "The last day lies before the first: choose an ends_on on or after starts_on.",
            code="ends_before_start",
            pointer="/ends_on",
            facts={"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()},
        )


def free_place(
    others: Sequence[Membership],
    *,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    today: dt.date,
    wanted: int | None = None,
) -> int:
    """The place for a membership with these dates: `wanted`, or else the lowest that is free.

    `others` are the group's other memberships; ended ones may be among them. A place is free when
    nobody else holds it on any of the days, and when it would not have two upcoming holders: so a
    successor can be booked once the present holder has an `ends_on` before the new `starts_on`.
    To check a change of dates, pass the membership's own place as `wanted`.

    Raises Conflict `group_full` when no place is free, Conflict `place_taken` when others are,
    Invalid `place_out_of_range` for a place that does not exist.
    """
    if wanted is not None and wanted not in PLACES:
        raise Invalid(
            f"A place is a number from 1 to {MAX_MEMBERS}.",
            code="place_out_of_range",
            pointer="/place",
        )
    free = [
        place
        for place in PLACES
        if not any(
            _in_the_way(other, starts_on, ends_on, today)
            for other in others
            if other.place == place
        )
    ]
    if not free:
        raise Conflict(
            f"All {MAX_MEMBERS} places are taken: end a membership before this one starts.",
            code="group_full",
            facts={"max_members": MAX_MEMBERS},
        )
    if wanted is not None and wanted not in free:
        raise Conflict(
            f"Place {wanted} is taken: choose a free one, or leave the place out.",
            code="place_taken",
            pointer="/place",
            facts={"place": wanted, "free": free},
        )
    return free[0] if wanted is None else wanted


def check_person(
    others: Iterable[Membership],
    person_id: uuid.UUID,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None,
    today: dt.date,
) -> None:
    """A person is in a group once at a time, and has one membership to come.

    Raises Conflict `already_member`.
    """
    for other in others:
        if other.person_id == person_id and _in_the_way(other, starts_on, ends_on, today):
            raise Conflict(
                "This person is a member of the group on some of these days already, or is to "
                "come: choose other dates, or change that membership.",
                code="already_member",
                facts={"membership_id": str(other.id)},
            )


Days = tuple[dt.date, dt.date]
"""From the first to the last."""


def check_presence(starts_on: dt.date, ends_on: dt.date | None, present: Days | None) -> None:
    """Whether these dates cover all days on which the member counts as present.

    Conflict `was_present`: what a meeting's record says of somebody can be corrected as long as
    they belong to the group on its day.
    """
    if present is None:
        return
    first, last = present
    if first < starts_on or (ends_on is not None and ends_on < last):
        raise Conflict(
            "This member counts as present at a meeting outside these dates: correct its record "
            "first, or choose dates that cover it.",
            code="was_present",
            facts={"present_first_on": first.isoformat(), "present_last_on": last.isoformat()},
        )


def _in_the_way(
    other: Membership, starts_on: dt.date, ends_on: dt.date | None, today: dt.date
) -> bool:
    both_upcoming = other.starts_on > today and starts_on > today
    return both_upcoming or _overlaps(other, starts_on, ends_on)


def _overlaps(other: Membership, starts_on: dt.date, ends_on: dt.date | None) -> bool:
    starts_too_late = ends_on is not None and other.starts_on > ends_on
    ended_before = other.ends_on is not None and other.ends_on < starts_on
    return not (starts_too_late or ended_before)


def below_minimum(members: int) -> bool:
    """Whether so few current members are left that an active group shows `below_minimum`."""
    return members < MIN_MEMBERS


def check_activation(members: int) -> None:
    """A group starts with four current members at least. Raises Conflict `too_few_members`."""
    if below_minimum(members):
        raise Conflict(
            f"A group needs {MIN_MEMBERS} current members to be activated and has {members}: "
            "add members first.",
            code="too_few_members",
            facts={"members": members, "min_members": MIN_MEMBERS},
        )


def expected_on(membership: Membership, leaves: Iterable[Leave], day: dt.date) -> bool:
    """Whether a meeting on `day` counts on this member: current, and not on leave.

    `leaves` are those of this membership. An announced absence changes nothing here.
    """
    on_leave = any(leave.first <= day <= leave.last for leave in leaves)
    return membership.state_on(day) is MembershipState.CURRENT and not on_leave


def check_leave(leave: Leave, membership: Membership, others: Iterable[Leave]) -> None:
    """Whether `leave` can be added to `membership`, which has `others` already.

    Raises Invalid `leave_ends_before_start`, `leave_too_long` (over 366 days) or
    `leave_outside_membership`, and Conflict `leave_overlaps`.
    """
    if leave.last < leave.first:
        raise Invalid(
            "The last day of the leave lies before the first.",
            code="leave_ends_before_start",
            pointer="/last_on",
        )
    if (leave.last - leave.first).days + 1 > MAX_LEAVE_DAYS:
        raise Invalid(
            f"A leave lasts {MAX_LEAVE_DAYS} days at most: end the membership instead.",
            code="leave_too_long",
            pointer="/last_on",
            facts={"max_days": MAX_LEAVE_DAYS},
        )
    ends_on = membership.ends_on
    if leave.first < membership.starts_on or (ends_on is not None and leave.last > ends_on):
        raise Invalid(
            "A leave lies within the dates of its membership.",
            code="leave_outside_membership",
            facts={
                "starts_on": membership.starts_on.isoformat(),
                "ends_on": ends_on and ends_on.isoformat(),
            },
        )
    for other in others:
        if leave.first <= other.last and other.first <= leave.last:
            raise Conflict(
                "Another leave covers some of these days: delete it, or choose other days.",
                code="leave_overlaps",
                facts={"first": other.first.isoformat(), "last": other.last.isoformat()},
            )
