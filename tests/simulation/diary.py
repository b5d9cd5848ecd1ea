"""What the simulation did, in its own words: the group as it must be, without asking the service.

Days are dates in the group's zone, ids are those of the API. Nothing here calls anything.
"""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.simulation.acts import Promise

THERE = {"present", "late", "left_early"}
AWAY = {"absent", "no_show"}
SEATS_OF_MINUTES = {60: 2, 90: 3, 120: 4}
"""Hot seats of the templates that come with the service."""


@dataclass
class Member:
    """A place in the group. `before`: the place that its person had last, if any."""

    id: str
    person_id: str
    time_zone: str
    place: int
    starts_on: dt.date
    ends_on: dt.date | None = None
    weight: float = 1.0
    before: str | None = None
    leaves: dict[str, tuple[dt.date, dt.date]] = field(default_factory=dict)

    def belongs_on(self, day: dt.date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def on_leave(self, day: dt.date) -> bool:
        return any(first <= day <= last for first, last in self.leaves.values())

    def expected_on(self, day: dt.date) -> bool:
        return self.belongs_on(day) and not self.on_leave(day)


@dataclass
class Meeting:
    """What was done to a meeting.

    `said` and, once it was closed, `marks` are statuses by member, `weights` those of its first
    close. `done`, `passed`: whose hot seats took place, or were let go by. `local_start`: where it
    was moved to, or put. `seats`: how many its own agenda has. `off`: called off, by whom.
    `clock`: the seconds that each hot seat (by id) or other slot (by position) ran, and those of
    pauses within it. `roles`: who has taken one over. `guests`: the names of those invited, by id.
    """

    said: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    presumed: set[str] = field(default_factory=set)
    weights: dict[str, float] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    local_start: str | None = None
    seats: int | None = None
    off: bool = False
    touched: bool = False
    closed_at: dt.datetime | None = None
    clock: dict[str, tuple[int, int]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    guests: dict[str, str] = field(default_factory=dict)


@dataclass
class Cadence:
    """When the group meets: every `weeks` weeks since `first`, at the wall clock's `time`; this
    holds from the day `since` on.
    """

    since: dt.date
    first: dt.date
    time: str
    minutes: int
    weeks: int = 1
    excluded: list[tuple[dt.date, dt.date]] = field(default_factory=list)

    def falls_on(self, day: dt.date) -> bool:
        days = (day - self.first).days
        skipped = any(first <= day <= last for first, last in self.excluded)
        return days >= 0 and days % (7 * self.weeks) == 0 and not skipped


@dataclass
class LogRead:
    """How far the event log was read: the last position, the last version of each thing and
    SEQUENCE of each UID that it told, and what it may tell once: of a promise's due, or of what
    became of a proposal.
    """

    position: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    once: set[tuple[str, ...]] = field(default_factory=set)


@dataclass
class Diary:
    """The group: its members, meetings, promises, cadences (the latest last) and pause.

    `calendar` holds the UID, SEQUENCE and version that each meeting had, `moved_from` the dates
    from which people have put a meeting elsewhere, `once_off` the meetings that were off at some
    time, `pauses` all that ever were announced, `charter` what is asked of members.
    """

    group_id: str
    time_zone: str
    cadences: list[Cadence] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    pause: tuple[dt.date, dt.date] | None = None
    seats_wanted: int | None = None
    calendar: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    moved_from: set[str] = field(default_factory=set)
    once_off: set[str] = field(default_factory=set)
    log: LogRead = field(default_factory=LogRead)
    pauses: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    charter: dict[str, float | None] = field(default_factory=dict)

    @property
    def cadence(self) -> Cadence:
        """The latest one, which may begin to hold later."""
        return self.cadences[-1]

    def meets_on(self, day: dt.date) -> Cadence | None:
        """The cadence by which the group meets on a day, if it names that day."""
        holding = [cadence for cadence in self.cadences if cadence.since <= day]
        return holding[-1] if holding and holding[-1].falls_on(day) else None

    def meeting(self, meeting_id: str) -> Meeting:
        return self.meetings.setdefault(meeting_id, Meeting())

    def day_of(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def of_day(self, day: dt.date) -> list[Member]:
        """Who belongs to the group on a day, by place."""
        found = (member for member in self.members.values() if member.belongs_on(day))
        return sorted(found, key=lambda member: member.place)

    def coming(self, meeting_id: str, day: dt.date) -> list[Member]:
        """Who is expected at a meeting, and has not said that they stay away."""
        said = self.meeting(meeting_id).said
        return [m for m in self.of_day(day) if m.expected_on(day) and said.get(m.id) not in AWAY]

    def seats_at(self, meeting_id: str, minutes: int) -> int:
        """How many hot seats a meeting has by its agenda and the group's settings."""
        agenda = self.meeting(meeting_id).seats or SEATS_OF_MINUTES[minutes]
        return min(agenda, self.seats_wanted or agenda)

    def rests_on(self, day: dt.date) -> bool:
        return self.pause is not None and self.pause[0] <= day <= self.pause[1]

    def has_rested_on(self, due: dt.date | str) -> bool:
        """Whether a due is a date in a pause that there was, or was to be."""
        return isinstance(due, dt.date) and any(a <= due <= b for a, b in self.pauses)

    def close(self, meeting_id: str, day: dt.date, ends_at: dt.datetime) -> None:
        """A meeting became history: whoever was expected and unmarked counts as present.

        It counts as over at its planned end, unless it was closed by hand (`closed_at`).
        """
        meeting = self.meeting(meeting_id)
        marks = dict(meeting.said)
        for member in self.of_day(day):
            said = marks.get(member.id)
            if said in {"going", "expected"} or (said is None and not member.on_leave(day)):
                marks[member.id] = "present"
                meeting.presumed.add(member.id)
        meeting.said, meeting.marks = dict(marks), marks
        meeting.closed_at = meeting.closed_at or ends_at
        if not meeting.weights:
            meeting.weights = {who: self.members[who].weight for who in marks}

    def mark(self, meeting_id: str, member_id: str, status: str) -> None:
        """Somebody said, or it was noted, how a member comes or came."""
        meeting = self.meeting(meeting_id)
        meeting.said[member_id] = status
        meeting.presumed.discard(member_id)
        meeting.touched = True
        if meeting.weights:
            meeting.weights.setdefault(member_id, self.members[member_id].weight)
