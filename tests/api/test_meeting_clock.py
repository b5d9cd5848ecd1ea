"""The clock of a meeting that runs: time boxes, phases, pauses, and decisions when it is late."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db.models import Attendance
from app.db.session import Database
from app.domain import ids
from app.services import meeting_duties
from tests.support.builders import made, make_cadence, make_group, seats_of, verb
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.tenants import Tenant

MINUTE = timedelta(minutes=1)
PLAIN = [
    {"id": "check_in", "kind": "round", "title": "Check-in", "minutes_each": 2},
    {
        "id": "seats",
        "kind": "hot_seats",
        "title": "Hot seats",
        "minutes_each": 15,
        "seats": 2,
        "minimum_minutes": 12,
        "format": "classic",
    },
    {"id": "break", "kind": "break", "title": "Break", "minutes": 10, "minimum_minutes": 5},
    {
        "id": "floor",
        "kind": "plenary",
        "title": "Open floor",
        "minutes": 10,
        "minimum_minutes": 2,
        "absorbs_overrun": True,
    },
    {"id": "closing", "kind": "plenary", "title": "Closing", "minutes": 5},
]
"""With four members: 8 + 30 + 10 + 10 + 5 minutes; slots 1-4, 5-6, 7, 8, 9."""


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def running(
    client: httpx.AsyncClient, clock: ManualClock
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A group of four and its meeting with the plain agenda, which has just begun in time."""
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"], duration_minutes=90)
    own = {"segments": PLAIN}
    made(await client.put(f"/v1/meetings/{first['id']}/agenda", json=own))
    body = {"starts_at": first["starts_at"], "duration_minutes": 63}
    made(await client.post(f"/v1/meetings/{first['id']}/reschedule", json=body))
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    return group, first


async def agenda_of(client: httpx.AsyncClient, meeting_id: str) -> Any:
    return made(await client.get(f"/v1/meetings/{meeting_id}/agenda"))


async def slot_verb(client: httpx.AsyncClient, meeting_id: str, position: int, name: str) -> Any:
    return made(await client.post(f"/v1/meetings/{meeting_id}/slots/{position}/{name}"))


def slot(agenda: Any, position: int) -> Any:
    return next(
        s for each in agenda["segments"] for s in each["slots"] if s["position"] == position
    )


