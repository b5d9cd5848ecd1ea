"""The schedule changes: one meeting, the cadence, or a season of rest."""

import datetime as dt
from typing import Any

from tests.simulation.diary import Cadence
from tests.simulation.seen import Json
from tests.simulation.world import World

A_DAY = dt.timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SETTLED = 2
"""Meetings nearest ahead that are left where they are."""
HOT_SEATS = {
    "id": "hot_seats",
    "kind": "hot_seats",
    "title": "Hot seats",
    "seats": 2,
    "minutes_each": 20,
    "minimum_minutes": 14,
}
FLOOR = {"id": "floor", "kind": "plenary", "title": "Open floor", "minutes": 5}


def _movable(world: World) -> list[Json]:
    return [
        meeting
        for meeting in world.seen.ahead()[SETTLED : SETTLED + 4]
        if meeting["origin"] == "cadence" and world.diary.meeting(meeting["id"]).local_start is None
    ]


async def move_a_meeting(world: World) -> bool:
    """One meeting is moved to the next evening."""
    for meeting in _movable(world):
        start = dt.datetime.fromisoformat(meeting["local_start"])
        to = dt.datetime.combine(start.date() + A_DAY, dt.time(20, 15))
        if not (world.diary.rests_on(to.date()) or world.diary.meets_on(to.date())):
            own = world.diary.meeting(meeting["id"])
            own.local_start, own.touched = to.isoformat(), True
            world.diary.moved_from.add(start.date().isoformat())
            path = f"/v1/meetings/{meeting['id']}/reschedule"
            await world.service.post(path, {"local_start": own.local_start})
            for who in [who for who, said in own.said.items() if said == "going"]:
                del own.said[who]
            return True
    return False


async def call_off(world: World) -> bool:
    """One meeting is cancelled; what was due there is due at the next one."""
    movable = _movable(world)
    if not movable:
        return False
    meeting = world.rng.choice(movable)
    own = world.diary.meeting(meeting["id"])
    own.off = own.touched = True
    world.diary.moved_from.add(meeting["local_start"][:10])
    await world.service.post(f"/v1/meetings/{meeting['id']}/cancel", {"reason": "Flu"})
    return True


async def meet_once_more(world: World) -> bool:
    """A short meeting out of turn, on a Sunday."""
    sunday = world.today + (6 - world.today.weekday() + 7) * A_DAY
    if world.diary.rests_on(sunday):
        return False
    local_start = f"{sunday.isoformat()}T17:30:00"
    body = {"group_id": world.diary.group_id, "local_start": local_start, "duration_minutes": 60}
    meeting = await world.service.post("/v1/meetings", body)
    own = world.diary.meeting(meeting["id"])
    own.local_start, own.touched = local_start, True
    return True


async def remember(world: World) -> bool:
    """A meeting of the past is put in afterwards, and recorded: history that notifies nobody."""
    day = world.today - 4 * A_DAY
    there = world.diary.of_day(day)
    if not there:
        return False
    local_start = f"{day.isoformat()}T07:00:00"
    fields = {"local_start": local_start, "duration_minutes": 60, "backfill": True}
    meeting = await world.service.post("/v1/meetings", {"group_id": world.diary.group_id, **fields})
    own = world.diary.meeting(meeting["id"])
    own.local_start, own.touched = local_start, True
    seated = world.rng.choice(there).id
    body = {"hot_seats": [{"membership_id": seated}], "attendance": [_present(seated)]}
    await world.service.post(f"/v1/meetings/{meeting['id']}/record", body)
    world.diary.mark(meeting["id"], seated, "present")
    own.done = {seated}
    return True


def _present(member_id: str) -> Json:
    return {"membership_id": member_id, "status": "present"}


async def put_cadence(world: World, cadence: Cadence) -> None:
    """Change when the group meets. What people have touched stays where it is."""
    for meeting in world.seen.ahead() if world.diary.cadences else ():
        seats = world.seen.seats_of(meeting["id"])
        if any(seat["topic"] or seat["pinned"] or seat["state"] == "passed" for seat in seats):
            world.diary.meeting(meeting["id"]).touched = True
    body: dict[str, Any] = {
        "rrule": f"FREQ=WEEKLY;INTERVAL={cadence.weeks};BYDAY={WEEKDAYS[cadence.first.weekday()]}",
        "local_start": f"{cadence.first.isoformat()}T{cadence.time}:00",
        "duration_minutes": cadence.minutes,
        "effective_from": cadence.since.isoformat(),
        "except": [
            {"from": first.isoformat(), "to": last.isoformat()} for first, last in cadence.excluded
        ],
    }
    await world.service.put(f"/v1/groups/{world.diary.group_id}/cadence", body)
    former = [each for each in world.diary.cadences if each.since < cadence.since]
    world.diary.cadences = [*former, cadence]


async def meet_at_another_time(world: World) -> bool:
    """The cadence changes in mid-season, from a few weeks ahead on."""
    old = world.diary.cadence
    if old.since > world.today:
        return False
    since = world.today + 17 * A_DAY
    weekday, time, minutes, weeks = world.rng.choice(
        [
            each
            for each in ((1, "18:00", 90, 1), (3, "19:30", 90, 1), (2, "19:00", 120, 2))
            if (each[0], each[1]) != (old.first.weekday(), old.time)
        ]
    )
    first = since + (weekday - since.weekday()) % 7 * A_DAY
    await put_cadence(world, Cadence(since, first, time, minutes, weeks, old.excluded))
    return True


async def rest(world: World) -> bool:
    """A pause with dates; sometimes it is called off before it begins."""
    if world.diary.pause is not None and world.diary.pause[1] >= world.today:
        return False
    await pause(world, world.today + 15 * A_DAY, world.today + 23 * A_DAY)
    if world.chance(0.4):
        world.at(world.service.now + 3 * A_DAY, _call_the_pause_off)
    return True


async def pause(world: World, first: dt.date, last: dt.date) -> None:
    body = {"from": first.isoformat(), "until": last.isoformat()}
    await world.service.post(f"/v1/groups/{world.diary.group_id}/pause", body)
    world.diary.pause = (first, last)
    world.diary.pauses.append((first, last))


async def _call_the_pause_off(world: World) -> None:
    await world.service.post(f"/v1/groups/{world.diary.group_id}/resume")
    world.diary.pause = None
    await world.step("pause called off")


async def have_another_agenda(world: World) -> bool:
    """One meeting has an agenda of its own, with two hot seats."""
    movable = _movable(world)
    if not movable:
        return False
    meeting = world.rng.choice(movable)
    path = f"/v1/meetings/{meeting['id']}/agenda"
    await world.service.put(path, {"segments": [HOT_SEATS, FLOOR]})
    own = world.diary.meeting(meeting["id"])
    own.seats, own.touched = 2, True
    return True


async def want_fewer_hot_seats(world: World) -> bool:
    """Two hot seats a meeting, or as many as the agenda has."""
    wanted = None if world.diary.seats_wanted else 2
    settings = {"rotation": {"hot_seats_per_meeting": wanted}}
    await world.service.patch(f"/v1/groups/{world.diary.group_id}", settings)
    world.diary.seats_wanted = wanted
    return True


HAPPENINGS = {
    "reschedule": move_a_meeting,
    "cancel": call_off,
    "meeting out of turn": meet_once_more,
    "backfill": remember,
    "agenda of one meeting": have_another_agenda,
    "hot seats a meeting": want_fewer_hot_seats,
}
RARE = {"another cadence": meet_at_another_time, "pause": rest}
