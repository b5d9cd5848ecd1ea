"""Meetings over the API: ad-hoc ones, history, their details, their time, their end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db.session import Database
from app.domain import ids
from app.services import meeting_duties
from tests.support.builders import (
    made,
    make_cadence,
    make_group,
    mark,
    meetings_of,
    seats_of,
    verb,
    without_change,
)
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.tenants import Tenant

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def ad_hoc(group: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "group_id": group["id"],
        "local_start": "2026-12-01T19:30:00",
        "duration_minutes": 90,
        **fields,
    }


async def run_duty(
    duty: Any, database: Database, tenant: Tenant, meeting_id: str, now: datetime
) -> None:
    async with database.transaction() as session:
        await duty(session, tenant.workspace_id, ids.decode("meeting", meeting_id), now)


async def read(client: httpx.AsyncClient, meeting_id: str) -> Any:
    return made(await client.get(f"/v1/meetings/{meeting_id}"))


async def test_the_answer_has_the_version_that_the_event_tells_of(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    created = made(await client.post("/v1/meetings", json=ad_hoc(group, external_id="crm-1")))
    moved = await verb(
        client, created["id"], "reschedule", starts_at="2026-12-02T18:00:00Z", duration_minutes=90
    )
    told = await events_of(database, tenant)
    types = [name for name, _ in told]
    assert types.index("meeting.scheduled") < types.index("hot_seat.announced")
    versions = [data["version"] for name, data in told if name.startswith("meeting.")]
    assert versions == [created["version"], moved["version"]]
    seats = [data for name, data in told if name == "hot_seat.announced"]
    assert {data["meeting_external_id"] for data in seats} == {"crm-1"}


async def test_an_ad_hoc_meeting(
    client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
) -> None:
    group = await make_group(client)
    body = ad_hoc(group, title="Party", external_id="crm-1", metadata={"a": 1})
    created = await client.post("/v1/meetings", json=body)
    assert created.status_code == 201
    where = created.headers["Location"]
    got = await client.get(where)
    assert got.json() == without_change(created.json())
    assert got.headers["ETag"] == created.headers["ETag"]
    meeting = got.json()
    assert meeting["starts_at"] == "2026-12-01T19:30:00Z"
    assert meeting["time_zone"] == "Europe/London"
    assert (meeting["origin"], meeting["duration_minutes"], meeting["hot_seats"]) == (
        "ad_hoc",
        90,
        len(await seats_of(client, meeting["id"])),
    )
    assert meeting["hot_seats"] > 0
    assert (
        await client.get(where, headers={"If-None-Match": got.headers["ETag"]})
    ).status_code == 304
    assert await event_types(database, tenant, "meeting.") == ["meeting.scheduled"]
    assert (await other_client.get(where)).status_code == 404
    assert (await other_client.post("/v1/meetings", json=body)).json()["code"] == "unknown_group"
    again = await client.post("/v1/meetings", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "external_id_taken")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"local_start": None}, "validation_failed"),
        ({"starts_at": "2026-12-01T19:30:00Z"}, "validation_failed"),
        ({"local_start": None, "starts_at": "2026-12-01T19:30:00"}, "validation_failed"),
        ({"local_start": None, "starts_at": "2026-12-01T19:30:30Z"}, "not_whole_minutes"),
        ({"local_start": "2026-11-20T19:30:00"}, "starts_in_past"),
        ({"backfill": True}, "backfill_in_future"),
        ({"duration_minutes": 30}, "no_template_fits"),
        ({"duration_minutes": 721}, "validation_failed"),
        ({"url": "javascript:alert(1)"}, "validation_failed"),
    ],
)
async def test_meetings_that_are_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], code: str
) -> None:
    group = await make_group(client, 4)
    answer = await client.post("/v1/meetings", json=ad_hoc(group, **fields))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_a_start_in_a_gap_moves_forward(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = made(
        await client.post("/v1/meetings", json=ad_hoc(group, local_start="2027-03-28T01:30:00"))
    )
    assert meeting["starts_at"] == "2027-03-28T01:30:00Z"
    assert meeting["local_start"] == "2027-03-28T02:30:00"


async def test_history_is_put_in_without_notice(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    meeting = made(
        await client.post(
            "/v1/meetings", json=ad_hoc(group, local_start="2026-11-19T19:30:00", backfill=True)
        )
    )
    assert (meeting["state"], meeting["origin"]) == ("scheduled", "backfill")
    made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": "The first"}))
    assert await event_types(database, tenant, "meeting.") == []


async def test_lists_are_filtered_and_paged(client: httpx.AsyncClient) -> None:
    group, other = await make_group(client, 4), await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    await make_cadence(client, other["id"])
    assert len(made(await client.get("/v1/meetings", params={"limit": "100"}))["data"]) == 26
    window = {"starts_at[gte]": meetings[2]["starts_at"], "starts_at[lt]": meetings[5]["starts_at"]}
    found = await meetings_of(client, group["id"], **window)
    assert [m["id"] for m in found] == [m["id"] for m in meetings[2:5]]
    seen: list[str] = []
    params = {"group_id": group["id"], "limit": "5"}
    while True:
        page = made(await client.get("/v1/meetings", params=params))
        seen += [m["id"] for m in page["data"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == [m["id"] for m in meetings]
    made(await client.patch(f"/v1/meetings/{seen[3]}", json={"external_id": "x"}))
    assert [m["id"] for m in await meetings_of(client, group["id"], external_id="x")] == [seen[3]]
    unknown = await client.get("/v1/meetings", params={"starts_at": "2026-12-01T00:00:00Z"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_parameter")


async def test_details_change_by_patch(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    (first, *_) = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}"
    for patch, kind, sequence in (
        ({"metadata": {"a": 1}}, "meeting.updated", 0),
        ({"title": "Party"}, "meeting.updated", 1),
        ({"location": "The Eagle", "url": "https://meet.example.org/x"}, "meeting.rescheduled", 2),
        ({"location": None}, "meeting.rescheduled", 3),
    ):
        answer = await client.patch(where, json=patch)
        assert answer.json()["sequence"] == sequence
        assert (await event_types(database, tenant, "meeting."))[-1] == kind
    answer = await client.get(where)
    assert answer.json()["url"] == "https://meet.example.org/x"
    etag = answer.headers["ETag"]
    same = await client.patch(where, json={"title": "Party"})
    assert same.headers["ETag"] == etag
    stale = await client.patch(where, json={"title": "No"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_a_meeting_is_put_by_the_callers_id(client: httpx.AsyncClient) -> None:
    group, other = await make_group(client, 4), await make_group(client, 4)
    where = "/v1/meetings/external/crm-7"
    new = await client.put(where, json=ad_hoc(group))
    assert (new.status_code, new.json()["external_id"]) == (201, "crm-7")
    same = await client.put(where, json=ad_hoc(group))
    assert same.status_code == 200
    assert without_change(same.json()) == without_change(new.json())
    moved = await client.put(where, json=ad_hoc(group, local_start="2026-12-02T19:30:00"))
    assert moved.json()["starts_at"] == "2026-12-02T19:30:00Z"
    assert moved.json()["sequence"] == 1
    fixed = await client.put(where, json=ad_hoc(other))
    assert (fixed.status_code, fixed.json()["code"]) == (409, "meeting_fixed")


async def test_a_meeting_moves(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    (first, *_) = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}"
    going, absent = group["memberships"][:2]
    await mark(client, first["id"], going, "going")
    await mark(client, first["id"], absent, "absent")
    body: dict[str, Any] = {"local_start": "2026-11-27T18:00:00", "duration_minutes": 120}
    preview = await client.post(f"{where}/reschedule", params={"dry_run": "true"}, json=body)
    assert preview.json()["starts_at"] == "2026-11-27T18:00:00Z"
    assert (await read(client, first["id"]))["starts_at"] == first["starts_at"]
    moved = await verb(client, first["id"], "reschedule", **body)
    assert (moved["starts_at"], moved["duration_minutes"], moved["sequence"], moved["uid"]) == (
        "2026-11-27T18:00:00Z",
        120,
        1,
        first["uid"],
    )
    statuses = [a["status"] for a in made(await client.get(f"{where}/attendance"))["data"]]
    assert statuses[:2] == ["expected", "absent"]
    _, data = (await events_of(database, tenant, "meeting.rescheduled"))[-1]
    assert data["calendar"]["sequence"] == 1
    assert data["version"] == moved["version"]
    for body, code in (
        ({"starts_at": "2026-11-20T18:00:00Z"}, "starts_in_past"),
        ({"starts_at": "2026-12-02T18:00:00Z", "duration_minutes": 30}, "no_template_fits"),
        ({"duration_minutes": 30}, "validation_failed"),
    ):
        answer = await client.post(f"{where}/reschedule", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_cancelled_meeting_gives_its_hot_seats_back(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    seats = await seats_of(client, first["id"])
    topic = {"topic": "Which of two publishers"}
    made(await client.patch(f"/v1/hot_seats/{seats[0]['id']}", json=topic))
    cancelled = await verb(client, first["id"], "cancel", reason="Flu")
    assert (cancelled["state"], cancelled["cancel_reason"], cancelled["hot_seats"]) == (
        "cancelled",
        "Flu",
        0,
    )
    assert cancelled["sequence"] == 1
    _, data = (await events_of(database, tenant, "meeting.cancelled"))[-1]
    assert data["calendar"]["method"] == "CANCEL"
    assert "STATUS:CANCELLED" in data["calendar"]["ical"]
    # Nobody lost a turn: it comes later, with what was prepared for it.
    ahead = [
        seat
        for meeting in await meetings_of(client, group["id"], state="scheduled")
        for seat in await seats_of(client, meeting["id"])
        if seat["membership_id"] == seats[0]["membership_id"]
    ]
    assert ahead[0]["topic"] == topic["topic"]
    assert not any(seat["topic"] for seat in ahead[1:])
    kinds = await event_types(database, tenant, "hot_seat.")
    assert kinds.count("hot_seat.changed") >= len(seats)
    for name in ("cancel", "start", "close", "record", "reopen"):
        answer = await client.post(f"/v1/meetings/{first['id']}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition"), name
        assert answer.json()["facts"]["state"] == "cancelled"


async def test_the_evening_starts_and_closes(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    (first, *_) = await make_cadence(client, group["id"])
    starts_at = datetime.fromisoformat(first["starts_at"])
    where = f"/v1/meetings/{first['id']}"
    clock.set(starts_at - 31 * HOUR / 60)
    early = await client.post(f"{where}/start")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    clock.set(starts_at - HOUR / 2)
    live = await verb(client, first["id"], "start")
    assert (live["state"], live["started_at"]) == ("live", "2026-11-26T19:00:00Z")
    assert (
        await client.post(f"{where}/reschedule", json={"starts_at": "2026-12-02T18:00:00Z"})
    ).json()["code"] == "invalid_transition"
    clock.set(starts_at + HOUR)
    held = await verb(client, first["id"], "close")
    assert (held["state"], held["closed_at"]) == ("held", "2026-11-26T20:30:00Z")
    # No hot seat was started: none took place, and who was there is first in line.
    assert held["hot_seats"] == 0
    kinds = await event_types(database, tenant, "meeting.")
    assert kinds[-2:] == ["meeting.started", "meeting.closed"]
    marks = made(await client.get(f"{where}/attendance"))["data"]
    assert {(a["status"], a["presumed"]) for a in marks} == {("present", True)}


async def test_a_meeting_cannot_start_when_its_time_is_over(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    (first, *_) = await make_cadence(client, group["id"])
    clock.set(datetime.fromisoformat(first["ends_at"]))
    answer = await client.post(f"/v1/meetings/{first['id']}/start")
    assert (answer.status_code, answer.json()["code"]) == (409, "meeting_over")


async def test_duties_remind_tell_and_lapse_once(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    starts_at = datetime.fromisoformat(first["starts_at"])
    ends_at = datetime.fromisoformat(first["ends_at"])
    seats = await seats_of(client, first["id"])
    steps = (
        (meeting_duties.remind, starts_at - DAY, "meeting.reminder"),
        (meeting_duties.mark_unrecorded, ends_at, "meeting.unrecorded"),
        (meeting_duties.lapse_or_close, ends_at + 7 * DAY, "meeting.lapsed"),
    )
    for duty, due_at, kind in steps:
        early = clock.now()
        await run_duty(duty, database, tenant, first["id"], min(early, due_at - HOUR / 60))
        assert kind not in await event_types(database, tenant, "meeting.")
        clock.set(due_at)
        for _ in range(2):
            await run_duty(duty, database, tenant, first["id"], due_at)
        assert (await event_types(database, tenant, "meeting.")).count(kind) == 1
    assert (await read(client, first["id"]))["state"] == "lapsed"
    assert {s["state"] for s in await seats_of(client, first["id"])} == {"skipped"}
    # It consumed no turn: nobody has been charged, and all of them come again.
    ahead = [
        seat["membership_id"]
        for meeting in (await meetings_of(client, group["id"], state="scheduled"))[:4]
        for seat in await seats_of(client, meeting["id"])
    ]
    assert {seat["membership_id"] for seat in seats} <= set(ahead)


async def test_an_evening_is_reminded_of_once_whatever_its_hour(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    starts_at = datetime.fromisoformat(first["starts_at"])
    moves = (
        (timedelta(), 1),
        (HOUR, 1),
        (3 * DAY, 1),  # by mistake
        (2 * HOUR, 1),
        (DAY, 2),
    )
    for later, reminders in moves:
        start = starts_at + later
        if later:
            body = {"starts_at": start.isoformat()}
            made(await client.post(f"/v1/meetings/{first['id']}/reschedule", json=body))
        if later < 2 * DAY:
            clock.set(max(clock.now(), start - DAY))
            await run_duty(meeting_duties.remind, database, tenant, first["id"], clock.now())
        told = (await event_types(database, tenant, "meeting.")).count("meeting.reminder")
        assert told == reminders, later


async def test_what_was_started_is_closed_by_the_clock(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    (first, *_) = await make_cadence(client, group["id"])
    starts_at = datetime.fromisoformat(first["starts_at"])
    clock.set(starts_at)
    await verb(client, first["id"], "start")
    due_at = datetime.fromisoformat(first["ends_at"]) + 12 * HOUR
    for now in (due_at - HOUR, due_at, due_at + HOUR):
        await run_duty(meeting_duties.lapse_or_close, database, tenant, first["id"], now)
        await run_duty(meeting_duties.mark_unrecorded, database, tenant, first["id"], now)
        state = (await read(client, first["id"]))["state"]
        assert state == ("live" if now < due_at else "held")
    assert (await read(client, first["id"]))["closed_at"] == first["ends_at"]
    kinds = await event_types(database, tenant, "meeting.")
    assert kinds.count("meeting.closed") == 1
    assert "meeting.unrecorded" not in kinds


async def test_no_duty_is_left_for_what_is_over(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    await verb(client, first["id"], "cancel")
    far = datetime(2098, 1, 1, tzinfo=UTC)
    before = len(await event_types(database, tenant))
    for duty in (
        meeting_duties.remind,
        meeting_duties.mark_unrecorded,
        meeting_duties.lapse_or_close,
    ):
        await run_duty(duty, database, tenant, first["id"], far)
    assert len(await event_types(database, tenant)) == before
