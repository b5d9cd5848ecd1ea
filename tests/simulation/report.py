"""What the two years came to, in figures."""

from collections import Counter

from tests.simulation.diary import THERE
from tests.simulation.invariants.figures import Counted, count_all, together
from tests.simulation.world import World


def account_of(world: World, seed: int) -> str:
    """The figures of the group at the end, and how much was done and checked."""
    seen, diary = world.seen, world.diary
    total = together(count_all(diary, seen).values())
    fairness = seen.rotation["fairness"]
    states = Counter(meeting["state"] for meeting in seen.meetings.values())
    happened = {name: n for name, n in world.steps.items() if name != "morning"}
    lines = (
        f"seed {seed}, until {seen.now:%Y-%m-%d}: {world.steps.total()} steps",
        f"{world.checks.total()} checks of {len(world.checks)} invariants",
        f"{world.service.calls.total()} calls, {diary.log.position} events",
        f"meetings: {_listed(states)}",
        f"members: {len(diary.members)} in all, {len(world.members_today())} now",
        f"hot seats: {total.taken}, longest wait {fairness['longest_wait']}",
        f"credit: {fairness['largest_credit']:.2f} at most, {_credits(world)} now",
        f"attendance: {_came(total.marks)}: {_listed(total.marks)}",
        f"promises: {len(diary.promises)}, carried {total.carries} times",
        f"kept: {_kept(total)} that were due: {_listed(total.dues)}",
        f"happened: {_listed(happened)}",
    )
    return "\n  ".join(lines)


def _credits(world: World) -> str:
    lines = world.seen.rotation["ledger"]
    return ", ".join(f"{line['credit']:+.2f}" for line in lines)


def _came(marks: Counter[str]) -> str:
    return f"{sum(marks[mark] for mark in THERE)} of {marks.total()}"


def _kept(total: Counted) -> str:
    before = total.dues["renegotiated_before"] + total.dues["withdrawn_before"]
    return f"{total.dues['kept']} of {total.dues.total() - before}"


def _listed(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
