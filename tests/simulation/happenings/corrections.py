"""What was recorded wrongly is put right."""

from tests.simulation.diary import THERE, Meeting
from tests.simulation.happenings.seats import say
from tests.simulation.seen import Json, start_of
from tests.simulation.world import World

RECENT = 4


def _recent(world: World) -> list[Json]:
    held = [meeting for meeting in world.seen.held() if meeting["origin"] != "backfill"]
    return held[-RECENT:]


def _unseated(world: World, meeting: Json, own: Meeting) -> list[str]:
    """Members of the meeting's day who had no hot seat at it."""
    members = world.diary.of_day(world.diary.day_of(start_of(meeting)))
    return [m.id for m in members if m.id in own.marks and m.id not in own.done | own.passed]


async def correct(world: World) -> bool:
    """Somebody was not there after all, or another had the hot seat; later meetings follow."""
    for meeting in world.rng.sample(_recent(world), len(_recent(world))):
        own = world.diary.meeting(meeting["id"])
        unseated = _unseated(world, meeting, own)
        if own.done and unseated:
            taker, giver = world.rng.choice(unseated), world.rng.choice(sorted(own.done))
            body = {
                "attendance": [
                    {"membership_id": taker, "status": "present"},
                    {"membership_id": giver, "status": "no_show"},
                ],
                "hot_seats": [
                    {"membership_id": taker, "state": "done"},
                    {"membership_id": giver, "state": world.rng.choice(("none", "skipped"))},
                ],
            }
            await world.service.post(f"/v1/meetings/{meeting['id']}/correct", body)
            _note(own, {taker: "present", giver: "no_show"})
            own.done = own.done - {giver} | {taker}
            return True
    return False


def _note(own: Meeting, marks: dict[str, str]) -> None:
    own.said.update(marks)
    own.marks.update(marks)
    own.presumed -= marks.keys()


async def reopen(world: World) -> bool:
    """A held meeting is opened again; somebody came late, or did not come, and it is closed."""
    for meeting in world.rng.sample(_recent(world), len(_recent(world))):
        own = world.diary.meeting(meeting["id"])
        unseated = _unseated(world, meeting, own)
        if not unseated:
            continue
        who = world.rng.choice(unseated)
        at = f"/v1/meetings/{meeting['id']}"
        await world.service.post(f"{at}/reopen")
        await world.step("reopened")
        stood = own.marks[who]
        stays_away = stood == "late" or (stood in THERE and world.chance(0.5))
        status = "no_show" if stays_away else "late"
        await say(world, meeting["id"], who, status)
        await world.step("corrected")
        told = await world.service.post(f"{at}/close")
        changed = {each["membership_id"] for each in told["closing"]["correction"]["attendance"]}
        assert changed == {who}, (told["closing"]["correction"], who)
        return True
    return False


HAPPENINGS = {"correct": correct, "reopen": reopen}
