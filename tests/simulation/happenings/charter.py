"""What the charter asks of members, and what they answer when they have not kept to it."""

from tests.simulation.world import World

ASKED: dict[str, float | None] = {
    "quorum": 4,
    "attendance_threshold": 0.75,
    "notice_hours": 24,
    "trial_months": 2,
    "lookback_meetings": 4,
}
PENDING = {"open", "escalated"}


async def answer(world: World) -> bool:
    """A member takes an offer, or none."""
    waiting = [each for each in world.seen.proposals if each["status"] in PENDING]
    if not waiting:
        return False
    proposal = world.rng.choice(waiting)
    path = f"/v1/proposals/{proposal['id']}"
    if world.chance(0.5):
        await world.service.post(f"{path}/dismiss")
    else:
        offer = world.rng.choice(proposal["offers"])["code"]
        await world.service.post(f"{path}/accept", {"offer": offer})
    return True


async def ask_for_something_else(world: World) -> bool:
    """Notice is asked of nobody any more, or again; so many meetings are attended, or fewer."""
    charter = world.diary.charter
    charter["notice_hours"] = None if charter["notice_hours"] else 24
    charter["attendance_threshold"] = world.rng.choice((0.5, 0.75))
    await world.service.patch(f"/v1/groups/{world.diary.group_id}", {"charter": charter})
    return True


HAPPENINGS = {"terms of the charter": ask_for_something_else}
