"""Evenings that are run by the clock of the service, or begun and forgotten."""

import datetime as dt
from typing import Any

from tests.simulation import recorded
from tests.simulation.happenings.promises import keep, open_ones, own_day, promise, settle
from tests.simulation.happenings.seats import say
from tests.simulation.seen import Json, start_of
from tests.simulation.world import World

MINUTE, A_DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
GIVEN = {"planned", "announced", "skipped"}


def _pass_time(world: World, minutes: int) -> None:
    world.move_clock(world.service.now + minutes * MINUTE)


async def start(world: World, meeting: Json) -> None:
    world.move_clock(start_of(meeting) + world.rng.choice((-5, 0, 6)) * MINUTE)
    await world.service.post(f"/v1/meetings/{meeting['id']}/start")
    world.diary.meeting(meeting["id"]).touched = True
    await world.step("start")


def _next_seat(world: World, meeting: Json) -> Json | None:
    seats = [s for s in world.seen.seats_of(meeting["id"]) if s["state"] == "announced"]
    return min(seats, key=lambda seat: seat["position"], default=None)


async def have_seat(world: World, meeting: Json, seat: Json, minutes: int) -> None:
    """A hot seat takes place, through all its phases."""
    at = f"/v1/hot_seats/{seat['id']}"
    begun_at = world.service.now
    await world.service.post(f"{at}/start")
    for _ in range(2):
        _pass_time(world, minutes // 2)
        await world.service.attempt(f"{at}/advance", None, "last_phase")
    await world.service.post(f"{at}/finish", {"outcome": "Asks three strangers"})
    own = world.diary.meeting(meeting["id"])
    own.done.add(seat["membership_id"])
    own.clock[seat["id"]] = (int((world.service.now - begun_at).total_seconds()), 0)
    await world.step("hot seat")


async def close(world: World, meeting: Json) -> None:
    """Close it; the preview said the same."""
    path = f"/v1/meetings/{meeting['id']}/close"
    preview = await world.service.post(path, dry_run="true")
    world.diary.meeting(meeting["id"]).closed_at = world.service.now
    closed = await world.service.post(path)
    for part in ("attendance", "hot_seats", "commitments_carried", "ledger"):
        assert preview["closing"][part] == closed["closing"][part]
    guests = await world.service.all(f"/v1/meetings/{meeting['id']}/guests")
    invited = world.diary.meeting(meeting["id"]).guests
    assert {guest["id"]: guest["name"] for guest in guests} == invited
    await world.step("close")


async def promises_round(world: World, meeting: Json) -> None:
    """Everybody there says what became of what is due, and what they promise next."""
    there = {member.id for member in world.coming(meeting)}
    for each in open_ones(world, overdue=True):
        if each.member_id in there and world.chance(0.6):
            await (keep(world, each) if world.chance(0.7) else settle(world, "miss", each, {}))
    for each in open_ones(world, overdue=False):
        if each.due == meeting["id"] and world.chance(0.7):
            await keep(world, each)
    for member in world.coming(meeting):
        if world.chance(0.5):
            seconds: dict[str, Any] = {"meeting_id": meeting["id"]}
            if world.chance(0.3):
                due = own_day(world, member.time_zone) + world.rng.randint(1, 20) * A_DAY
                seconds["due_on"] = due.isoformat()
            await promise(world, member, **seconds)
    await world.step("promises")


async def run(world: World, meeting: Json) -> None:
    """An evening that goes to plan."""
    await start(world, meeting)
    while seat := _next_seat(world, meeting):
        await have_seat(world, meeting, seat, 16)
    await promises_round(world, meeting)
    _pass_time(world, 10)
    await close(world, meeting)


async def overrun(world: World, meeting: Json) -> None:
    """A break and a hot seat take too long: one is broken off, the last goes to the next time."""
    await start(world, meeting)
    at = f"/v1/meetings/{meeting['id']}"
    first = _next_seat(world, meeting)
    if first:
        await have_seat(world, meeting, first, 30)
    await world.service.post(f"{at}/pause")
    _pass_time(world, 15)
    await world.service.post(f"{at}/resume")
    await world.step("pause of an evening")
    second = _next_seat(world, meeting)
    if second:
        await world.service.post(f"/v1/hot_seats/{second['id']}/start")
        _pass_time(world, 3)
        body = {"interrupted": True}
        await world.service.post(f"/v1/hot_seats/{second['id']}/finish", body)
        await world.step("interrupted")
    if _next_seat(world, meeting):
        await _move_the_rest(world, at)
    await promises_round(world, meeting)
    await close(world, meeting)


async def _move_the_rest(world: World, at: str) -> None:
    """What there is no time for goes to the next meeting, as people decide."""
    agenda = await world.service.get(f"{at}/agenda")
    slots = [slot for segment in agenda["segments"] for slot in segment["slots"]]
    waiting = [
        s["position"] for s in slots if s["kind"] == "hot_seat" and s["state"] == "announced"
    ]
    body = {"code": "move_to_next_meeting", "positions": waiting}
    await world.service.post(f"{at}/accept_proposal", body)
    await world.step("hot seats moved to the next time")


async def _guaranteed(world: World, meeting: Json, seat: Json) -> dt.timedelta:
    agenda = await world.service.get(f"/v1/meetings/{meeting['id']}/agenda")
    [segment] = [
        each
        for each in agenda["segments"]
        if any(slot["hot_seat_id"] == seat["id"] for slot in each["slots"])
    ]
    each = segment["minimum_minutes"]
    return (segment["minutes_each"] if each is None else each) * MINUTE


async def late_and_missing(world: World, meeting: Json) -> None:
    """One comes late, one leaves early, and one does not come and is substituted."""
    await start(world, meeting)
    seats = [s["membership_id"] for s in world.seen.seats_of(meeting["id"]) if s["state"] in GIVEN]
    missing = seats[0] if seats else None
    others = [member.id for member in world.coming(meeting) if member.id != missing]
    for who, status in zip(others, ("late", "left_early"), strict=False):
        await say(world, meeting["id"], who, status)
    await world.step("late")
    postponed = False
    while seat := _next_seat(world, meeting):
        if seat["membership_id"] != missing:
            await have_seat(world, meeting, seat, 16)
        elif not postponed:
            await world.service.post(f"/v1/hot_seats/{seat['id']}/postpone")
            postponed = True
            await world.step("postponed")
        else:
            await world.service.post(f"/v1/hot_seats/{seat['id']}/skip", {"because": "absent"})
            world.diary.mark(meeting["id"], seat["membership_id"], "no_show")
            await world.step("no-show")
    await promises_round(world, meeting)
    await close(world, meeting)


async def forget_to_close(world: World, meeting: Json) -> None:
    """Nobody closes it: the scheduler does, and the hot seat that ran lasted until the end; it took
    place if it had what is guaranteed to it.
    """
    await start(world, meeting)
    first = _next_seat(world, meeting)
    if first:
        await have_seat(world, meeting, first, 16)
    second = _next_seat(world, meeting)
    if second:
        await world.service.post(f"/v1/hot_seats/{second['id']}/start")
        own = world.diary.meeting(meeting["id"])
        lasts = dt.datetime.fromisoformat(meeting["ends_at"]) - world.service.now
        if lasts >= await _guaranteed(world, meeting, second):
            own.done.add(second["membership_id"])
        own.clock[second["id"]] = (int(lasts.total_seconds()), 0)
        await world.step("forgotten")


EVENINGS = {
    "run": run,
    "overrun": overrun,
    "late and missing": late_and_missing,
    "forgotten": forget_to_close,
} | recorded.EVENINGS
