"""Memberships: one of eight places, from a day to a day. Verbs change what they accept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tests.state_machine.groups import Group
from tests.state_machine.verdicts import DONE, Verdict, conflict, invalid

PLACES = range(1, 9)


@dataclass
class Membership:
    """`called_off`: it ended before it began. `present_on`: the days of meetings that count them as
    present.
    """

    id: str
    group: Group
    person: str
    place: int
    starts_on: date
    ends_on: date | None = None
    called_off: bool = False
    present_on: set[date] = field(default_factory=set)

    def covers(self, day: date) -> bool:
        return not self.called_off and _overlap((self.starts_on, self.ends_on), (day, day))

    def state(self, today: date) -> str:
        if self.called_off or (self.ends_on is not None and self.ends_on < today):
            return "ended"
        return "upcoming" if today < self.starts_on else "current"

    def end(self, on: date | None, others: Sequence["Membership"], today: date) -> Verdict:
        """Set the last day; without one, what lies ahead is called off."""
        if self.state(today) == "ended":
            return conflict("membership_ended")
        if on is None and self.state(today) == "upcoming":
            self.ends_on, self.called_off = today, True
            return DONE
        return self.change(self.place, on or today, others, today)

    def change(
        self, place: int, ends_on: date | None, others: Sequence["Membership"], today: date
    ) -> Verdict:
        """Another place, another last day."""
        if (place, ends_on) == (self.place, self.ends_on):
            return DONE
        if self.state(today) == "ended":
            return conflict("membership_ended")
        found = place_for(self.person, (self.starts_on, ends_on), others, today, wanted=place)
        if isinstance(found, Verdict):
            return found
        if ends_on is not None and any(day > ends_on for day in self.present_on):
            return conflict("was_present")
        self.place, self.ends_on = place, ends_on
        return DONE


Days = tuple[date, date | None]


def place_for(
    person: str,
    days: Days,
    others: Sequence[Membership],
    today: date,
    *,
    wanted: int | None = None,
) -> int | Verdict:
    """The place that somebody gets on these days, or why they get none.

    `others` are the other memberships of the group. Nobody is in a group twice at a time, a place
    has one holder a day, and both have one membership to come.
    """
    starts_on, ends_on = days
    if ends_on is not None and ends_on < starts_on:
        return invalid("ends_before_start")
    there = [other for other in others if not other.called_off]
    there = [
        other
        for other in there
        if _overlap(days, _days(other)) or (starts_on > today and other.starts_on > today)
    ]
    if any(other.person == person for other in there):
        return conflict("already_member")
    taken = {other.place for other in there}
    free = [place for place in PLACES if place not in taken]
    if not free:
        return conflict("group_full")
    if wanted is not None and wanted in taken:
        return conflict("place_taken")
    return free[0] if wanted is None else wanted


def _days(membership: Membership) -> Days:
    return membership.starts_on, membership.ends_on


def _overlap(one: Days, other: Days) -> bool:
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)
