"""All that the model knows, and what time does to it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from tests.state_machine.commitments import Commitment
from tests.state_machine.groups import Group
from tests.state_machine.hot_seats import Seat
from tests.state_machine.meetings import Meeting
from tests.state_machine.memberships import Membership


@dataclass
class Model:
    """One workspace, everything by its id. Everybody lives where UTC is the time."""

    now: datetime
    people: list[str] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.date()

    def members(self, group: Group) -> int:
        return sum(
            membership.group is group and membership.state(self.today) == "current"
            for membership in self.memberships.values()
        )

    def others(self, group: Group, besides: Membership | None = None) -> list[Membership]:
        return [
            membership
            for membership in self.memberships.values()
            if membership.group is group and membership is not besides
        ]

    def beside(self, seat: Seat) -> list[Seat]:
        return [each for each in self.seats.values() if each.meeting is seat.meeting]

    def follow(self, group: Group) -> None:
        """The group's meetings follow a change of its state."""
        for meeting in self.meetings.values():
            if meeting.group is group:
                meeting.follow_group(self.now)

    def pass_time(self, now: datetime) -> None:
        """A worker has done all that is due by now."""
        self.now = now
        for group in self.groups.values():
            before = (group.state, group.paused_from)
            group.pass_time(self.today)
            if (group.state, group.paused_from) != before:
                self.follow(group)
        for meeting in self.meetings.values():
            meeting.pass_time(now)
        self.count_present()

    def count_present(self) -> None:
        """Of the meetings that are history now, every member of that day counts as present."""
        for meeting in self.meetings.values():
            if not meeting.has_counted:
                meeting.has_counted, day = True, meeting.starts_at.date()
                for member in self.others(meeting.group):
                    if member.covers(day):
                        member.present_on.add(day)
