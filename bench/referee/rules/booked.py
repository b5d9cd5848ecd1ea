"""Rules that book a hot seat once, when its meeting comes within the horizon, and change it only
where its holder cannot come.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from bench.referee.match import View

MONTH = 4
"""Meetings in a month."""


class Booked(ABC):
    """`calendar[meeting]` holds who is booked, past meetings included."""

    name: str

    def __init__(self) -> None:
        self.calendar: dict[int, list[int]] = {}

    def plan(self, view: View) -> list[list[int]]:
        self.note(view)
        planned = []
        for index, (expected, published) in enumerate(
            zip(view.expected, view.published, strict=True)
        ):
            meeting = view.now + index
            booked = list(published)
            if view.urgent is not None and index == 0 and view.urgent not in booked:
                booked = [view.urgent, *booked[: view.seats - 1]]
            self.calendar[meeting] = booked
            while len(booked) < min(view.seats, len(expected)):
                booked.append(self.book(meeting, [who for who in expected if who not in booked]))
            planned.append(list(booked))
        return planned

    def substitute(self, view: View, there: Sequence[int], seated: Sequence[int]) -> int:
        return self.book(view.now, [who for who in there if who not in seated])

    def held(self, view: View, there: Sequence[int], seated: Sequence[int]) -> None:
        self.calendar[view.now] = list(seated)

    def note(self, view: View) -> None:
        """Look at the group before booking."""

    @abstractmethod
    def book(self, meeting: int, free: Sequence[int]) -> int:
        """Who of those free gets a hot seat of `meeting`."""


class LinkedInDefault(Booked):
    """LinkedIn oncall's default scheduler, of its user guide: it fills the calendar ahead, respects
    known absences, and takes whoever has not been on call at all, then whoever has not been for
    the longest time before the event.
    https://github.com/linkedin/oncall/blob/master/docs/source/user_guide.rst, "Teams Schedules".
    """

    name = "LinkedIn oncall default"

    def book(self, meeting: int, free: Sequence[int]) -> int:
        def last_before(member: int) -> int:
            past = (at for at, booked in self.calendar.items() if at < meeting and member in booked)
            return max(past, default=-1)

        return min(free, key=last_before)


class LinkedInRoundRobin(Booked):
    """LinkedIn oncall's round-robin scheduler: the roster's next after the one scheduled last.
    Whoever cannot come is substituted by hand: here, by the next who can.
    https://github.com/linkedin/oncall, src/oncall/scheduler, "round-robin".
    """

    name = "LinkedIn oncall round-robin"

    def __init__(self) -> None:
        super().__init__()
        self._roster: list[int] = []

    def note(self, view: View) -> None:
        """The roster begins with whoever is next."""
        self._roster = [who for who in self._roster if who in view.members]
        self._roster += [who for who in view.members if who not in self._roster]

    def book(self, meeting: int, free: Sequence[int]) -> int:
        chosen = next(who for who in self._roster if who in free)
        turn = self._roster.index(chosen) + 1
        self._roster = self._roster[turn:] + self._roster[:turn]
        return chosen


class CalComLeastRecent(Booked):
    """cal.com's round robin: of the hosts who are free, the one booked least recently, by when the
    booking was made. https://cal.com/docs, "Round-robin scheduling".
    """

    name = "cal.com least recently booked"

    def __init__(self) -> None:
        super().__init__()
        self._bookings = 0
        self._booked: dict[int, int] = {}

    def book(self, meeting: int, free: Sequence[int]) -> int:
        chosen = min(free, key=self.rank)
        self._bookings += 1
        self._booked[chosen] = self._bookings
        self.count(chosen)
        return chosen

    def rank(self, member: int) -> tuple[float, int]:
        return 0.0, self._booked.get(member, 0)

    def count(self, member: int) -> None:
        """A booking was made."""


class CalComWeights(CalComLeastRecent):
    """cal.com's round robin with weights, all 100 %: whoever is furthest below their part of the
    bookings made this month, then the least recently booked; a new host is calibrated to the
    others' average. https://cal.com/docs, "Round-robin scheduling", "Weights".
    """

    name = "cal.com weights, monthly"

    def __init__(self) -> None:
        super().__init__()
        self._this_month: dict[int, float] = {}

    def note(self, view: View) -> None:
        if view.now % MONTH == 0:
            self._this_month = {}
        here = [count for who, count in self._this_month.items() if who in view.members]
        average = sum(here) / len(here) if here else 0.0
        self._this_month = {who: self._this_month.get(who, average) for who in view.members}

    def rank(self, member: int) -> tuple[float, int]:
        return self._this_month[member], self._booked.get(member, 0)

    def count(self, member: int) -> None:
        self._this_month[member] += 1
