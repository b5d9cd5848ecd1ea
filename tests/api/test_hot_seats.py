"""Hot seats over the API: read, run, let go by, exchanged."""

import asyncio
from datetime import timedelta
from itertools import chain
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.db.models import Slot
from app.db.session import Database
from app.domain import ids
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant, make_tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=6)


async def test_a_hot_seat_is_read_and_changed(
    rotation: Rotation, client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    seat = (await rotation.seats())[0]
    where = f"/v1/hot_seats/{seat['id']}"
    read = await client.get(where)
    assert read.json() == seat
    assert seat["reason"]["code"] == "highest_due"
    assert (await other_client.get(where)).status_code == 404

    stale = await client.patch(where, json={"topic": "A"}, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    patched = await client.patch(
        where, json={"topic": "The last chapter"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert patched.json()["topic"] == "The last chapter"
    assert patched.headers["ETag"] != read.headers["ETag"]
    assert patched.json()["version"] == seat["version"] + 1

    early = await client.patch(where, json={"outcome": "Written"})
    assert (early.status_code, early.json()["code"]) == (409, "hot_seat_not_begun")


async def test_hot_seats_are_listed_in_the_order_of_time(rotation: Rotation) -> None:
    seats = await rotation.seats()
    order = [rotation.meetings.index(seat["meeting_id"]) for seat in seats]
    assert order == sorted(order)
    member = rotation.members[2]
    own = await rotation.seats(membership_id=member)
    assert own == [seat for seat in seats if seat["membership_id"] == member]
    assert await rotation.seats(meeting_id=rotation.meetings[1]) == seats[2:4]
    assert await rotation.seats(state="announced") == seats[:6]

    paged: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        params = {"group_id": rotation.group_id, "limit": "5", **cursor}
        page = made(await rotation.client.get("/v1/hot_seats", params=params))
        paged += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == seats


async def test_texts_are_for_keys_that_may_read_them(
    rotation: Rotation, app: FastAPI, database: Database
) -> None:
    seat = (await rotation.seats())[0]
    where = f"/v1/hot_seats/{seat['id']}"
    await rotation.client.patch(where, json={"topic": "A debt"})
    narrow = await make_tenant(
        database, scopes=("read", "write"), workspace_id=rotation.tenant.workspace_id
    )
    async with narrow.client(app) as client:
        assert (await client.get(where)).json()["topic"] is None
        listed = (await client.get("/v1/hot_seats")).json()["data"]
        assert {each["topic"] for each in listed} == {None}
        assert (await client.patch(where, json={"topic": "B"})).json()["topic"] is None
    assert (await rotation.client.get(where)).json()["topic"] == "B"


async def test_a_hot_seat_runs_through_its_phases(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    early = await rotation.ask(first["id"], "start")
    assert (early.status_code, early.json()["code"]) == (409, "meeting_not_live")

    await rotation.start(meeting)
    begun_at = rotation.clock.now()
    started = await rotation.do(first["id"], "start")
    assert (started["state"], started["phase"]) == ("live", "present")
    running = await rotation.ask(second["id"], "start")
    assert (running.status_code, running.json()["code"]) == (409, "hot_seat_running")
    again = await rotation.ask(first["id"], "start")
    assert again.json()["code"] == "hot_seat_not_open"

    phases = [started["phase"]]
    for _ in range(3):
        rotation.clock.advance(timedelta(minutes=4))
        phases.append((await rotation.do(first["id"], "advance"))["phase"])
    assert phases == ["present", "clarify", "advise", "commit"]
    last = await rotation.ask(first["id"], "advance")
    assert (last.status_code, last.json()["code"]) == (409, "last_phase")

    rotation.clock.advance(timedelta(minutes=4))
    done = await rotation.do(first["id"], "finish", outcome="Calls the printer")
    assert (done["state"], done["phase"], done["outcome"]) == ("done", None, "Calls the printer")
    assert [mark["phase"] for mark in done["phase_log"]] == phases
    assert done["phase_log"][1]["at"] == (begun_at + timedelta(minutes=4)).isoformat().replace(
        "+00:00", "Z"
    )
    twice = await rotation.ask(first["id"], "finish")
    assert (twice.status_code, twice.json()["code"]) == (409, "hot_seat_not_live")

    slot = await _slot(rotation, meeting, first["membership_id"])
    assert (slot.actual_start, slot.actual_end) == (begun_at, rotation.clock.now())
    assert await event_types(rotation.database, rotation.tenant, "hot_seat.") == [
        *["hot_seat.announced"] * (6 + 2),
        "hot_seat.started",
        "hot_seat.finished",
    ]


async def test_an_interrupted_hot_seat_is_not_charged_and_comes_first_next_time(
    rotation: Rotation,
) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    await rotation.start(meeting)
    await rotation.do(first["id"], "start")
    rotation.clock.advance(timedelta(minutes=5))
    assert (await rotation.do(first["id"], "finish", interrupted=True))["state"] == "interrupted"
    assert first["membership_id"] in (await rotation.plan())[1], "first in line at once"

    await rotation.do(second["id"], "start")
    rotation.clock.advance(timedelta(minutes=14))
    read = made(await rotation.client.get(f"/v1/meetings/{meeting}"))
    assert read["hot_seats"] == 1, "it was none"
    late = await rotation.ask(second["id"], "finish", interrupted=True)
    assert (late.status_code, late.json()["code"]) == (409, "minimum_reached")
    await rotation.do(second["id"], "finish")
    await rotation.close(meeting)
    assert first["membership_id"] in (await rotation.plan())[1]
    reasons = {
        seat["membership_id"]: seat["reason"]["code"]
        for seat in await rotation.seats(rotation.meetings[1])
    }
    assert reasons[first["membership_id"]] == "first_in_line"


async def test_who_is_not_there_is_replaced_by_the_best_claim(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    early = await rotation.ask(first["id"], "skip", because="absent")
    assert (early.status_code, early.json()["code"]) == (409, "meeting_not_live")
    next_up = (await rotation.plan())[1][0]

    await rotation.start(meeting)
    skipped = await rotation.do(first["id"], "skip", because="absent")
    assert (skipped["state"], skipped["reason"]["code"]) == ("skipped", "skipped_absent")
    seats = {seat["membership_id"]: seat for seat in await rotation.seats(meeting)}
    substitute = seats[next_up]
    assert substitute["state"] == "announced"
    assert substitute["position"] == first["position"]
    assert substitute["reason"]["code"] == "substitute"
    assert (await _slot(rotation, meeting, next_up)).actual_start is None

    for seat in (substitute, second):
        await rotation.do(seat["id"], "start")
        rotation.clock.advance(timedelta(minutes=18))
        await rotation.do(seat["id"], "finish")
    await rotation.close(meeting)
    attendance = made(await rotation.client.get(f"/v1/meetings/{meeting}/attendance"))
    statuses = {each["membership_id"]: each["status"] for each in attendance["data"]}
    assert statuses[first["membership_id"]] == "no_show"
    assert statuses[next_up] == "present"


async def test_who_was_there_after_all_had_a_place_beside_their_substitute(
    rotation: Rotation,
) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    await rotation.start(meeting)
    await rotation.do(first["id"], "skip", because="absent")
    seats = await rotation.seats(meeting, state="announced")
    for seat in seats:
        await rotation.do(seat["id"], "start")
        rotation.clock.advance(timedelta(minutes=18))
        await rotation.do(seat["id"], "finish")
    await rotation.close(meeting)
    (substitute,) = {seat["membership_id"] for seat in seats} - {second["membership_id"]}
    seated = {each["membership_id"] for each in (first, second)} | {substitute}
    newcomer = next(who for who in rotation.members if who not in seated)
    path = f"/v1/meetings/{meeting}/correct"
    told = [{"membership_id": who, "state": "done"} for who in (first["membership_id"], newcomer)]
    here = [{"membership_id": first["membership_id"], "status": "late"}]
    made(await rotation.client.post(path, json={"attendance": here, "hot_seats": told}))
    places = {
        seat["membership_id"]: seat["position"]
        for seat in await rotation.seats(meeting, state="done")
    }
    wanted = (substitute, second["membership_id"], first["membership_id"], newcomer)
    assert [places[who] for who in wanted] == [first["position"], second["position"], 3, 4]


async def test_whom_time_ran_out_on_is_first_in_line(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, _ = await rotation.seats(meeting)
    await rotation.start(meeting)
    assert (await rotation.do(first["id"], "skip", because="no_time"))["state"] == "skipped"
    assert len(await rotation.seats(meeting)) == 2, "nobody takes over"
    assert first["membership_id"] in (await rotation.plan())[1]
    again = await rotation.ask(first["id"], "skip", because="no_time")
    assert again.json()["code"] == "hot_seat_not_open"
    wrong = await rotation.ask(first["id"], "skip", because="bored")
    assert wrong.status_code == 422


async def test_a_passed_hot_seat_goes_to_another(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    passed = await rotation.do(first["id"], "pass")
    assert (passed["state"], passed["pinned"]) == ("passed", False)
    holders = (await rotation.plan())[0]
    assert first["membership_id"] not in holders
    assert second["membership_id"] in holders
    assert len(holders) == 2
    again = await rotation.ask(first["id"], "pass")
    assert (again.status_code, again.json()["code"]) == (409, "hot_seat_not_open")
    skipped = await events_of(rotation.database, rotation.tenant, "hot_seat.skipped")
    assert [data["state"] for _, data in skipped] == ["passed"]


async def test_a_hot_seat_passed_on_the_evening_is_taken_over(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    await rotation.start(meeting)
    await rotation.do(first["id"], "pass")
    holders = (await rotation.plan())[0]
    assert len(holders) == 2
    assert first["membership_id"] not in holders
    assert second["membership_id"] in holders


async def test_a_past_meeting_has_nothing_to_pass(rotation: Rotation) -> None:
    seat = (await rotation.seats())[0]
    rotation.clock.advance(timedelta(days=2))
    late = await rotation.ask(seat["id"], "pass")
    assert (late.status_code, late.json()["code"]) == (409, "meeting_over")


async def test_two_members_exchange_their_evenings(rotation: Rotation) -> None:
    seats = await rotation.seats()
    one = seats[0]
    other = next(seat for seat in seats[4:] if seat["membership_id"] != one["membership_id"])
    for seat, topic in ((one, "One"), (other, "Other")):
        made(await rotation.client.patch(f"/v1/hot_seats/{seat['id']}", json={"topic": topic}))

    swapped = await rotation.do(one["id"], "swap", with_hot_seat_id=other["id"])
    back = made(await rotation.client.get(f"/v1/hot_seats/{other['id']}"))
    assert swapped["membership_id"] == other["membership_id"]
    assert back["membership_id"] == one["membership_id"]
    assert (swapped["topic"], back["topic"]) == ("Other", "One")
    assert swapped["pinned"]
    assert back["pinned"]
    assert back["reason"]["code"] == "pinned"
    changed = await events_of(rotation.database, rotation.tenant, "hot_seat.changed")
    assert {data["hot_seat_id"] for _, data in changed} >= {one["id"], other["id"]}

    before = await rotation.plan()
    await rotation.replan()
    assert await rotation.plan() == before, "fixed"


async def test_a_dry_run_of_a_swap_changes_nothing(rotation: Rotation) -> None:
    one, *_, other = (await rotation.seats())[:5]
    before = await rotation.seats()
    shown = made(
        await rotation.client.post(
            f"/v1/hot_seats/{one['id']}/swap",
            params={"dry_run": "true"},
            json={"with_hot_seat_id": other["id"]},
        )
    )
    assert shown["membership_id"] == other["membership_id"]
    assert await rotation.seats() == before


async def test_places_of_one_evening_are_exchanged(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    moved = await rotation.do(first["id"], "swap", with_hot_seat_id=second["id"])
    assert (moved["membership_id"], moved["position"]) == (first["membership_id"], 2)
    assert not moved["pinned"], "the order costs nothing"
    order = [seat["id"] for seat in await rotation.seats(meeting)]
    await rotation.replan()
    assert [seat["id"] for seat in await rotation.seats(meeting)] == order
    assert order == [second["id"], first["id"]]

    await rotation.start(meeting)
    before = await _slot(rotation, meeting, second["membership_id"])
    await rotation.do(first["id"], "swap", with_hot_seat_id=second["id"])
    assert (await _slot(rotation, meeting, first["membership_id"])).id == before.id


async def test_swaps_that_cannot_be(rotation: Rotation) -> None:
    seats = await rotation.seats()
    one = seats[0]
    own = [seat for seat in seats if seat["membership_id"] == one["membership_id"]]
    same = await rotation.ask(one["id"], "swap", with_hot_seat_id=own[1]["id"])
    assert (same.status_code, same.json()["code"]) == (422, "same_member")
    nobody = await rotation.ask(
        one["id"], "swap", with_hot_seat_id="hst_01h455vb4pex5vsknk084sn02q"
    )
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown_hot_seat")

    other = next(
        seat
        for seat in seats[2:]
        if seat["membership_id"] not in {each["membership_id"] for each in seats[:2]}
    )
    away, them = rotation.meetings.index(one["meeting_id"]), other["membership_id"]
    await rotation.absent(rotation.meetings[away], them)
    absent = await rotation.ask(one["id"], "swap", with_hot_seat_id=other["id"])
    assert (absent.status_code, absent.json()["code"]) == (409, "member_not_expected")
    assert absent.json()["facts"]["membership_id"] == them

    beside = await rotation.ask(seats[1]["id"], "swap", with_hot_seat_id=own[1]["id"])
    assert (beside.status_code, beside.json()["code"]) == (409, "already_seated")

    rotation.clock.advance(timedelta(days=2))
    late = await rotation.ask(one["id"], "swap", with_hot_seat_id=other["id"])
    assert (late.status_code, late.json()["code"]) == (409, "meeting_over")


async def test_twenty_verbs_at_once_leave_one_consistent_plan(rotation: Rotation) -> None:
    """Everybody wants the same two evenings; each either succeeds or hears a clear no."""
    seats = await rotation.seats()
    target = seats[0]
    others = [s for s in seats[2:] if s["membership_id"] != target["membership_id"]][:7]
    requests = [
        *(rotation.ask(target["id"], "swap", with_hot_seat_id=seat["id"]) for seat in others),
        *(rotation.ask(seat["id"], "swap", with_hot_seat_id=target["id"]) for seat in others),
        *(rotation.ask(target["id"], "pass") for _ in range(3)),
        *(rotation.ask(seat["id"], "pass") for seat in others[:3]),
    ]
    assert len(requests) == 20
    answers = await asyncio.gather(*requests)
    assert {answer.status_code for answer in answers} <= {200, 404, 409, 422}
    codes = {answer.json().get("code") for answer in answers if answer.status_code != 200}
    assert codes <= {
        "already_seated",
        "hot_seat_gone",
        "hot_seat_not_open",
        "not_found",
        "same_member",
        "unknown_hot_seat",
    }
    assert sum(answer.status_code == 200 for answer in answers[14:17]) <= 1, "passed once"
    for refused in (answer.json() for answer in answers if answer.status_code == 409):
        _check_tells_how_it_stands(refused, rotation)

    plan = await rotation.plan()
    assert all(len(set(holders)) == len(holders) == 2 for holders in plan)
    passed = {
        (seat["meeting_id"], seat["membership_id"]) for seat in await rotation.seats(state="passed")
    }
    open_ones = {
        (meeting, member)
        for meeting, members in zip(rotation.meetings, plan, strict=True)
        for member in members
    }
    assert not passed & open_ones
    before = await rotation.versions()
    await rotation.replan()
    assert await rotation.versions() == before, "the last verb left a finished plan"
    assert set(chain(*plan)) == set(rotation.members)


def _check_tells_how_it_stands(refused: dict[str, Any], rotation: Rotation) -> None:
    """A 409 has what a caller needs to go on: each hot seat of the meeting with its version."""
    facts = refused["facts"]
    seats = facts.get("hot_seats", [facts])
    assert seats
    for seat in seats:
        assert seat["membership_id"] in rotation.members
        assert seat["hot_seat_id"].startswith("hst_")
        assert seat["state"] in {"planned", "announced", "passed"}
        assert seat["version"] >= 1
    if refused["code"] == "hot_seat_not_open":
        assert seats[0]["state"] == "passed"
    else:
        assert facts["meeting_id"] in rotation.meetings


async def test_of_twenty_passes_one_succeeds(rotation: Rotation) -> None:
    seat = (await rotation.seats())[0]
    answers = await asyncio.gather(*(rotation.ask(seat["id"], "pass") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"hot_seat_not_open"}
    stands = await rotation.client.get(f"/v1/hot_seats/{seat['id']}")
    now = {"state": "passed", "version": stands.json()["version"]}
    for refused in answers:
        if refused.status_code == 409:
            facts = refused.json()["facts"]
            assert {name: facts[name] for name in now} == now
    skipped = await event_types(rotation.database, rotation.tenant, "hot_seat.skipped")
    assert len(skipped) == 1


async def _slot(rotation: Rotation, meeting: str, member: str) -> Slot:
    query = select(Slot).where(
        Slot.workspace_id == rotation.tenant.workspace_id,
        Slot.meeting_id == ids.decode("meeting", meeting),
        Slot.membership_id == ids.decode("membership", member),
        Slot.kind == "hot_seat",
    )
    async with rotation.database.transaction() as session:
        return (await session.execute(query)).scalar_one()
