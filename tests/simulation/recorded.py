"""Evenings at which nobody presses a button: recorded afterwards, or lapsed."""

import datetime as dt
from functools import partial
from typing import Any

from tests.simulation.diary import AWAY, THERE
from tests.simulation.seen import Json, end_of, start_of
from tests.simulation.world import World

GIVEN = {"planned", "announced", "skipped"}
"""Hot seats that were somebody's by plan; skipped ones are those of a meeting that has lapsed."""


async def record_next_day(world: World, meeting: Json) -> None:
    """Nobody presses a button; the next morning it is recorded."""
    when = end_of(meeting) + dt.timedelta(hours=13)
    world.at(when, partial(_record, meeting_id=meeting["id"], in_detail=True))


async def lapse(_world: World, _meeting: Json) -> None:
    """Nobody presses a button, nor records it: it consumes nobody's turn."""


async def lapse_and_record(world: World, meeting: Json) -> None:
    """It has lapsed, and is recorded after all, when the next one has been held."""
    when = end_of(meeting) + dt.timedelta(days=8, hours=14)
    world.at(when, partial(_record, meeting_id=meeting["id"], in_detail=False))


async def _record(world: World, *, meeting_id: str, in_detail: bool) -> None:
    """Record what happened; without details everything went to plan."""
    own = world.diary.meeting(meeting_id)
    meeting = world.seen.meetings[meeting_id]
    day = world.diary.day_of(start_of(meeting))
    body: dict[str, Any] = {}
    if in_detail:
        away = world.rng.choice(world.diary.of_day(day)).id
        body["attendance"] = [{"membership_id": away, "status": "no_show"}]
        world.diary.mark(meeting_id, away, "no_show")
    came = {who for who, said in own.said.items() if said in THERE}
    gone = {who for who, said in own.said.items() if said in AWAY}
    gone |= {m.id for m in world.diary.of_day(day) if m.on_leave(day) and m.id not in came}
    seats = [s for s in world.seen.seats_of(meeting_id) if s["state"] in GIVEN]
    await world.service.post(f"/v1/meetings/{meeting_id}/record", body)
    own.done = {seat["membership_id"] for seat in seats} - gone
    own.touched = True
    await world.step("record")


EVENINGS = {
    "recorded": record_next_day,
    "lapsed": lapse,
    "lapsed and recorded": lapse_and_record,
}
