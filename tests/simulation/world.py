"""The simulated world: the service, the diary, and what is checked after every step."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.simulation import promises
from tests.simulation.diary import Diary, Member
from tests.simulation.invariants import (
    charter,
    clock,
    figures,
    group,
    log,
    meetings,
    reminders,
    roles,
    rotation,
)
from tests.simulation.invariants import promises as promise_checks
from tests.simulation.seen import Json, Seen, look, start_of
from tests.simulation.service import Service

CHECKS = (
    *group.CHECKS,
    *meetings.CHECKS,
    *rotation.CHECKS,
    *promise_checks.CHECKS,
    *reminders.CHECKS,
    *roles.CHECKS,
    *charter.CHECKS,
    *clock.CHECKS,
    *log.CHECKS,
)

Later = tuple[dt.datetime, Callable[["World"], Awaitable[object]]]


class World:
    """`seen` is what the service said after the last step; `later` what is to be done, and when.

    `steps` and `checks` count, by name, what happened and what was checked.
    """

    def __init__(self, service: Service, diary: Diary, rng: random.Random) -> None:
        self.service, self.diary, self.rng = service, diary, rng
        self.steps: Counter[str] = Counter()
        self.checks: Counter[str] = Counter()
        self.later: list[Later] = []
        self.place = "before the first step"
        self._seen: Seen | None = None

    @property
    def seen(self) -> Seen:
        if self._seen is None:
            raise RuntimeError("nothing has been seen before the first step")
        return self._seen

    @property
    def today(self) -> dt.date:
        return self.diary.day_of(self.service.now)

    async def step(self, name: str) -> None:
        """Something has happened: let the worker do what follows, look, and check everything."""
        self.steps[name] += 1
        self.place = f"step {self.steps.total()} ({name}) at {self.service.now:%Y-%m-%d %H:%M}Z"
        await self.service.work()
        timed = [each for each, own in self.diary.meetings.items() if own.clock][-1:]
        before = self._seen
        seen = await look(self.service, self.diary.group_id, before, timed)
        promises.follow(self.diary, seen, before)
        for check in CHECKS:
            check(self.diary, seen)
            self.checks[check.__name__] += 1
        await self._check_figures(seen)
        await self._check_that_reading_changes_nothing(seen)
        self._seen = seen

    def watch(self, agenda: Json) -> None:
        """Check what a verb of the clock has answered."""
        for check in clock.OF_AN_AGENDA:
            check(self.diary.meeting(agenda["meeting_id"]), agenda)
            self.checks[check.__name__] += 1

    async def _check_figures(self, seen: Seen) -> None:
        """Those of the group, and of one member in turn."""
        counted = figures.count_all(self.diary, seen)
        told = await self.service.get(f"/v1/groups/{self.diary.group_id}/accountability")
        figures.check_figures(figures.together(counted.values()), told)
        who = list(self.diary.members)[self.steps.total() % len(self.diary.members)]
        told = await self.service.get(f"/v1/memberships/{who}/accountability")
        figures.check_figures(counted[who], told)
        self.checks["the_figures_are_those_of_the_diary"] += 2

    async def _check_that_reading_changes_nothing(self, seen: Seen) -> None:
        again = await self.service.get(f"/v1/groups/{self.diary.group_id}/rotation")
        assert again == seen.rotation
        self.checks["reading_changes_nothing"] += 1

    def move_clock(self, to: dt.datetime) -> None:
        """Let time go by, unless it has already; what was seen is looked at from then on."""
        self.service.move_clock(max(self.service.now, to))
        self.seen.now = self.service.now

    def at(self, when: dt.datetime, do: Callable[["World"], Awaitable[object]]) -> None:
        """Do something later."""
        self.later.append((when, do))

    def members_today(self) -> list[Member]:
        return self.diary.of_day(self.today)

    def coming(self, meeting: Json) -> list[Member]:
        """Who will be at a meeting, as far as is known."""
        return self.diary.coming(meeting["id"], self.diary.day_of(start_of(meeting)))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability
