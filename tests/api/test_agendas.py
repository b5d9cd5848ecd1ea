"""Agendas of meetings, the templates of groups, and the roles and guests of an evening."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import (
    made,
    make_cadence,
    make_group,
    mark,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.statements import count_statements
from tests.support.tenants import Tenant, make_tenant

MINUTE = timedelta(minutes=1)
OWN = [
    {"id": "arrive", "kind": "plenary", "title": "Arrive", "minutes": 10},
    {
        "id": "seats",
        "kind": "hot_seats",
        "title": "Hot seat",
        "minutes_each": 30,
        "seats": 1,
        "minimum_minutes": 20,
        "format": "classic",
    },
    {
        "id": "promises",
        "kind": "round",
        "title": "Promises",
        "minutes_each": 2,
        "purpose": "commitments",
    },
]


async def agenda_of(client: httpx.AsyncClient, meeting_id: str) -> Any:
    return made(await client.get(f"/v1/meetings/{meeting_id}/agenda"))


def slots_of(agenda: Any, kind: str | None = None) -> list[Any]:
    return [
        slot
        for segment in agenda["segments"]
        for slot in segment["slots"]
        if kind in {None, slot["kind"]}
    ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def promise(client: httpx.AsyncClient, membership: str, **fields: Any) -> Any:
    body = {"membership_id": membership, "title": "Write the chapter", **fields}
    return made(await client.post("/v1/commitments", json=body))


async def test_the_agenda_is_a_timeline_of_names(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    agenda = await agenda_of(client, first["id"])
    assert (agenda["source"], agenda["over_by_minutes"]) == ("shipped", 0)
    slots = slots_of(agenda)
    # Before its time the meeting is expected to go to plan.
    assert (agenda["projection"]["fits"], agenda["projection"]["proposals"]) == (True, [])
    assert agenda["projection"]["outlook"]["code"] == "end_holds"
    for item in (*slots, *agenda["segments"]):
        assert item["projected_start"] == item["planned_start"]
        assert item["projected_end"] == item["planned_end"]
        assert (item["actual_start"], item["moved_by_minutes"]) == (None, 0)
    assert [slot["position"] for slot in slots] == list(range(1, len(slots) + 1))
    assert slots[0]["planned_start"] == first["starts_at"]
    assert instant(slots[-1]["planned_end"]) <= instant(first["ends_at"])
    for before, after in pairwise(slots):
        assert before["planned_end"] == after["planned_start"]
    order = [speaker["membership_id"] for speaker in agenda["speaking_order"]]
    assert sorted(order) == sorted(group["memberships"])
    check_in = agenda["segments"][0]
    assert [slot["membership_id"] for slot in check_in["slots"]] == order
    assert [slot["name"] for slot in check_in["slots"]] == [
        speaker["name"] for speaker in agenda["speaking_order"]
    ]
    seats = await seats_of(client, first["id"])
    shown = slots_of(agenda, "hot_seat")
    assert [slot["hot_seat_id"] for slot in shown] == [seat["id"] for seat in seats]
    assert [phase["name"] for phase in shown[0]["phases"]] == [
        "present",
        "clarify",
        "advise",
        "commit",
    ]
    assert shown[0]["phases"][-1]["planned_end"] == shown[0]["planned_end"]


async def test_the_agenda_has_an_etag(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/agenda"
    etag = (await client.get(where)).headers["ETag"]
    same = await client.get(where, headers={"If-None-Match": etag})
    assert same.status_code == 304
    await mark(client, first["id"], group["memberships"][0], "absent")
    assert (await client.get(where, headers={"If-None-Match": etag})).status_code == 200


async def test_the_agenda_costs_the_same_for_any_group(
    client: httpx.AsyncClient, database: Database
) -> None:
    counts = []
    for members, promises in ((4, 0), (8, 3)):
        group = await make_group(client, members)
        first, *_ = await make_cadence(client, group["id"])
        for membership in group["memberships"]:
            for _ in range(promises):
                await promise(client, membership)
        with count_statements(database) as counted:
            await agenda_of(client, first["id"])
        counts.append(counted.count)
    assert counts[0] == counts[1]


async def test_what_is_owed_is_listed_where_it_is_talked_about(
    client: httpx.AsyncClient, app: FastAPI, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    writer, other = group["memberships"][:2]
    due = await promise(client, writer)
    later = await promise(client, writer, due_on="2026-12-24")
    kept = await promise(client, other)
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    agenda = await agenda_of(client, first["id"])
    (segment,) = [s for s in agenda["segments"] if s["owed"] is not None]
    assert segment["purpose"] == "commitments"
    (owed,) = segment["owed"]
    assert (owed["membership_id"], owed["person_id"]) == (writer, group["people"][0])
    assert [(c["id"], c["due"], c["title"]) for c in owed["commitments"]] == [
        (due["id"], True, "Write the chapter"),
        (later["id"], False, "Write the chapter"),
    ]
    blind = await make_tenant(database, scopes=["read"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as blind_client:
        agenda = await agenda_of(blind_client, first["id"])
    (segment,) = [s for s in agenda["segments"] if s["owed"] is not None]
    assert {c["title"] for c in segment["owed"][0]["commitments"]} == {None}


async def test_what_is_due_at_an_open_meeting_before_is_due_too(client: httpx.AsyncClient) -> None:
    """That one may have been forgotten, or reopened: until it is closed, nothing is overdue."""
    group = await make_group(client)
    first, second, third, *_ = await make_cadence(client, group["id"])
    writer = group["memberships"][0]
    await promise(client, writer, due_meeting_id=first["id"])
    await promise(client, writer, due_meeting_id=third["id"])
    agenda = await agenda_of(client, second["id"])
    (segment,) = [s for s in agenda["segments"] if s["owed"] is not None]
    owed = segment["owed"][0]["commitments"]
    assert [(each["due"], each["overdue"]) for each in owed] == [(True, False), (False, False)]


async def test_one_meeting_has_an_agenda_of_its_own(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    first, second, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/agenda"
    put = made(await client.put(where, json={"segments": OWN}))
    assert (await agenda_of(client, first["id"])).items() <= put.items()
    assert put["source"] == "meeting"
    assert [s["id"] for s in put["segments"]] == ["arrive", "seats", "promises"]
    assert len(slots_of(put, "hot_seat")) == 1
    assert len(await seats_of(client, first["id"])) == 1
    assert (await agenda_of(client, second["id"]))["source"] == "shipped"
    back = made(await client.put(where, json={"segments": None}))
    assert back["source"] == "shipped"
    assert len(await seats_of(client, first["id"])) > 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"minutes": 200}, "agenda_too_long", "/segments"),
        (
            {"kind": "round", "minutes_each": 2},
            "segment_field_ambiguous",
            "/segments/0/minutes_each",
        ),
        ({"kind": "party"}, "validation_failed", "/segments/0/kind"),
        ({"id": "seats"}, "segment_id_taken", "/segments/1/id"),
        ({"absorbs_overrun": True}, "minimum_missing", "/segments/0/minimum_minutes"),
    ],
)
async def test_agendas_that_cannot_work(
    client: httpx.AsyncClient, change: dict[str, Any], code: str, pointer: str
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    segments = [{**OWN[0], **change}, *OWN[1:]]
    for where in (
        f"/v1/meetings/{first['id']}/agenda",
        f"/v1/groups/{group['id']}/agenda_template",
    ):
        answer = await client.put(where, json={"segments": segments})
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
        if code == "agenda_too_long":
            assert answer.json()["facts"]["over_by_minutes"] > 0
    assert (await agenda_of(client, first["id"]))["source"] == "shipped"


async def test_a_group_has_a_template_of_its_own(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client)
    where = f"/v1/groups/{group['id']}/agenda_template"
    shipped = made(await client.get(where))
    assert (shipped["source"], shipped["duration_minutes"], shipped["seats"]) == ("shipped", 90, 3)
    assert (await other_client.get(where)).status_code == 404
    first, *_ = await make_cadence(client, group["id"], duration_minutes=60)
    assert made(await client.get(where))["seats"] == 2
    own = made(await client.put(where, json={"segments": OWN}))
    assert (own["source"], own["seats"], own["minutes_needed"]) == ("group", 1, 56)
    assert made(await client.get(where)).items() <= own.items()
    assert (await agenda_of(client, first["id"]))["source"] == "group"
    assert len(await seats_of(client, first["id"])) == 1
    # With a template of its own a group may meet for less than the shortest shipped one.
    short = [{**OWN[0], "minutes": 10}]
    made(await client.put(where, json={"segments": short}))
    shorter = await make_cadence(client, group["id"], duration_minutes=30)
    assert {m["duration_minutes"] for m in shorter} == {30}
    refused = await client.put(where, json={"segments": None})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_template_fits")
    await make_cadence(client, group["id"], duration_minutes=90)
    assert made(await client.put(where, json={"segments": None}))["source"] == "shipped"


async def test_more_people_than_the_agenda_was_made_for(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"], duration_minutes=60)
    tight = [{"id": "talk", "kind": "round", "title": "Talk", "minutes_each": 15}]
    made(await client.put(f"/v1/meetings/{first['id']}/agenda", json={"segments": tight}))
    (person,) = [
        made(await client.post("/v1/people", json={"name": "New", "time_zone": "Europe/London"}))
    ]
    body = {"person_id": person["id"]}
    made(await client.post(f"/v1/groups/{group['id']}/memberships", json=body))
    agenda = await agenda_of(client, first["id"])
    assert agenda["over_by_minutes"] == 15
    assert len(slots_of(agenda)) == 5


async def test_a_live_agenda_projects_and_stands(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    starts_at = instant(first["starts_at"])
    planned = await agenda_of(client, first["id"])
    clock.set(starts_at)
    await verb(client, first["id"], "start")
    live = await agenda_of(client, first["id"])
    times = ("position", "membership_id", "hot_seat_id", "planned_start", "planned_end", "phases")
    assert [[slot[t] for t in times] for slot in slots_of(live)] == [
        [slot[t] for t in times] for slot in slots_of(planned)
    ]
    assert live["source"] == "meeting"
    assert live["projection"]["over_by_seconds"] == 0
    first_seat = slots_of(live, "hot_seat")[0]
    clock.set(instant(first_seat["planned_start"]) + 7 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{first_seat['hot_seat_id']}/start"))
    live = await agenda_of(client, first["id"])
    running, waiting = slots_of(live, "hot_seat")[:2]
    assert (running["state"], running["moved_by_minutes"]) == ("live", 7)
    assert instant(running["actual_start"]) == clock.now()
    assert waiting["actual_start"] is None
    assert waiting["moved_by_minutes"] == 7
    assert sum(reason["params"]["seconds"] for reason in waiting["reasons"]) == 7 * 60
    assert [(r["code"], r["text"]) for r in running["reasons"]] == [
        (
            "waited",
            f"7 min went by before {running['name']}'s hot seat without anything running",
        )
    ]
    assert instant(live["projection"]["projected_end"]) <= instant(first["ends_at"])
    frozen = await client.put(f"/v1/meetings/{first['id']}/agenda", json={"segments": OWN})
    assert (frozen.status_code, frozen.json()["code"]) == (409, "agenda_frozen")
    # The group's template may change: what has begun stays.
    template = f"/v1/groups/{group['id']}/agenda_template"
    made(await client.put(template, json={"segments": OWN}))
    assert await agenda_of(client, first["id"]) == live


async def test_the_agenda_of_a_held_meeting_keeps_what_happened(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    seat = slots_of(await agenda_of(client, first["id"]), "hot_seat")[0]["hot_seat_id"]
    made(await client.post(f"/v1/hot_seats/{seat}/start"))
    clock.advance(18 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{seat}/finish"))
    clock.set(instant(first["ends_at"]))
    await verb(client, first["id"], "close")
    agenda = await agenda_of(client, first["id"])
    slot = slots_of(agenda, "hot_seat")[0]
    assert (slot["state"], instant(slot["actual_end"]) - instant(slot["actual_start"])) == (
        "done",
        18 * MINUTE,
    )
    assert agenda["projection"] is None


async def test_roles_are_given_and_left_to_the_rotation(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    first, second, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/roles"
    planned = made(await client.get(where))
    holders = [planned[role]["membership_id"] for role in ("facilitator", "timekeeper", "scribe")]
    assert len(set(holders)) == 3
    seated = {seat["membership_id"] for seat in await seats_of(client, first["id"])}
    assert not seated & set(holders)
    wanted = next(iter(seated))
    put = made(await client.put(where, json={"facilitator": wanted}))
    assert put == made(await client.get(where))
    assert (put["facilitator"]["membership_id"], put["facilitator"]["pinned"]) == (wanted, True)
    assert put["scribe"]["pinned"] is False
    await mark(client, first["id"], holders[2], "absent")
    after = made(await client.get(where))
    assert after["facilitator"]["membership_id"] == wanted
    assert after["scribe"]["membership_id"] != holders[2]
    back = made(await client.put(where, json={"facilitator": None}))
    assert back["facilitator"]["pinned"] is False
    other = await make_group(client, 4)
    refused = await client.put(where, json={"scribe": other["memberships"][0]})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_member_then")
    assert refused.json()["errors"][0]["pointer"] == "/scribe"
    await verb(client, second["id"], "cancel")
    over = await client.put(f"/v1/meetings/{second['id']}/roles", json={"scribe": None})
    assert (over.status_code, over.json()["code"]) == (409, "meeting_over")


async def test_guests_come_and_go(
    client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    app: FastAPI,
    database: Database,
    tenant: Tenant,
) -> None:
    group = await make_group(client, 4)
    first, second, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/guests"
    body = {"name": "Dorothy Sayers", "email": "d@example.org", "note": "A friend of Jack's"}
    guest = await client.post(where, json=body)
    assert guest.status_code == 201
    assert guest.headers["Location"] == f"{where}/{guest.json()['id']}"
    assert made(await client.get(where))["data"] == [guest.json()]
    assert guest.json()["note"] == body["note"]
    blind = await make_tenant(database, scopes=["read"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as blind_client:
        assert made(await blind_client.get(where))["data"][0]["note"] is None
    assert (await other_client.get(where)).status_code == 404
    elsewhere = f"/v1/meetings/{second['id']}/guests/{guest.json()['id']}"
    assert (await client.delete(elsewhere)).status_code == 404
    assert (await client.delete(guest.headers["Location"])).status_code == 204
    assert made(await client.get(where))["data"] == []
    unknown = "per_01h455vb4pex5vsknk084sn02q"
    refused = await client.post(where, json={"name": "X", "person_id": unknown})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_person")
    await verb(client, first["id"], "cancel")
    over = await client.post(where, json=body)
    assert (over.status_code, over.json()["code"]) == (409, "meeting_over")
