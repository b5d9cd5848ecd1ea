"""Guests of an evening, who hold no hot seat and count in nothing."""

import datetime as dt
from functools import partial

from tests.simulation.seen import start_of
from tests.simulation.world import World

NEAR = 3
A_DAY = dt.timedelta(days=1)


async def invite(world: World) -> bool:
    """Somebody is invited for one evening; sometimes that is taken back."""
    ahead = world.seen.ahead()[:NEAR]
    if not ahead:
        return False
    meeting = world.rng.choice(ahead)
    own = world.diary.meeting(meeting["id"])
    name = f"Guest {len(own.guests) + 1}"
    path = f"/v1/meetings/{meeting['id']}/guests"
    guest = await world.service.post(path, {"name": name})
    own.guests[guest["id"]], own.touched = name, True
    day_after = world.service.now + A_DAY
    if world.chance(0.3) and day_after < start_of(meeting):
        take_back = partial(_take_back, meeting_id=meeting["id"], guest_id=guest["id"])
        world.at(day_after, take_back)
    return True


async def _take_back(world: World, *, meeting_id: str, guest_id: str) -> None:
    if world.seen.meetings[meeting_id]["state"] == "scheduled":
        await world.service.delete(f"/v1/meetings/{meeting_id}/guests/{guest_id}")
        del world.diary.meeting(meeting_id).guests[guest_id]
        await world.step("invitation taken back")


HAPPENINGS = {"guest": invite}
