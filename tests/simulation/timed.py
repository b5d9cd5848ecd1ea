"""An evening of which every turn is timed, and at which the facilitator has to go."""

import datetime as dt

from tests.simulation.diary import AWAY
from tests.simulation.evenings import close, have_seat, promises_round, start
from tests.simulation.happenings.seats import say
from tests.simulation.seen import Json
from tests.simulation.world import World

SPOKEN = (30, 60, 90, 150, 240)
"""Seconds: a check-in has two minutes by the agendas that ship."""


async def keep_time(world: World, meeting: Json) -> None:
    """By the clock from the first turn to the last; not all keep to their minutes."""
    await start(world, meeting)
    agenda = await world.service.get(f"/v1/meetings/{meeting['id']}/agenda")
    world.watch(agenda)
    slots = [slot for segment in agenda["segments"] for slot in segment["slots"]]
    for slot in slots:
        if slot["kind"] != "hot_seat":
            await _turn(world, meeting, slot, is_last=slot is slots[-1])
        elif slot["state"] == "announced":
            seat = next(s for s in world.seen.seats if s["id"] == slot["hot_seat_id"])
            await have_seat(world, meeting, seat, 16)
    await _hand_over(world, meeting)
    await promises_round(world, meeting)
    await close(world, meeting)


async def _turn(world: World, meeting: Json, slot: Json, *, is_last: bool) -> None:
    """A turn is skipped, ended by its button, or by whoever begins next."""
    at = f"/v1/meetings/{meeting['id']}"
    button = f"{at}/slots/{slot['position']}"
    if world.chance(0.1):
        world.watch(await world.service.post(f"{button}/skip"))
        return
    world.watch(await world.service.post(f"{button}/start"))
    spoken, paused = _pass_time(world, world.rng.choice(SPOKEN)), 0
    if world.chance(0.15):
        world.watch(await world.service.post(f"{at}/pause"))
        paused = _pass_time(world, world.rng.choice(SPOKEN))
        world.watch(await world.service.post(f"{at}/resume"))
    world.diary.meeting(meeting["id"]).clock[str(slot["position"])] = (spoken, paused)
    if is_last or world.chance(0.6):
        world.watch(await world.service.post(f"{button}/finish"))


def _pass_time(world: World, seconds: int) -> int:
    world.move_clock(world.service.now + dt.timedelta(seconds=seconds))
    return seconds


async def _hand_over(world: World, meeting: Json) -> None:
    """The facilitator leaves early, and somebody who stays takes over."""
    at, own = f"/v1/meetings/{meeting['id']}", world.diary.meeting(meeting["id"])
    holder = (await world.service.get(f"{at}/roles"))["facilitator"]
    staying = [m.id for m in world.coming(meeting) if holder and m.id != holder["membership_id"]]
    if holder is None or not staying:
        return
    if own.said.get(holder["membership_id"]) not in AWAY:
        await say(world, meeting["id"], holder["membership_id"], "left_early")
    own.roles["facilitator"] = world.rng.choice(staying)
    body = {"role": "facilitator", "membership_id": own.roles["facilitator"]}
    await world.service.post(f"{at}/roles/take_over", body)
    await world.step("another facilitator")


EVENINGS = {"timed": keep_time}