def segment(agenda: Any, name: str) -> Any:
    return next(each for each in agenda["segments"] if each["id"] == name)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_every_speaker_has_a_clock(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting = await running(client, clock)
    started = instant(meeting["starts_at"])
    await slot_verb(client, meeting["id"], 1, "start")
    clock.advance(3 * MINUTE)
    # Who begins ends whoever spoke before: 3 minutes instead of 2.
    agenda = await slot_verb(client, meeting["id"], 2, "start")
    first, second = slot(agenda, 1), slot(agenda, 2)
    assert (first["state"], first["actual_seconds"]) == ("done", 180)
    assert (second["state"], instant(second["actual_start"])) == ("live", started + 3 * MINUTE)
    assert second["moved_by_minutes"] == 1
    assert [(r["code"], r["params"]["seconds"]) for r in second["reasons"]] == [("overran", 60)]
    assert (
        second["reasons"][0]["text"]
        == f"Check-in ({first['name']}) takes 1 min longer than planned"
    )
    clock.advance(MINUTE)
    agenda = await slot_verb(client, meeting["id"], 2, "finish")
    assert slot(agenda, 2)["actual_seconds"] == 60
    agenda = await slot_verb(client, meeting["id"], 3, "skip")
    third, fourth = slot(agenda, 3), slot(agenda, 4)
    assert (third["state"], third["actual_seconds"], third["projected_start"]) == (
        "skipped",
        None,
        None,
    )
    # Planned starts are appointments: nobody is pulled forward.
    assert fourth["moved_by_minutes"] == 0
    assert instant(segment(agenda, "check_in")["actual_start"]) == started
    assert segment(agenda, "check_in")["actual_end"] is None
    clock.advance(2 * MINUTE)
    await slot_verb(client, meeting["id"], 4, "start")
    clock.advance(MINUTE)
    agenda = await slot_verb(client, meeting["id"], 4, "finish")
    assert instant(segment(agenda, "check_in")["actual_end"]) == started + 7 * MINUTE
    assert await event_types(database, tenant, "slot.") == [
        "slot.started",
        "slot.finished",
        "slot.started",
        "slot.finished",
        "slot.skipped",
        "slot.started",
        "slot.finished",
    ]
    await verb(client, meeting["id"], "close")
    held = await agenda_of(client, meeting["id"])
    assert [slot(held, n)["actual_seconds"] for n in (1, 2, 3, 4)] == [180, 60, None, 60]
    assert held["projection"] is None


async def test_a_hot_seat_ends_the_round_and_its_phases_are_timed(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await running(client, clock)
    planned = slot(await agenda_of(client, meeting["id"]), 5)
    assert [(p["name"], p["guidance"] != "") for p in planned["phases"]] == [
        ("present", True),
        ("clarify", True),
        ("advise", True),
        ("commit", True),
    ]
    for phase in planned["phases"]:
        assert phase["projected_start"] == phase["planned_start"]
        assert instant(phase["warn_at"]) == instant(phase["projected_end"]) - MINUTE
    await slot_verb(client, meeting["id"], 1, "start")
    clock.advance(8 * MINUTE)
    seat = f"/v1/hot_seats/{planned['hot_seat_id']}"
    made(await client.post(f"{seat}/start"))
    agenda = await agenda_of(client, meeting["id"])
    assert slot(agenda, 1)["actual_seconds"] == 8 * 60
    clock.advance(4 * MINUTE)
    made(await client.post(f"{seat}/advance"))
    clock.advance(2 * MINUTE)
    running_seat = slot(await agenda_of(client, meeting["id"]), 5)
    present, clarify, advise, commit = running_seat["phases"]
    assert (present["actual_seconds"], clarify["actual_seconds"]) == (240, 120)
    assert (clarify["actual_end"], advise["actual_start"], present["warn_at"]) == (None, None, None)
    # What is left until the projected end is shared by the phases to come.
    assert commit["projected_end"] == running_seat["projected_end"]
    assert clarify["projected_end"] == advise["projected_start"]
    assert instant(clarify["warn_at"]) == instant(clarify["projected_end"]) - MINUTE
    for _ in range(2):
        made(await client.post(f"{seat}/advance"))
        clock.advance(3 * MINUTE)
    made(await client.post(f"{seat}/finish"))
    done = slot(await agenda_of(client, meeting["id"]), 5)
    assert [p["actual_seconds"] for p in done["phases"]] == [240, 120, 180, 180]
    assert done["actual_seconds"] == 720
    assert {p["warn_at"] for p in done["phases"]} == {None}


async def test_a_pause_stops_the_clock(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting = await running(client, clock)
    clock.advance(8 * MINUTE)
    seat = slot(await agenda_of(client, meeting["id"]), 5)["hot_seat_id"]
    made(await client.post(f"/v1/hot_seats/{seat}/start"))
    clock.advance(5 * MINUTE)
    paused = await verb(client, meeting["id"], "pause")
    assert paused["paused"] is True
    assert made(await client.get(f"/v1/meetings/{meeting['id']}"))["paused"] is True
    clock.advance(4 * MINUTE)
    agenda = await agenda_of(client, meeting["id"])
    now_running, following = slot(agenda, 5), slot(agenda, 6)
    assert (now_running["actual_seconds"], now_running["paused_seconds"]) == (300, 240)
    assert following["moved_by_minutes"] == 4
    assert [(r["code"], r["params"]["seconds"]) for r in following["reasons"]] == [("paused", 240)]
    for path in (f"hot_seats/{seat}/advance", f"meetings/{meeting['id']}/slots/7/start"):
        assert refusal(await client.post(f"/v1/{path}")) == (409, "meeting_paused")
    again = await client.post(f"/v1/meetings/{meeting['id']}/pause")
    assert refusal(again) == (409, "meeting_paused")
    agenda = await verb(client, meeting["id"], "resume")
    assert (agenda["paused"], len(agenda["pauses"])) == (False, 1)
    assert instant(agenda["pauses"][0]["to"]) == clock.now()
    again = await client.post(f"/v1/meetings/{meeting['id']}/resume")
    assert refusal(again) == (409, "meeting_not_paused")
    # The floor has given 4 of its 8 minutes; the end stays.
    assert segment(agenda, "closing")["moved_by_minutes"] == 0
    assert agenda["projection"]["fits"] is True
    # Twelve minutes are guaranteed; the pause is none of them.
    clock.advance(6 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{seat}/finish", json={"interrupted": True}))
    agenda = await agenda_of(client, meeting["id"])
    assert (slot(agenda, 5)["state"], slot(agenda, 5)["actual_seconds"]) == ("interrupted", 660)
    types = await event_types(database, tenant, "meeting.")
    assert [t for t in types if t in {"meeting.paused", "meeting.resumed"}] == [
        "meeting.paused",
        "meeting.resumed",
    ]


async def test_a_pause_between_slots_is_told_as_one(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await running(client, clock)
    clock.advance(8 * MINUTE)
    await verb(client, meeting["id"], "pause")
    clock.advance(3 * MINUTE)
    await verb(client, meeting["id"], "resume")
    clock.advance(MINUTE)
    first = slot(await agenda_of(client, meeting["id"]), 5)
    seat = first["hot_seat_id"]
    made(await client.post(f"/v1/hot_seats/{seat}/start"))
    started = slot(await agenda_of(client, meeting["id"]), 5)
    reasons = {r["code"]: r["params"]["seconds"] for r in started["reasons"]}
    assert started["moved_by_minutes"] == 4
    assert sum(reasons.values()) == 240
    assert reasons["paused"] == 180


async def test_closing_in_a_pause_ends_it(client: httpx.AsyncClient, clock: ManualClock) -> None:
    _, meeting = await running(client, clock)
    await slot_verb(client, meeting["id"], 1, "start")
    clock.advance(MINUTE)
    await verb(client, meeting["id"], "pause")
    clock.advance(MINUTE)
    closed = await verb(client, meeting["id"], "close")
    assert (closed["state"], closed["paused"]) == ("held", False)
    agenda = await agenda_of(client, meeting["id"])
    assert instant(agenda["pauses"][0]["to"]) == clock.now()
    assert (slot(agenda, 1)["state"], slot(agenda, 1)["actual_seconds"]) == ("done", 60)


async def test_when_the_end_cannot_hold_people_decide(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await running(client, clock)
    clock.advance(8 * MINUTE)
    (one, two) = (s["id"] for s in await seats_of(client, meeting["id"]))
    made(await client.post(f"/v1/hot_seats/{one}/start"))
    # 25 minutes too long: the floor gives 8, the break 5, the second hot seat 3.
    clock.advance(40 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{one}/finish"))
    agenda = await agenda_of(client, meeting["id"])
    outlook = agenda["projection"]
    assert (outlook["fits"], outlook["over_by_seconds"]) == (False, 9 * 60)
    assert outlook["outlook"]["code"] == "end_in_danger"
    assert "9 min past its end" in outlook["outlook"]["text"]
    assert outlook["projected_end"] > agenda["ends_at"]
    move = next(p for p in outlook["proposals"] if p["code"] == "move_to_next_meeting")
    last = slot(agenda, 6)
    assert (move["positions"], move["membership_ids"], move["enough"]) == (
        [6],
        [last["membership_id"]],
        True,
    )
    assert f"the hot seat of {last['name']}" in move["text"]
    assert "first in line" in move["text"]
    assert outlook["proposals"] == sorted(
        outlook["proposals"], key=lambda p: (not p["enough"], p["gives_up_seconds"])
    )
    path = f"/v1/meetings/{meeting['id']}/accept_proposal"
    choice = {"code": move["code"], "positions": move["positions"]}
    shown = made(await client.post(path, json=choice, params={"dry_run": "true"}))
    assert slot(await agenda_of(client, meeting["id"]), 6)["state"] == "announced"
    done = made(await client.post(path, json=choice))
    assert done["projection"] == shown["projection"]
    assert done["projection"]["fits"] is True
    assert slot(done, 6)["state"] == "skipped"
    (change,) = [
        each
        for each in done["plan_change"]["seats"]
        if each["membership_id"] == last["membership_id"]
        and each["before"]
        and each["before"]["meeting_id"] == meeting["id"]
    ]
    assert change["membership_id"] == last["membership_id"]
    clock.set(instant(meeting["starts_at"]) + 63 * MINUTE)
    closed = await verb(client, meeting["id"], "close")
    (line,) = [each for each in closed["closing"]["ledger"] if each["first_in_line"]]
    assert (line["membership_id"], line["seated"]) == (last["membership_id"], False)
    (next_one, *_) = made(
        await client.get("/v1/meetings", params={"state": "scheduled", "limit": "1"})
    )["data"]
    coming = [seat["membership_id"] for seat in await seats_of(client, next_one["id"])]
    assert last["membership_id"] in coming
    assert (await seats_of(client, meeting["id"]))[1]["id"] == two


async def test_a_segment_can_be_dropped(client: httpx.AsyncClient, clock: ManualClock) -> None:
    _, meeting = await running(client, clock)
    path = f"/v1/meetings/{meeting['id']}/accept_proposal"
    body = {"code": "drop_segment", "positions": [7, 8]}
    agenda = made(await client.post(path, json=body))
    assert (slot(agenda, 7)["state"], slot(agenda, 8)["state"]) == ("skipped", "skipped")
    assert agenda["plan_change"]["seats"] == []
    assert refusal(await client.post(path, json=body)) == (409, "slot_skipped")
    for positions, code in (([5], "slot_of_other_kind"), ([77], "unknown_slot")):
        refused = await client.post(path, json={"code": "drop_segment", "positions": positions})
        assert refusal(refused) == (422, code)
        assert refused.json()["errors"][0]["pointer"] == "/positions/0"


async def test_what_cannot_be(client: httpx.AsyncClient, clock: ManualClock) -> None:
    _, meeting = await running(client, clock)
    where = f"/v1/meetings/{meeting['id']}/slots"
    assert refusal(await client.post(f"{where}/99/start")) == (404, "not_found")
    assert refusal(await client.post(f"{where}/5/start")) == (409, "slot_is_hot_seat")
    assert refusal(await client.post(f"{where}/1/finish")) == (409, "slot_not_running")
    await slot_verb(client, meeting["id"], 1, "start")
    assert refusal(await client.post(f"{where}/1/start")) == (409, "slot_begun")
    assert refusal(await client.post(f"{where}/1/skip")) == (409, "slot_begun")
    seat = (await seats_of(client, meeting["id"]))[0]["id"]
    made(await client.post(f"/v1/hot_seats/{seat}/start"))
    assert refusal(await client.post(f"{where}/2/start")) == (409, "hot_seat_running")
    stale = await client.post(f"{where}/2/skip", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    etag = (await client.get(f"/v1/meetings/{meeting['id']}")).headers["ETag"]
    fresh = await client.post(f"{where}/2/skip", headers={"If-Match": etag})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != etag
    clock.advance(60 * MINUTE)
    await verb(client, meeting["id"], "close")
    assert refusal(await client.post(f"{where}/3/start")) == (409, "meeting_not_live")
    await verb(client, meeting["id"], "reopen")
    assert refusal(await client.post(f"{where}/3/start")) == (409, "meeting_reopened")
    assert (await agenda_of(client, meeting["id"]))["projection"] is None


@pytest.mark.parametrize(("quorum", "met"), [(None, None), (3, True), (4, False)])
async def test_without_a_quorum_the_meeting_runs_and_says_so(
    client: httpx.AsyncClient,
    clock: ManualClock,
    database: Database,
    tenant: Tenant,
    quorum: int | None,
    *,
    met: bool | None,
) -> None:
    group = await make_group(client, 4, charter={"quorum": quorum})
    first, *_ = await make_cadence(client, group["id"])
    path = f"/v1/meetings/{first['id']}/attendance/{group['memberships'][0]}"
    made(await client.put(path, json={"status": "absent"}))
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    said = (await agenda_of(client, first["id"]))["quorum"]
    assert (said["needed"], said["there"], said["met"]) == (quorum, 3, met)
    assert (said["note"] is not None) is (met is False)
    clock.advance(80 * MINUTE)
    closed = await verb(client, first["id"], "close")
    assert closed["closing"]["quorum"] == said
    told = [
        data["quorum_met"]
        for name, data in await events_of(database, tenant, "meeting.")
        if name in {"meeting.started", "meeting.closed"}
    ]
    assert told == [met, met]


@pytest.mark.parametrize(
    ("paused", "by_itself", "state"),
    [(0, False, "done"), (4, False, "interrupted"), (0, True, "done"), (4, True, "interrupted")],
)
async def test_a_hot_seat_that_nobody_finished_took_place_if_it_had_its_minimum(
    client: httpx.AsyncClient,
    clock: ManualClock,
    database: Database,
    tenant: Tenant,
    paused: int,
    state: str,
    *,
    by_itself: bool,
) -> None:
    """Twelve minutes are guaranteed; at the end fifteen have gone, pauses included."""
    _, meeting = await running(client, clock)
    clock.advance(48 * MINUTE)
    seat = slot(await agenda_of(client, meeting["id"]), 5)
    made(await client.post(f"/v1/hot_seats/{seat['hot_seat_id']}/start"))
    if paused:
        await verb(client, meeting["id"], "pause")
        clock.advance(paused * MINUTE)
        await verb(client, meeting["id"], "resume")
    clock.advance((15 - paused) * MINUTE)
    path = f"/v1/meetings/{meeting['id']}/close"
    closing = made(await client.post(path, params={"dry_run": "true"}))["closing"]
    states = {each["hot_seat_id"]: each["state"] for each in closing["hot_seats"]}
    assert states[seat["hot_seat_id"]] == state
    late = instant(meeting["ends_at"]) + timedelta(hours=14)
    if by_itself:
        async with database.transaction() as session:
            meeting_id = ids.decode("meeting", meeting["id"])
            await meeting_duties.lapse_or_close(session, tenant.workspace_id, meeting_id, late)
    else:
        await verb(client, meeting["id"], "close")
    now = made(await client.get(f"/v1/hot_seats/{seat['hot_seat_id']}"))
    end = instant(meeting["starts_at"]) + 63 * MINUTE
    assert (now["state"], instant(now["ended_at"]), now["phase"]) == (state, end, None)
    ((_, told),) = await events_of(database, tenant, "hot_seat.finished")
    assert (told["hot_seat_id"], told["state"]) == (seat["hot_seat_id"], state)


@pytest.mark.parametrize("by_itself", [True, False])
async def test_marks_that_contradict_a_hot_seat_do_not_keep_a_meeting_open(
    client: httpx.AsyncClient,
    clock: ManualClock,
    database: Database,
    tenant: Tenant,
    *,
    by_itself: bool,
) -> None:
    """Rows from before such marks were refused, and a leave that came in during the evening."""
    group, meeting = await running(client, clock)
    first, second = await seats_of(client, meeting["id"])
    for seat in (first, second):
        made(await client.post(f"/v1/hot_seats/{seat['id']}/start"))
        clock.advance(15 * MINUTE)
        made(await client.post(f"/v1/hot_seats/{seat['id']}/finish"))
    day = meeting["local_start"][:10]
    leave = f"/v1/memberships/{second['membership_id']}/leaves"
    made(await client.post(leave, json={"first_on": day, "last_on": day}))
    meeting_id = ids.decode("meeting", meeting["id"])
    late = instant(meeting["starts_at"]) + timedelta(hours=14)
    async with database.transaction() as session:
        gone = ids.decode("membership", first["membership_id"])
        session.add(
            Attendance(
                workspace_id=tenant.workspace_id,
                meeting_id=meeting_id,
                membership_id=gone,
                status="no_show",
                updated_at=clock.now(),
            )
        )
    if by_itself:
        async with database.transaction() as session:
            await meeting_duties.lapse_or_close(session, tenant.workspace_id, meeting_id, late)
    else:
        await verb(client, meeting["id"], "close")
    assert made(await client.get(f"/v1/meetings/{meeting['id']}"))["state"] == "held"
    marks = made(await client.get(f"/v1/meetings/{meeting['id']}/attendance"))["data"]
    assert {(each["status"], each["presumed"]) for each in marks} == {("present", True)}
    assert len(marks) == len(group["memberships"])


async def test_what_nobody_closed_ends_when_it_was_to_end(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    """The clock closes it half a day later, and nothing of it has lasted that long."""
    _, meeting = await running(client, clock)
    await slot_verb(client, meeting["id"], 1, "start")
    seat = (await seats_of(client, meeting["id"]))[0]["id"]
    clock.advance(50 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{seat}/start"))
    clock.advance(5 * MINUTE)
    await verb(client, meeting["id"], "pause")
    late = instant(meeting["starts_at"]) + timedelta(hours=14)
    async with database.transaction() as session:
        meeting_id = ids.decode("meeting", meeting["id"])
        await meeting_duties.lapse_or_close(session, tenant.workspace_id, meeting_id, late)
    clock.set(late)
    agenda = await agenda_of(client, meeting["id"])
    end = instant(meeting["starts_at"]) + 63 * MINUTE
    assert (agenda["state"], agenda["paused"], instant(agenda["closed_at"])) == ("held", False, end)
    assert instant(agenda["pauses"][0]["to"]) == end
    broken = slot(agenda, 5)
    assert (broken["state"], instant(broken["actual_end"])) == ("interrupted", end)
    assert (broken["actual_seconds"], broken["paused_seconds"]) == (5 * 60, 8 * 60)
    assert slot(agenda, 1)["actual_seconds"] == 50 * 60
