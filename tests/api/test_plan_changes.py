"""Every verb that may move hot seats tells whose, why, and what it does to credits, also ahead."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import made, make_people
from tests.support.clock import ManualClock
from tests.support.plan_changes import NOTHING, moves, reasons, rehearse
from tests.support.rotation import Rotation, make_rotation
from tests.support.statements import count_statements
from tests.support.tenants import Tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=6)


async def test_an_absence_a_leave_and_their_withdrawal(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    holder, other = (await rotation.plan())[0]
    mark = f"/v1/meetings/{meeting}/attendance/{holder}"
    away = await rehearse(rotation, "PUT", mark, {"status": "absent"})
    assert moves(away)[holder] in {"taken", "moved"}
    assert moves(away).get(other, "reordered") == "reordered", "who was told keeps it"
    first = away["plan_change"]["seats"][0]
    assert (first["before"]["meeting_id"], first["before"]["announced"]) == (meeting, True)
    assert {line["membership_id"] for line in away["plan_change"]["credits"]} >= {holder}
    assert sum(
        line["planned"]["after"] - line["planned"]["before"]
        for line in away["plan_change"]["credits"]
    ) == pytest.approx(0, abs=1e-5)

    again = await rehearse(rotation, "PUT", mark, {"status": "absent", "note": "A wedding"})
    assert again["plan_change"] == NOTHING
    back = await rehearse(rotation, "PUT", mark, {"status": "going"})
    assert back["plan_change"]["credits"], "the meeting earns them a share again"

    leaves = f"/v1/memberships/{other}/leaves"
    body = {"first_on": "2026-11-23", "last_on": "2026-12-10"}
    leave = await rehearse(rotation, "POST", leaves, body)
    assert other in moves(leave)
    returned = await rehearse(rotation, "DELETE", f"/v1/leaves/{leave['id']}")
    assert returned["id"] == leave["id"]
    assert (await rotation.client.get(f"/v1/leaves/{leave['id']}")).status_code == 404


async def test_why_a_hot_seat_is_taken(rotation: Rotation) -> None:
    """Somebody who is away for all of them has none instead."""
    member = (await rotation.plan())[0][0]
    body = {"first_on": "2026-11-23", "last_on": "2027-10-31"}
    leave = await rehearse(rotation, "POST", f"/v1/memberships/{member}/leaves", body)
    assert moves(leave)[member] == "taken"
    assert "taken_away" in reasons(leave)


async def test_swap_pass_unpass_and_cover(rotation: Rotation) -> None:
    one, beside, *later = await rotation.seats()
    other = next(s for s in later[2:] if s["membership_id"] != one["membership_id"])
    swap = await rehearse(
        rotation, "POST", f"/v1/hot_seats/{one['id']}/swap", {"with_hot_seat_id": other["id"]}
    )
    swapped = moves(swap)
    assert swapped[one["membership_id"]] == swapped[other["membership_id"]] == "moved"
    assert reasons(swap, "moved") >= {"pinned"}

    places = await rehearse(
        rotation, "POST", f"/v1/hot_seats/{one['id']}/swap", {"with_hot_seat_id": beside["id"]}
    )
    assert set(moves(places).values()) == {"reordered"}
    assert places["plan_change"]["credits"] == []

    passed = await rehearse(rotation, "POST", f"/v1/hot_seats/{beside['id']}/pass")
    assert moves(passed)[beside["membership_id"]] in {"taken", "moved"}
    taken_back = await rehearse(rotation, "POST", f"/v1/hot_seats/{beside['id']}/unpass")
    assert taken_back["plan_change"]["credits"]

    seat = (await rotation.seats(rotation.meetings[1]))[0]
    seated = set((await rotation.plan())[1])
    taker = next(member for member in rotation.members if member not in seated)
    cover = await rehearse(
        rotation, "POST", f"/v1/hot_seats/{seat['id']}/cover", {"membership_id": taker}
    )
    assert (cover["id"], cover["membership_id"], cover["pinned"]) == (seat["id"], taker, True)
    assert seat["membership_id"] in moves(cover)


async def test_urgent_requests(rotation: Rotation) -> None:
    meeting = rotation.meetings[1]
    seats = await rotation.seats(meeting)
    holders = {seat["membership_id"] for seat in seats}
    asker, second = [member for member in rotation.members if member not in holders][:2]
    path = f"/v1/meetings/{meeting}/urgent_requests"
    request = await rehearse(rotation, "POST", path, {"membership_id": asker})
    assert request["plan_change"] == NOTHING
    other = await rehearse(rotation, "POST", path, {"membership_id": second})
    declined = await rehearse(rotation, "POST", f"/v1/urgent_requests/{other['id']}/decline")
    assert declined["plan_change"] == NOTHING
    where = f"/v1/urgent_requests/{request['id']}"
    granted = await rehearse(
        rotation, "POST", f"{where}/grant", {"yields_hot_seat_id": seats[0]["id"]}
    )
    assert asker in moves(granted)
    assert moves(granted)[seats[0]["membership_id"]] in {"taken", "moved"}
    withdrawn = await rehearse(rotation, "POST", f"{where}/withdraw")
    assert asker in moves(withdrawn)


async def test_settings_and_opening_credits(rotation: Rotation) -> None:
    group = f"/v1/groups/{rotation.group_id}"
    fewer = await rehearse(rotation, "PATCH", group, {"rotation": {"hot_seats_per_meeting": 1}})
    assert reasons(fewer) <= {"taken_fewer", "taken_given_to_another"}
    assert "taken_fewer" in reasons(fewer)
    more = await rehearse(rotation, "PATCH", group, {"rotation": {"hot_seats_per_meeting": 3}})
    assert "given" in moves(more).values()
    name = await rehearse(rotation, "PATCH", group, {"name": "The Coalbiters"})
    assert name["plan_change"] == NOTHING

    credits_ = [
        {"membership_id": rotation.members[5], "credit": 0.9},
        {"membership_id": rotation.members[0], "credit": -0.9},
    ]
    body = {"as_of": "2026-11-20", "credits": credits_}
    opened = await rehearse(rotation, "POST", f"{group}/rotation/opening", body)
    now = {line["membership_id"]: line["now"] for line in opened["plan_change"]["credits"]}
    assert now[rotation.members[5]] == {"before": 0.0, "after": 0.9}


async def test_an_evening(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    first, second = await rotation.seats(meeting)
    await rotation.start(meeting)
    skipped = await rehearse(
        rotation, "POST", f"/v1/hot_seats/{first['id']}/skip", {"because": "no_time"}
    )
    assert moves(skipped)[first["membership_id"]] in {"taken", "moved"}
    await rotation.do(second["id"], "start")
    rotation.clock.advance(timedelta(minutes=3))
    stopped = await rehearse(
        rotation, "POST", f"/v1/hot_seats/{second['id']}/finish", {"interrupted": True}
    )
    assert moves(stopped)[second["membership_id"]] in {"taken", "moved"}
    assert {first["membership_id"], second["membership_id"]} == set((await rotation.plan())[1])


async def test_meetings_that_are_called_off_moved_recorded_and_corrected(
    rotation: Rotation,
) -> None:
    first, second, *_ = rotation.meetings
    holders = (await rotation.plan())[0]
    gone = await rehearse(rotation, "POST", f"/v1/meetings/{first}/cancel")
    lines = [line for line in gone["plan_change"]["seats"] if line["before"]]
    lost = [line for line in lines if line["before"]["meeting_id"] == first]
    now_at = {line["membership_id"]: line["after"] and line["after"]["meeting_id"] for line in lost}
    assert now_at == dict.fromkeys(holders, second), "first in line at the next"
    later = {"local_start": "2026-12-02T18:00:00"}
    moved = await rehearse(rotation, "POST", f"/v1/meetings/{second}/reschedule", later)
    assert moved["plan_change"]["seats"] == [], "the same hot seats, a day later"

    rotation.clock.advance(timedelta(days=16))
    seated = (await rotation.plan())[1]
    recorded = await rehearse(rotation, "POST", f"/v1/meetings/{second}/record")
    now = {line["membership_id"]: line["now"] for line in recorded["plan_change"]["credits"]}
    assert now[seated[0]] == {"before": 0.0, "after": pytest.approx(1 / 3 - 1, abs=1e-6)}

    other = next(member for member in rotation.members if member not in seated)
    said: dict[str, Any] = {
        "hot_seats": [
            {"membership_id": seated[0], "state": "none"},
            {"membership_id": other, "state": "done"},
        ]
    }
    corrected = await rehearse(rotation, "POST", f"/v1/meetings/{second}/correct", said)
    now = {line["membership_id"]: line["now"] for line in corrected["plan_change"]["credits"]}
    assert set(now) == {seated[0], other}
    assert now[seated[0]]["after"] == pytest.approx(1 / 3, abs=1e-6)
    again = await rehearse(rotation, "POST", f"/v1/meetings/{second}/correct", said)
    assert again["plan_change"]["seats"] == again["plan_change"]["credits"] == []


async def test_members_join_weigh_more_and_leave(rotation: Rotation) -> None:
    people = await make_people(rotation.client, 2)
    places = f"/v1/groups/{rotation.group_id}/memberships"
    joined = await rehearse(rotation, "POST", places, {"person_id": people[0]})
    assert moves(joined)[joined["id"]] == "given"
    where = f"/v1/memberships/{joined['id']}"
    heavier = await rehearse(rotation, "PATCH", where, {"weight": 6})
    assert heavier["plan_change"]["seats"]
    noted = await rehearse(rotation, "PATCH", where, {"metadata": {"cohort": "autumn"}})
    assert (noted["plan_change"]["seats"], noted["plan_change"]["credits"]) == ([], [])
    same = await rehearse(rotation, "PATCH", where, {"weight": 6})
    assert same["plan_change"] == NOTHING
    ended = await rehearse(rotation, "POST", f"{where}/end", {"ends_on": "2026-11-23"})
    assert moves(ended)[joined["id"]] == "taken"
    assert "taken_away" in reasons(ended)

    external = {"group_id": rotation.group_id, "person_id": people[1]}
    path = "/v1/memberships/external/m-7"
    put = made(await rotation.client.put(path, json=external))
    assert moves(put)[put["id"]] == "given"
    again = made(await rotation.client.put(path, json={**external, "weight": 6}))
    assert again["plan_change"]["seats"]


async def test_a_meeting_out_of_turn(rotation: Rotation) -> None:
    body = {"group_id": rotation.group_id, "duration_minutes": 90}
    early = {**body, "local_start": "2026-11-27T18:00:00"}
    added = await rehearse(rotation, "POST", "/v1/meetings", early)
    gained = [line["after"] for line in added["plan_change"]["seats"] if line["after"]]
    assert added["id"] in {place["meeting_id"] for place in gained}
    assert all(place["announced"] for place in gained if place["meeting_id"] == added["id"])
    old = {**body, "local_start": "2026-10-01T18:00:00", "backfill": True}
    backfilled = await rehearse(rotation, "POST", "/v1/meetings", old)
    assert backfilled["plan_change"]["seats"] == backfilled["plan_change"]["credits"] == []

    path = "/v1/meetings/external/mtg-7"
    put = made(await rotation.client.put(path, json={**body, "local_start": "2026-11-28T18:00:00"}))
    assert put["plan_change"]["seats"]
    late = {**body, "local_start": "2027-03-01T18:00:00"}
    moved = made(await rotation.client.put(path, json=late))
    assert moved["plan_change"]["seats"] == [], "its hot seats go along"


async def test_a_change_costs_a_fixed_number_of_selects(
    rotation: Rotation, database: Database
) -> None:
    counts = []
    for week, (member, _) in enumerate((await rotation.plan())[:2]):
        path = f"/v1/meetings/{rotation.meetings[week]}/attendance/{member}"
        with count_statements(database) as counted:
            made(await rotation.client.put(path, params={"dry_run": "true"}, json=_ABSENT))
        counts.append(sum(text.startswith("SELECT") for text in counted.statements))
    assert counts[0] == counts[1]


_ABSENT = {"status": "absent"}
