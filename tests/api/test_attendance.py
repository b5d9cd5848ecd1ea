"""Who says that they come, and who came."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    mark,
    seats_of,
    verb,
    without_change,
)
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant, make_tenant


async def attendance_of(client: httpx.AsyncClient, meeting_id: str) -> dict[str, Any]:
    answer = made(await client.get(f"/v1/meetings/{meeting_id}/attendance"))
    return {each["membership_id"]: each for each in answer["data"]}


async def test_everybody_is_expected_until_they_say(
    client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    listed = await attendance_of(client, first["id"])
    assert list(listed) == group["memberships"]
    assert {each["status"] for each in listed.values()} == {"expected"}
    who = group["memberships"][2]
    going = await mark(client, first["id"], who, "going")
    assert without_change(going) == (await attendance_of(client, first["id"]))[who]
    assert (going["status"], going["presumed"], going["announced_at"]) == ("going", False, None)
    (event,) = await events_of(database, tenant, "attendance.")
    assert event[1]["status"] == "going"
    assert event[1]["membership_id"] == who
    assert "note" not in event[1]
    await mark(client, first["id"], who, "going")
    assert len(await events_of(database, tenant, "attendance.")) == 1
    back = await mark(client, first["id"], who, "expected")
    assert back["status"] == "expected"
    assert (await other_client.get(f"/v1/meetings/{first['id']}/attendance")).status_code == 404


async def test_an_absence_plans_anew(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    seat = (await seats_of(client, first["id"]))[0]
    who = seat["membership_id"]
    before = made(await client.get(f"/v1/meetings/{first['id']}"))
    absent = await mark(client, first["id"], who, "absent", note="A wedding")
    assert absent["announced_at"] == "2026-11-23T09:00:00Z"
    after = made(await client.get(f"/v1/meetings/{first['id']}"))
    assert after["version"] > before["version"]
    assert after["hot_seats"] == before["hot_seats"]
    assert who not in {each["membership_id"] for each in await seats_of(client, first["id"])}
    agenda = made(await client.get(f"/v1/meetings/{first['id']}/agenda"))
    assert who not in {speaker["membership_id"] for speaker in agenda["speaking_order"]}
    # They lost nothing: they are expected at the next, and planned again soon.
    await mark(client, first["id"], who, "going")
    again = made(await client.get(f"/v1/meetings/{first['id']}/agenda"))
    assert who in {speaker["membership_id"] for speaker in again["speaking_order"]}


@pytest.mark.parametrize(
    ("status", "more", "minutes", "code"),
    [
        ("present", {}, -60, "status_too_early"),
        ("no_show", {}, -1, "status_too_early"),
        ("going", {}, 0, "status_too_late"),
        ("present", {"minutes_late": 5}, 10, "not_late"),
        ("absent", {"minutes_late": 5}, -60, "not_late"),
        ("late", {"minutes_late": 0}, 10, "validation_failed"),
        ("asleep", {}, 10, "validation_failed"),
    ],
)
async def test_what_can_be_said_depends_on_the_hour(
    client: httpx.AsyncClient,
    clock: ManualClock,
    status: str,
    more: dict[str, Any],
    minutes: int,
    code: str,
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    clock.set(datetime.fromisoformat(first["starts_at"]) + timedelta(minutes=minutes))
    path = f"/v1/meetings/{first['id']}/attendance/{group['memberships'][0]}"
    answer = await client.put(path, json={"status": status, **more})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_marks_of_the_evening(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    clock.set(datetime.fromisoformat(first["starts_at"]))
    await verb(client, first["id"], "start")
    statuses = ("present", "late", "left_early", "no_show", "absent")
    for who, status in zip(group["memberships"], statuses, strict=False):
        more = {"minutes_late": 20} if status == "late" else {}
        assert (await mark(client, first["id"], who, status, **more))["status"] == status
    clock.set(datetime.fromisoformat(first["ends_at"]))
    await verb(client, first["id"], "close")
    listed = list((await attendance_of(client, first["id"])).values())
    assert [each["status"] for each in listed] == [*statuses, "present"]
    assert [each["presumed"] for each in listed] == [False] * 5 + [True]
    assert listed[1]["minutes_late"] == 20
    path = f"/v1/meetings/{first['id']}/attendance/{group['memberships'][0]}"
    over = await client.put(path, json={"status": "no_show"})
    assert (over.status_code, over.json()["code"]) == (409, "meeting_over")


async def test_a_mark_is_taken_back(client: httpx.AsyncClient, clock: ManualClock) -> None:
    """Nobody is presumed to have come who is on leave."""
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    wrong, on_leave = group["memberships"][:2]
    days = {"first_on": "2026-11-25", "last_on": "2026-11-30"}
    made(await client.post(f"/v1/memberships/{on_leave}/leaves", json=days))
    clock.set(datetime.fromisoformat(first["starts_at"]))
    await verb(client, first["id"], "start")
    for who, status in ((wrong, "no_show"), (on_leave, "present")):
        await mark(client, first["id"], who, status)
        back = await mark(client, first["id"], who, "expected")
        assert (back["status"], back["presumed"]) == ("expected", False)
    clock.set(datetime.fromisoformat(first["ends_at"]))
    await verb(client, first["id"], "close")
    listed = await attendance_of(client, first["id"])
    assert (listed[wrong]["status"], listed[wrong]["presumed"]) == ("present", True)
    assert (listed[on_leave]["status"], listed[on_leave]["presumed"]) == ("expected", False)
    # So when it is corrected.
    await verb(client, first["id"], "reopen")
    await mark(client, first["id"], wrong, "absent")
    await mark(client, first["id"], wrong, "expected")
    closed = await verb(client, first["id"], "close")
    assert closed["closing"]["correction"]["attendance"] == []


async def test_only_members_of_the_day_are_marked(client: httpx.AsyncClient) -> None:
    group, other = await make_group(client), await make_group(client, 4)
    first, second, *_ = await make_cadence(client, group["id"])
    (person_id,) = await make_people(client, 1)
    newcomer = await join(client, group["id"], person_id, starts_on="2026-11-30")
    for meeting, membership, status in (
        (first, other["memberships"][0], 404),
        (first, "mbr_01h455vb4pex5vsknk084sn02q", 404),
        (first, newcomer, 422),
        (second, newcomer, 200),
    ):
        path = f"/v1/meetings/{meeting['id']}/attendance/{membership}"
        answer = await client.put(path, json={"status": "absent"})
        assert answer.status_code == status, answer.text
    assert newcomer not in await attendance_of(client, first["id"])
    assert newcomer in await attendance_of(client, second["id"])


async def test_who_is_on_leave_is_not_presumed_present(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    away, came = group["memberships"][:2]
    days = {"first_on": "2026-11-25", "last_on": "2026-11-30"}
    for who in (away, came):
        made(await client.post(f"/v1/memberships/{who}/leaves", json=days))
    clock.set(datetime.fromisoformat(first["starts_at"]))
    await verb(client, first["id"], "start")
    await mark(client, first["id"], came, "present")
    clock.set(datetime.fromisoformat(first["ends_at"]))
    await verb(client, first["id"], "close")
    listed = await attendance_of(client, first["id"])
    assert (listed[away]["on_leave"], listed[away]["status"]) == (True, "expected")
    assert listed[came]["status"] == "present"


async def test_who_left_before_the_meeting_is_no_part_of_it(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 5)
    first, *_ = await make_cadence(client, group["id"])
    leaver = group["memberships"][4]
    await mark(client, first["id"], leaver, "absent")
    made(await client.post(f"/v1/memberships/{leaver}/end"))
    clock.set(datetime.fromisoformat(first["starts_at"]))
    await verb(client, first["id"], "start")
    closed = await verb(client, first["id"], "close")
    marks = [each["membership_id"] for each in closed["closing"]["attendance"]]
    assert marks == group["memberships"][:4] == [*await attendance_of(client, first["id"])]
    ((_, told),) = await events_of(database, tenant, "meeting.closed")
    assert (told["expected"], told["present"]) == (4, 4)


async def test_notes_are_confidential(
    client: httpx.AsyncClient, app: FastAPI, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    who = group["memberships"][0]
    assert (await mark(client, first["id"], who, "absent", note="A wedding"))["note"] == "A wedding"
    blind = await make_tenant(database, scopes=["read"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as blind_client:
        assert (await attendance_of(blind_client, first["id"]))[who]["note"] is None
        path = f"/v1/meetings/{first['id']}/attendance/{who}"
        assert (await blind_client.put(path, json={"status": "going"})).status_code == 403
