"""Random lives of promises, led through the verbs of the domain, and an oracle that recounts them.

A world has nine weekly meetings. Some are recorded days after they ended, some are cancelled,
some lapse, some lapse and are recorded after all. Promises are made, renegotiated, kept, missed,
withdrawn and reopened at random; what the domain refuses does not happen. Everything happens on a
grid of three hours, which is also the step of the oracle.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.domain import commitments
from app.domain.accountability import member_facts, member_figures
from app.domain.commitment_history import CommitmentEvent, History, fold, passed_over
from app.domain.dues import Closing, Closings, Due, DueAtMeeting, DueOn
from app.domain.errors import DomainError
from app.domain.figures import AttendanceFact, Figures, HotSeatFact, Window

START = dt.datetime(2029, 10, 1, tzinfo=dt.UTC)
HOUR, TICK, DAY = dt.timedelta(hours=1), dt.timedelta(hours=3), dt.timedelta(days=1)
MEETINGS = [uuid.UUID(int=number) for number in range(1, 10)]
OWNER_ZONES = ["America/Santiago", "Asia/Kathmandu", "Pacific/Kiritimati", "America/New_York"]
FATES = ["held", "held", "held", "recorded_late", "lapsed", "cancelled", "recorded_after_lapse"]
VERBS = ["keep", "keep", "miss", "withdraw", "renegotiate", "renegotiate", "renegotiate", "reopen"]


def ends_at(number: int) -> dt.datetime:
    """Every seventh day at midnight UTC: the date differs between eastern and western owners."""
    return START + (number + 1) * 7 * DAY


@dataclass
class World:
    """What is known at `now`."""

    now: dt.datetime
    closings: dict[uuid.UUID, Closing] = field(default_factory=dict)
    histories: list[list[CommitmentEvent]] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """Somebody tries `verb`; `number` picks the due, or the date of keeping."""

    after: int
    verb: str
    number: int


def step(code: int) -> Step:
    """One number for the three choices: a third of the drawing, and it shrinks as well."""
    rest, verb = divmod(code, len(VERBS))
    after, number = divmod(rest, 20)
    return Step(after + 1, VERBS[verb], number)


STEPS = st.integers(0, 50 * 20 * len(VERBS) - 1).map(step)


@st.composite
def worlds(draw: st.DrawFn, promises: int = 3) -> World:
    fates = [*draw(st.lists(st.sampled_from(FATES), min_size=8, max_size=8)), "held"]
    world = World(now=START + draw(st.integers(20, 80)) * DAY)
    for _ in range(draw(st.integers(1, promises))):
        life = _Life(world.now, fates, draw(st.sampled_from(OWNER_ZONES)))
        life.lead(draw(st.integers(0, 19)), draw(st.lists(STEPS, max_size=12)))
        world.histories.append(life.history)
        world.closings |= life.closings
    return world


def random_world(rng: random.Random, promises: int) -> World:
    """A world drawn by a generator: many times as fast as a strategy, and nothing shrinks."""
    fates = [*rng.choices(FATES, k=8), "held"]
    world = World(now=START + rng.randint(20, 80) * DAY)
    for _ in range(rng.randint(1, promises)):
        life = _Life(world.now, fates, rng.choice(OWNER_ZONES))
        codes = [rng.randrange(50 * 20 * len(VERBS)) for _ in range(rng.randint(0, 12))]
        life.lead(rng.randint(0, 19), [step(code) for code in codes])
        world.histories.append(life.history)
        world.closings |= life.closings
    return world


class _Life:
    """One promise, while the group's meetings take place or do not."""

    def __init__(self, until: dt.datetime, fates: list[str], zone: str) -> None:
        self.until, self.fates, self.zone = until, fates, zone
        self.closings: dict[uuid.UUID, Closing] = {}
        self.off: set[uuid.UUID] = set()
        self.history: list[CommitmentEvent] = []

    def lead(self, first_due: int, tries: list[Step]) -> None:
        at = START
        self.history.append(
            commitments.make(self.due(first_due + 4, at), closings={}, at=at, actor=None)
        )
        happenings: list[tuple[dt.datetime, Any]] = list(self.schedule())
        for step in tries:
            at += step.after * TICK
            happenings.append((at, step))
        for at, what in sorted(happenings, key=lambda each: each[0]):
            if at <= self.until:
                with suppress(DomainError):
                    self.happen(at, what)

    def schedule(self) -> Iterator[tuple[dt.datetime, tuple[str, int]]]:
        for number, fate in enumerate(self.fates):
            end = ends_at(number)
            if fate == "held":
                yield end, ("closed", number)
            elif fate == "recorded_late":
                yield end + 30 * HOUR, ("closed", number)
            elif fate == "cancelled":
                yield end - 12 * HOUR, ("off", number)
            else:
                yield end + 48 * HOUR, ("off", number)
            if fate == "recorded_after_lapse":
                yield end + 90 * HOUR, ("closed", number)

    def due(self, number: int, at: dt.datetime) -> Due:
        if number % 2:
            return DueAtMeeting(MEETINGS[number // 2 % 9], self.zone)
        return DueOn(at.date() + (number - 2) * DAY, self.zone)

    def happen(self, at: dt.datetime, what: Any) -> None:
        if isinstance(what, Step):
            self.history.append(self.attempt(at, what))
        elif what[0] == "off":
            self.off.add(MEETINGS[what[1]])
            self.pass_on(at, what[1], what[1] + 1)
        else:
            self.close(at, what[1])

    def pass_on(self, at: dt.datetime, old: int, new: int) -> None:
        due = fold(self.history).due
        if isinstance(due, DueAtMeeting) and due.meeting_id == MEETINGS[old]:
            target = DueAtMeeting(MEETINGS[new], self.zone)
            self.history.append(
                commitments.move(self.history, due=target, closings=self.closings, at=at)
            )

    def close(self, at: dt.datetime, number: int) -> None:
        meeting = MEETINGS[number]
        end = ends_at(number)
        self.closings[meeting] = Closing((end - 3 * HOUR).date(), end)
        if meeting in self.off and meeting in passed_over(self.history):
            self.pass_on(at, number + 1, number)
        self.history.append(
            commitments.carry(self.history, meeting_id=meeting, closings=self.closings, at=at)
        )

    def attempt(self, at: dt.datetime, step: Step) -> CommitmentEvent:
        history = self.history
        match step.verb:
            case "keep":
                today = at.astimezone(ZoneInfo(self.zone)).date()
                day = today - (step.number % 4) * DAY
                return commitments.keep(history, kept_on=day, today=today, at=at, actor=None)
            case "miss":
                return commitments.miss(history, at=at, actor=None)
            case "withdraw":
                return commitments.withdraw(history, reason="no", at=at, actor=None)
            case "reopen":
                return commitments.reopen(history, at=at, actor=None)
            case _:
                due = self.due(step.number, at)
                if isinstance(due, DueAtMeeting) and due.meeting_id in self.off:
                    raise DomainError("nobody can promise for a meeting that is off")
                return commitments.renegotiate(
                    history, due=due, reason="late", closings=self.closings, at=at, actor=None
                )


def figures_of(
    histories: Iterable[History],
    attendance: Iterable[AttendanceFact],
    hot_seats: Iterable[HotSeatFact],
    *,
    closings: Closings,
    window: Window,
    now: dt.datetime,
) -> Figures:
    """The figures of one member, facts and all."""
    facts = member_facts(
        histories,
        attendance,
        hot_seats,
        closings=closings,
        time_zone=window.time_zone,
        now=now,
    )
    return member_figures(facts, window)


@dataclass
class _Promised:
    """A due as the oracle sees it: whether it has arrived, and what its owner did about it."""

    due: Due
    arrived: bool = False
    result: str | None = None
    day: dt.date | None = None


def recount(history: History, world: World, window_zone: str) -> list[tuple[str, dt.date, int]]:
    """(result, day, days late) of each due, found by living through the history tick by tick."""
    past: list[_Promised] = []
    current: _Promised | None = None
    ending: CommitmentEvent | None = None
    ended_before_due = False
    waiting = list(history)
    at = START
    while at <= world.now:
        if current is not None and not current.arrived:
            current.arrived = _gone_by(current.due, world, at)
        while waiting and waiting[0].at == at:
            event = waiting.pop(0)
            if event.kind == "renegotiated":
                assert current is not None
                current.result = "renegotiated_" + ("after" if current.arrived else "before")
                current.day = at.astimezone(ZoneInfo(window_zone)).date()
                past.append(current)
            if event.kind in {"made", "renegotiated", "moved"}:
                assert event.due is not None
                current = _Promised(event.due, _gone_by(event.due, world, at))
            if event.kind in {"kept", "missed", "withdrawn"}:
                assert current is not None
                ending, ended_before_due = event, not current.arrived
            if event.kind == "reopened":
                ending = None
        at += TICK
    assert not waiting
    assert current is not None
    current.result = _last_result(current, ending, world, before=ended_before_due)
    if current.result == "withdrawn_before":
        assert ending is not None
        current.day = ending.at.astimezone(ZoneInfo(window_zone)).date()
    decided = [each for each in [*past, current] if each.result is not None]
    return [_judged(each, ending, world) for each in decided]


def _last_result(
    current: _Promised, ending: CommitmentEvent | None, world: World, *, before: bool
) -> str | None:
    if ending is not None and ending.kind == "withdrawn":
        return "withdrawn_before" if before else "withdrawn_after"
    if not current.arrived:
        return None
    if ending is None:
        return "overdue"
    if ending.kept_on is None:
        return "missed"
    return "kept_late" if ending.kept_on > _owners_day(current.due, world) else "kept"


def _judged(
    promised: _Promised, ending: CommitmentEvent | None, world: World
) -> tuple[str, dt.date, int]:
    assert promised.result is not None
    if promised.result.endswith("_before"):
        assert promised.day is not None
        return promised.result, promised.day, 0
    due = promised.due
    day = due.day if isinstance(due, DueOn) else world.closings[due.meeting_id].day
    late = 0
    if ending is not None and ending.kept_on is not None:
        late = max(0, (ending.kept_on - _owners_day(due, world)).days)
    return promised.result, day, late


def _gone_by(due: Due, world: World, at: dt.datetime) -> bool:
    if isinstance(due, DueOn):
        return at.astimezone(ZoneInfo(due.time_zone)).date() > due.day
    closing = world.closings.get(due.meeting_id)
    return closing is not None and at >= closing.closed_at


def _owners_day(due: Due, world: World) -> dt.date:
    if isinstance(due, DueOn):
        return due.day
    closed_at = world.closings[due.meeting_id].closed_at
    return closed_at.astimezone(ZoneInfo(due.time_zone)).date()
