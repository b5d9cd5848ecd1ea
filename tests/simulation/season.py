"""Two years in the life of a group: which day brings what."""

import datetime as dt
import random
from collections.abc import Iterable

from tests.simulation import evenings as by_hand
from tests.simulation import timed
from tests.simulation.diary import Cadence, Diary
from tests.simulation.happenings import (
    charter,
    company,
    corrections,
    membership,
    promises,
    schedule,
    seats,
)
from tests.simulation.seen import start_of
from tests.simulation.service import Service
from tests.simulation.world import World

FIRST_DAY = dt.date(2027, 10, 18)
"""A Monday before the clocks change, a week apart, in London and in New York."""
ZONES = (*["Europe/London"] * 4, *["America/New_York"] * 3)
A_DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MORNING = 8
WORKDAY = range(9, 16)
LOOKED_AFTER = 0.1
"""On how many days the worker runs in the morning; on others it finds what fell due later."""
HAPPENINGS_A_DAY = 0.9
ANSWERED_A_DAY = 0.3
"""Of what the charter asks a member; some leave it for so long that the organizers hear of it."""
RUN_OUT = (0, 4, 8, 12)
"""Days at the end on which nothing new happens, so that the last evenings lapse or are recorded."""
MOST_MORE = 10
"""Weeks within which everything must have happened that has not happened in those asked for."""

COMMON = (
    membership.HAPPENINGS
    | seats.HAPPENINGS
    | schedule.HAPPENINGS
    | promises.HAPPENINGS
    | corrections.HAPPENINGS
    | company.HAPPENINGS
    | charter.HAPPENINGS
)
EVENINGS = by_hand.EVENINGS | timed.EVENINGS
RARE = membership.RARE | schedule.RARE
EVERYTHING = {*COMMON, *RARE, "answer", *(f"evening: {name}" for name in EVENINGS)}


class Deck:
    """Names in a random order, dealt out again and again: each comes once a round.

    Those that are `rare` come in every third round, the first one included.
    """

    def __init__(self, rng: random.Random, common: Iterable[str], rare: Iterable[str] = ()) -> None:
        self._rng, self._common, self._rare = rng, list(common), list(rare)
        self._left: list[str] = []
        self._rounds = 0

    def deal(self) -> str:
        if not self._left:
            self._left = self._common + (self._rare if self._rounds % 3 == 0 else [])
            self._rng.shuffle(self._left)
            self._rounds += 1
        return self._left.pop()

    def put_back(self, name: str) -> None:
        """It does not fit today: it comes last of this round."""
        self._left.insert(0, name)


async def found(service: Service, rng: random.Random) -> World:
    """A group of seven in London, three of them in New York, that meets on Thursday evenings."""
    body = {"name": "The Inklings", "time_zone": "Europe/London", "charter": charter.ASKED}
    group = await service.post("/v1/groups", body)
    diary = Diary(group["id"], group["time_zone"], charter=dict(charter.ASKED))
    world = World(service, diary, rng)
    for zone in ZONES:
        person_id = await membership.new_person(world, zone)
        await membership.admit(world, person_id, zone, starts_on=FIRST_DAY)
    await service.post(f"/v1/groups/{group['id']}/activate")
    thursday = FIRST_DAY + 3 * A_DAY
    christmases = [(dt.date(y, 12, 20), dt.date(y + 1, 1, 2)) for y in (2027, 2028, 2029)]
    await schedule.put_cadence(
        world, Cadence(FIRST_DAY, thursday, "19:30", 90, excluded=christmases)
    )
    await world.step("founded")
    return world


async def live(world: World, weeks: int) -> None:
    """Let the group live for so many weeks, and some more until everything has happened once."""
    between = Deck(world.rng, COMMON, RARE)
    evenings = Deck(world.rng, EVENINGS)
    day = FIRST_DAY
    while day < FIRST_DAY + 7 * weeks * A_DAY or not _has_seen_all(world):
        assert day < FIRST_DAY + 7 * (weeks + MOST_MORE) * A_DAY, EVERYTHING - world.steps.keys()
        await _live_a_day(world, day, between, evenings)
        day += A_DAY
    for days in RUN_OUT:
        await _morning(world, day + days * A_DAY)


def _has_seen_all(world: World) -> bool:
    return world.steps.keys() >= EVERYTHING


async def _live_a_day(world: World, day: dt.date, between: Deck, evenings: Deck) -> None:
    if world.chance(LOOKED_AFTER):
        await _morning(world, day)
    if world.chance(HAPPENINGS_A_DAY):
        hour = _hour(day, world.rng.choice(WORKDAY))
        await _do_what_was_put_off(world, hour)
        world.move_clock(hour)
        await _let_happen(world, between)
    if world.chance(ANSWERED_A_DAY) and await charter.answer(world):
        await world.step("answer")
    if (day.month, day.day) == (7, 10):
        await _rest_in_august(world)
    await _do_what_was_put_off(world, _hour(day, 16))
    await _evening(world, day, evenings)


async def _morning(world: World, day: dt.date) -> None:
    if day == FIRST_DAY:
        return
    await _do_what_was_put_off(world, _hour(day, MORNING))
    world.move_clock(_hour(day, MORNING))
    await world.step("morning")


async def _rest_in_august(world: World) -> None:
    """Unless another pause is on the way."""
    if world.diary.pause is None or world.diary.pause[1] < world.today:
        year = world.today.year
        await schedule.pause(world, dt.date(year, 8, 1), dt.date(year, 8, 31))
        await world.step("pause for August")


def _hour(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.UTC)


async def _let_happen(world: World, between: Deck) -> None:
    """The next happening that fits today; the others wait."""
    waiting = []
    for _ in range(len(COMMON)):
        name = between.deal()
        if await (COMMON | RARE)[name](world):
            await world.step(name)
            break
        waiting.append(name)
    for name in waiting:
        between.put_back(name)


async def _do_what_was_put_off(world: World, until: dt.datetime) -> None:
    while due := [each for each in world.later if each[0] <= until]:
        when, do = min(due, key=lambda each: each[0])
        world.later.remove((when, do))
        world.move_clock(when)
        await do(world)


async def _evening(world: World, day: dt.date, evenings: Deck) -> None:
    for meeting in world.seen.ahead():
        if world.diary.day_of(start_of(meeting)) != day:
            break
        name = evenings.deal()
        await EVENINGS[name](world, meeting)
        world.steps[f"evening: {name}"] += 1
