"""Hot seats before their evening: topics, swaps, covers, passes, urgent requests, absences."""

import datetime as dt
from functools import partial

from tests.simulation.diary import AWAY
from tests.simulation.seen import Json, start_of
from tests.simulation.world import World

OPEN = {"planned", "announced"}
NEAR = 3
NOT_NOW = ("already_seated", "member_not_expected")


def _near(world: World) -> list[Json]:
    return world.seen.ahead()[:NEAR]


def _open_seats(world: World) -> list[Json]:
    near = {meeting["id"] for meeting in _near(world)}
    return [s for s in world.seen.seats if s["state"] in OPEN and s["meeting_id"] in near]


def _touch(world: World, *seats: Json) -> None:
    for seat in seats:
        world.diary.meeting(seat["meeting_id"]).touched = True


async def stay_away(world: World) -> bool:
    """An absence is announced for one of the next meetings."""
    meetings = [m for m in _near(world) if len(world.coming(m)) > NEAR]
    if not meetings:
        return False
    meeting = world.rng.choice(meetings)
    member = world.rng.choice(world.coming(meeting))
    await say(world, meeting["id"], member.id, "absent")
    if world.chance(0.5):
        world.at(world.service.now + dt.timedelta(hours=20), _think_again)
    return True


async def _think_again(world: World) -> None:
    if await come_after_all(world):
        await world.step("absence taken back")


async def come_after_all(world: World) -> bool:
    """Somebody who had announced an absence comes; somebody else says so, too."""
    for meeting in _near(world):
        said = world.diary.meeting(meeting["id"]).said
        day = world.diary.day_of(start_of(meeting))
        away = [m for m in world.diary.of_day(day) if said.get(m.id) in AWAY]
        if away:
            await say(world, meeting["id"], away[0].id, "going")
            return True
    return False


async def say(world: World, meeting_id: str, member_id: str, status: str) -> None:
    path = f"/v1/meetings/{meeting_id}/attendance/{member_id}"
    minutes = 20 if status == "late" else None
    await world.service.put(path, {"status": status, "minutes_late": minutes})
    world.diary.mark(meeting_id, member_id, status)


async def have_a_topic(world: World) -> bool:
    seats = _open_seats(world)
    if not seats:
        return False
    seat = world.rng.choice(seats)
    await world.service.patch(f"/v1/hot_seats/{seat['id']}", {"topic": "Which of two offers?"})
    _touch(world, seat)
    return True


async def swap(world: World) -> bool:
    """Two members exchange their hot seats, or their places within one evening."""
    seats = _open_seats(world)
    pairs = [(a, b) for a in seats for b in seats if a["membership_id"] < b["membership_id"]]
    world.rng.shuffle(pairs)
    for one, other in pairs:
        body = {"with_hot_seat_id": other["id"]}
        if await world.service.attempt(f"/v1/hot_seats/{one['id']}/swap", body, *NOT_NOW):
            _touch(world, one, other)
            return True
    return False


async def cover(world: World) -> bool:
    """A member takes over another's hot seat."""
    for seat in world.rng.sample(_open_seats(world), len(_open_seats(world))):
        meeting = world.seen.meetings[seat["meeting_id"]]
        had = {s["membership_id"] for s in world.seen.seats_of(meeting["id"])}
        takers = [m for m in world.coming(meeting) if m.id not in had]
        if takers:
            body = {"membership_id": world.rng.choice(takers).id}
            await world.service.post(f"/v1/hot_seats/{seat['id']}/cover", body)
            _touch(world, seat)
            return True
    return False


async def let_go_by(world: World) -> bool:
    """A member passes; sometimes they change their mind before the evening."""
    seats = _open_seats(world)
    if not seats:
        return False
    seat = world.rng.choice(seats)
    await world.service.post(f"/v1/hot_seats/{seat['id']}/pass")
    world.diary.meeting(seat["meeting_id"]).passed.add(seat["membership_id"])
    _touch(world, seat)
    if world.chance(0.5):
        world.at(world.service.now, partial(_take_back, seat=seat))
    return True


async def _take_back(world: World, seat: Json) -> None:
    await world.service.post(f"/v1/hot_seats/{seat['id']}/unpass")
    world.diary.meeting(seat["meeting_id"]).passed.discard(seat["membership_id"])
    await world.step("unpass")


async def need_it_now(world: World) -> bool:
    """An urgent request: granted by the rule or by an organizer, declined, or taken back."""
    for meeting in _near(world):
        seats = world.seen.seats_of(meeting["id"])
        had = {seat["membership_id"] for seat in seats}
        asking = [m for m in world.coming(meeting) if m.id not in had]
        yielding = [s for s in seats if s["state"] in OPEN and not s["pinned"]]
        if asking and yielding:
            body = {"membership_id": world.rng.choice(asking).id, "reason": "It runs out on Friday"}
            path = f"/v1/meetings/{meeting['id']}/urgent_requests"
            request = await world.service.post(path, body)
            await _decide(world, request["id"], yielding[0])
            return True
    return False


async def _decide(world: World, request_id: str, yielding: Json) -> None:
    at = f"/v1/urgent_requests/{request_id}"
    choice = world.rng.choice(("decline", "withdraw", "grant", "grant", "grant"))
    if choice != "grant":
        await world.service.post(f"{at}/{choice}")
        return
    body = {"yields_hot_seat_id": yielding["id"]}
    if not await world.service.attempt(f"{at}/grant", body, "urgent_refused"):
        body["overrule_because"] = "The offer runs out on Friday"
        await world.service.post(f"{at}/grant", body)
    _touch(world, yielding)


HAPPENINGS = {
    "absence": stay_away,
    "absence taken back": come_after_all,
    "topic": have_a_topic,
    "swap": swap,
    "cover": cover,
    "pass": let_go_by,
    "urgent request": need_it_now,
}
