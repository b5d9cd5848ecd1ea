"""The life of promises between meetings."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.acts import Act, Promise
from tests.simulation.diary import Member
from tests.simulation.promises import arrives, due_of, has_arrived, held_of
from tests.simulation.world import World

A_DAY = dt.timedelta(days=1)
RECENT = 20
"""Of the promises that have ended, the latest so many are opened again at times."""


async def promise(world: World, member: Member, **fields: Any) -> None:
    """Make a promise, due at the next meeting unless the fields say otherwise."""
    number = len(world.diary.promises) + 1
    body = {"membership_id": member.id, "title": f"Promise {number}", **fields}
    told = await world.service.post("/v1/commitments", body)
    made = Act("made", dt.datetime.fromisoformat(told["made_at"]), due_of(told))
    assert made.due == _wished(fields, made.due), told
    world.diary.promises[told["id"]] = Promise(told["id"], member.id, member.time_zone, [made])


def _wished(fields: dict[str, Any], otherwise: dt.date | str | None) -> dt.date | str | None:
    if "due_on" in fields:
        return dt.date.fromisoformat(fields["due_on"])
    wished: dt.date | str | None = fields.get("due_meeting_id", otherwise)
    return wished


def own_day(world: World, time_zone: str) -> dt.date:
    """Today by the clocks of a promise's owner."""
    return world.service.now.astimezone(ZoneInfo(time_zone)).date()


async def make(world: World) -> bool:
    """Three ways of saying when: nothing, a date, a meeting."""
    member = world.rng.choice(world.members_today())
    ahead = world.seen.ahead()
    await promise(world, member)
    day = own_day(world, member.time_zone) + world.rng.randint(2, 12) * A_DAY
    await promise(world, member, due_on=day.isoformat())
    if ahead:
        await promise(world, member, due_meeting_id=world.rng.choice(ahead[:4])["id"])
    return True


def open_ones(world: World, *, overdue: bool | None = None) -> list[Promise]:
    """The open promises; those that are overdue, or are not yet, where asked for."""
    held = held_of(world.diary, world.seen)
    return [
        each
        for each in world.diary.promises.values()
        if each.state == "open"
        and overdue in {None, has_arrived(each.due, each.time_zone, held, world.service.now)}
    ]


def _one_of(world: World, promises: list[Promise]) -> Promise | None:
    return world.rng.choice(promises) if promises else None


async def settle(world: World, verb: str, promise: Promise, body: dict[str, Any]) -> None:
    """Keep, miss, withdraw or reopen, and note it."""
    kinds = {"keep": "kept", "miss": "missed", "withdraw": "withdrawn", "reopen": "reopened"}
    await world.service.post(f"/v1/commitments/{promise.id}/{verb}", body)
    kept_on = dt.date.fromisoformat(body["kept_on"]) if "kept_on" in body else None
    promise.acts.append(Act(kinds[verb], world.service.now, kept_on=kept_on))


async def keep(world: World, promise: Promise) -> None:
    """Kept today or yesterday, but not before it was made."""
    today = own_day(world, promise.time_zone)
    made = promise.acts[0].at.astimezone(ZoneInfo(promise.time_zone)).date()
    day = max(made, today - world.rng.randint(0, 1) * A_DAY)
    await settle(world, "keep", promise, {"kept_on": day.isoformat()})


async def be_kept(world: World) -> bool:
    found = _one_of(world, open_ones(world, overdue=False))
    if found:
        await keep(world, found)
    return found is not None


async def be_kept_late(world: World) -> bool:
    found = _one_of(world, open_ones(world, overdue=True))
    if found:
        await keep(world, found)
    return found is not None


async def be_missed(world: World) -> bool:
    found = _one_of(world, open_ones(world))
    if found:
        await settle(world, "miss", found, {"reason": "No time"})
    return found is not None


async def be_withdrawn(world: World) -> bool:
    found = _one_of(world, open_ones(world, overdue=False))
    if found:
        await settle(world, "withdraw", found, {"reason": "Another publisher"})
    return found is not None


async def be_withdrawn_late(world: World) -> bool:
    found = _one_of(world, open_ones(world, overdue=True))
    if found:
        await settle(world, "withdraw", found, {"reason": "Too late for it"})
    return found is not None


async def be_renegotiated(world: World, *, overdue: bool = False) -> bool:
    found = _one_of(world, open_ones(world, overdue=overdue))
    if found is None:
        return False
    days = world.rng.randint(1, 14)
    while (due := own_day(world, found.time_zone) + days * A_DAY) == found.due:
        days += 1
    body = {"due_on": due.isoformat(), "reason": "It takes longer"}
    await world.service.post(f"/v1/commitments/{found.id}/renegotiate", body)
    found.acts.append(Act("renegotiated", world.service.now, due))
    return True


async def be_renegotiated_late(world: World) -> bool:
    return await be_renegotiated(world, overdue=True)


async def be_reopened(world: World) -> bool:
    """An end was recorded by mistake; best of all one whose due has gone by unnoticed since."""
    ended = [each for each in world.diary.promises.values() if each.ending][-RECENT:]
    found = _one_of(world, [each for each in ended if _overtaken(world, each)] or ended)
    if found:
        await settle(world, "reopen", found, {})
    return found is not None


def _overtaken(world: World, promise: Promise) -> bool:
    """Whether it ended before its due, which has gone by."""
    arrival = arrives(promise.due, promise.time_zone, held_of(world.diary, world.seen))
    ending = promise.ending
    return arrival is not None and ending is not None and ending.at < arrival <= world.service.now


async def be_looked_after(world: World) -> bool:
    found = _one_of(world, open_ones(world))
    if found:
        body = {"note": "Half of it is done", "percent": 50}
        await world.service.post(f"/v1/commitments/{found.id}/check_ins", body)
    return found is not None


HAPPENINGS = {
    "promise": make,
    "keep": be_kept,
    "keep late": be_kept_late,
    "miss": be_missed,
    "withdraw": be_withdrawn,
    "withdraw late": be_withdrawn_late,
    "renegotiate": be_renegotiated,
    "renegotiate late": be_renegotiated_late,
    "reopen a promise": be_reopened,
    "check-in": be_looked_after,
}
