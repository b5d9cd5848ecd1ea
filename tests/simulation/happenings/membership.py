"""Members come and go, are away for a while, or weigh more."""

import datetime as dt
from functools import partial

from tests.simulation.diary import Member
from tests.simulation.seen import start_of
from tests.simulation.world import World

ZONES = ("Europe/London", "America/New_York")
A_DAY = dt.timedelta(days=1)
MOST, FEW, FEWEST = 8, 5, 3


def _open(world: World) -> list[Member]:
    """Who belongs to the group now or later."""
    members = world.diary.members.values()
    return [m for m in members if m.ends_on is None or m.ends_on >= world.today]


def _staying(world: World) -> list[Member]:
    return [member for member in world.members_today() if member.ends_on is None]


async def new_person(world: World, zone: str) -> str:
    body = {"name": f"Person {len(world.diary.members) + 1}", "time_zone": zone}
    person_id: str = (await world.service.post("/v1/people", body))["id"]
    return person_id


async def admit(
    world: World, person_id: str, zone: str, *, starts_on: dt.date, place: int | None = None
) -> None:
    """Give somebody a place. Whoever was a member before brings their debt along."""
    body = {"person_id": person_id, "starts_on": starts_on.isoformat(), "place": place}
    path = f"/v1/groups/{world.diary.group_id}/memberships"
    told = await world.service.post(path, body)
    former = [m.id for m in world.diary.members.values() if m.person_id == person_id]
    before = former[-1] if former else None
    member = Member(told["id"], person_id, zone, told["place"], starts_on, before=before)
    world.diary.members[member.id] = member


async def end(world: World, member: Member, ends_on: dt.date) -> None:
    await world.service.post(f"/v1/memberships/{member.id}/end", {"ends_on": ends_on.isoformat()})
    member.ends_on = ends_on


async def join(world: World) -> bool:
    if len(_open(world)) >= MOST:
        return False
    zone = world.rng.choice(ZONES)
    starts_on = world.today + world.rng.choice((0, 3, 9)) * A_DAY
    await admit(world, await new_person(world, zone), zone, starts_on=starts_on)
    return True


async def leave(world: World) -> bool:
    staying = _staying(world)
    if len(staying) <= FEW:
        return False
    await end(world, world.rng.choice(staying), world.today + world.rng.choice((0, 6, 13)) * A_DAY)
    return True


async def be_replaced(world: World) -> bool:
    """A member's last day is known, and their place is promised to a successor."""
    taken = {m.place for m in _open(world) if m.starts_on > world.today}
    staying = [member for member in _staying(world) if member.place not in taken]
    if not staying:
        return False
    leaver, zone = world.rng.choice(staying), world.rng.choice(ZONES)
    last_day = world.today + 8 * A_DAY
    await end(world, leaver, last_day)
    successor = await new_person(world, zone)
    await admit(world, successor, zone, starts_on=last_day + A_DAY, place=leaver.place)
    return True


async def come_back(world: World) -> bool:
    here = {member.person_id for member in _open(world)}
    gone = [m for m in world.diary.members.values() if m.person_id not in here]
    if not gone or len(here) >= MOST:
        return False
    old = world.rng.choice(gone)
    await admit(world, old.person_id, old.time_zone, starts_on=world.today)
    return True


async def be_away(world: World) -> bool:
    """A leave of absence over the next meeting; sometimes it is taken back."""
    ahead = world.seen.ahead()
    free = [member for member in _staying(world) if not member.leaves]
    if not ahead or len(free) <= FEW:
        return False
    member = world.rng.choice(free)
    first = max(world.today + A_DAY, world.diary.day_of(start_of(ahead[0])))
    last = first + world.rng.choice((7, 20)) * A_DAY
    body = {"first_on": first.isoformat(), "last_on": last.isoformat()}
    leave = await world.service.post(f"/v1/memberships/{member.id}/leaves", body)
    member.leaves[leave["id"]] = (first, last)
    if world.chance(0.5):
        world.at(world.service.now + 2 * A_DAY, partial(_be_back, member=member, leave=leave["id"]))
    return True


async def _be_back(world: World, member: Member, leave: str) -> None:
    """The leave is taken back, unless it has covered a meeting that was held."""
    if member.leaves[leave][0] > world.today:
        await world.service.delete(f"/v1/leaves/{leave}")
        del member.leaves[leave]
        await world.step("leave taken back")


async def weigh(world: World) -> bool:
    """A member's part in the hot seats changes, for the meetings to come."""
    member = world.rng.choice(_staying(world))
    weight = 1.0 if member.weight != 1.0 else world.rng.choice((0.5, 1.5, 2.0))
    await world.service.patch(f"/v1/memberships/{member.id}", {"weight": weight})
    member.weight = weight
    return True


async def fall_to_three(world: World) -> bool:
    """All but three leave at once; after the next meeting most of them come back."""
    ahead, staying = world.seen.ahead(), _staying(world)
    if not ahead or len(staying) <= FEWEST or len(_open(world)) != len(staying):
        return False
    for member in world.rng.sample(staying, len(staying) - FEWEST):
        await end(world, member, world.today)
    world.at(start_of(ahead[0]) + A_DAY, _recover)
    return True


async def _recover(world: World) -> None:
    while len(_open(world)) < FEW + 1:
        if not (await come_back(world) or await join(world)):
            return
        await world.step("recovering")


HAPPENINGS = {
    "join": join,
    "leave": leave,
    "replace": be_replaced,
    "come back": come_back,
    "leave of absence": be_away,
    "weight": weigh,
}
RARE = {"fall to three": fall_to_three}
