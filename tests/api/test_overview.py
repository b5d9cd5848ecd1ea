"""A person's overview is right, and their export is whole."""

from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI

from app.db.base import Base
from app.db.models import UrgentRequest
from app.db.queries.exports import SECTIONS
from app.db.session import Database
from app.domain import ids
from tests.support.builders import made, make_cadence, make_group, make_people, meetings_of, promise
from tests.support.clock import ManualClock
from tests.support.statements import count_statements
from tests.support.tenants import CREATED, Tenant, make_tenant


async def overview(client: httpx.AsyncClient, person_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = made(await client.get(f"/v1/people/{person_id}/overview"))
    return answer


async def expected_place(
    client: httpx.AsyncClient, group: dict[str, Any], number: int
) -> dict[str, Any]:
    """What the overview has to say of a member's place, read from the other resources."""
    membership_id = group["memberships"][number]
    (first, *_) = meetings = await meetings_of(client, group["id"], state="scheduled")
    roles = made(await client.get(f"/v1/meetings/{first['id']}/roles"))
    starts = {meeting["id"]: meeting["starts_at"] for meeting in meetings}
    page = made(await client.get("/v1/hot_seats", params={"group_id": group["id"], "limit": "100"}))
    seats = [seat for seat in page["data"] if seat["membership_id"] == membership_id]
    seat = min(seats, key=lambda seat: starts[seat["meeting_id"]])
    shown = ("id", "title", "state", "starts_at", "ends_at", "local_start", "time_zone")
    return {
        "group_id": group["id"],
        "membership_id": membership_id,
        "next_meeting": {
            **{name: first[name] for name in shown},
            "location": None,
            "url": None,
            "roles": sorted(roles_of(roles, membership_id)),
            "attendance": None,
        },
        "next_hot_seat": {
            **{name: seat[name] for name in ("id", "meeting_id", "position", "state", "topic")},
            "meeting_starts_at": starts[seat["meeting_id"]],
        },
    }


def roles_of(roles: dict[str, Any], membership_id: str) -> list[str]:
    names = ("facilitator", "timekeeper", "scribe")
    return [n for n in names if roles[n] and roles[n]["membership_id"] == membership_id]


async def test_the_overview_of_a_person_in_two_groups(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    one = await make_group(client, 5)
    two = await make_group(client, 3, active=False, name="The Coalbiters")
    me = one["people"][0]
    place = made(await client.post(f"/v1/groups/{two['id']}/memberships", json={"person_id": me}))[
        "id"
    ]
    two["memberships"].append(place)
    made(await client.post(f"/v1/groups/{two['id']}/activate"))
    thursdays = await make_cadence(client, one["id"])
    await make_cadence(
        client, two["id"], rrule="FREQ=WEEKLY;BYDAY=TU", local_start="2026-11-24T12:00:00"
    )
    by_date = await promise(client, place, "Second", due_on="2026-11-27")
    at_meeting = await promise(client, one["memberships"][0], "First")
    kept = await promise(client, place, "Kept")
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    await promise(client, one["memberships"][1], "Not mine")

    read = await overview(client, me)
    assert read["person_id"] == me
    for found, group, number in zip(read["places"], (one, two), (0, 3), strict=True):
        wanted = await expected_place(client, group, number)
        assert {name: found[name] for name in wanted} == wanted
    for number in range(1, 5):
        (found,) = (await overview(client, one["people"][number]))["places"]
        wanted = await expected_place(client, one, number)
        assert {name: found[name] for name in wanted} == wanted
    assert [found["group_name"] for found in read["places"]] == ["The Inklings", "The Coalbiters"]
    assert [each["id"] for each in read["commitments"]] == [at_meeting["id"], by_date["id"]]
    assert read["requests"] == []

    going = {"status": "going"}
    where = f"/v1/meetings/{thursdays[0]['id']}/attendance/{one['memberships'][0]}"
    made(await client.put(where, json=going))
    assert (await overview(client, me))["places"][0]["next_meeting"]["attendance"] == "going"


async def test_what_is_over_or_not_yet_mine_does_not_come_next(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    (person_id,) = await make_people(client, 1)
    later = {"person_id": person_id, "starts_on": meetings[2]["local_start"][:10]}
    made(await client.post(f"/v1/groups/{group['id']}/memberships", json=later))
    (place,) = (await overview(client, person_id))["places"]
    assert place["membership_state"] == "upcoming"
    assert place["next_meeting"]["id"] == meetings[2]["id"]
    me = group["people"][0]
    made(await client.post(f"/v1/meetings/{meetings[0]['id']}/cancel"))
    (place,) = (await overview(client, me))["places"]
    assert place["next_meeting"]["id"] == meetings[1]["id"]
    last = {"ends_on": str(date(2026, 11, 24))}
    made(await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json=last))
    (place,) = (await overview(client, me))["places"]
    assert (place["next_meeting"], place["next_hot_seat"]) == (None, None)


async def test_requests_wait_for_the_organizers_of_their_group(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    meeting = (await make_cadence(client, group["id"]))[3]
    (coach,) = await make_people(client, 1)
    asker, other = group["people"][:2]
    for organizer in (coach, asker):
        made(
            await client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": organizer})
        )
    async with database.transaction() as session:
        for member, state in ((0, "requested"), (1, "declined")):
            session.add(
                UrgentRequest(
                    workspace_id=tenant.workspace_id,
                    meeting_id=ids.decode("meeting", meeting["id"]),
                    membership_id=ids.decode("membership", group["memberships"][member]),
                    state=state,
                    reason="It burns",
                    created_at=CREATED,
                    updated_at=CREATED,
                )
            )
    (request,) = (await overview(client, coach))["requests"]
    assert request["membership_id"] == group["memberships"][0]
    assert (request["person_id"], request["reason"]) == (asker, "It burns")
    assert request["meeting_starts_at"] == meeting["starts_at"]
    assert (await overview(client, asker))["requests"] == [], "nobody asks themselves"
    assert (await overview(client, other))["requests"] == []


async def test_an_overview_and_an_export_are_for_the_person(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    me, peer = await make_people(client, 2)
    for what in ("overview", "export"):
        where = f"/v1/people/{me}/{what}"
        assert (await client.get(where, headers={"Hotseat-Actor": me})).status_code == 200
        refused = await client.get(where, headers={"Hotseat-Actor": peer})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_you")
        absent = await other_client.get(where)
        assert (absent.status_code, absent.json()["detail"]) == (404, "There is no such person.")


async def test_texts_of_an_overview_need_their_scope(
    client: httpx.AsyncClient, app: FastAPI, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    await promise(client, group["memberships"][0], "Secret")
    blind = await make_tenant(database, scopes=["read"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as reader:
        answer = await reader.get(f"/v1/people/{group['people'][0]}/overview")
    assert len(answer.json()["commitments"]) == 1
    assert "Secret" not in answer.text


async def test_the_statements_do_not_grow_with_what_there_is(
    client: httpx.AsyncClient, database: Database
) -> None:
    counts = []
    for promises in (1, 12):
        group = await make_group(client, 4)
        await make_cadence(client, group["id"])
        for _ in range(promises):
            await promise(client, group["memberships"][0])
        for what in ("overview", "export"):
            where = f"/v1/people/{group['people'][0]}/{what}"
            made(await client.get(where))
            with count_statements(database) as counted:
                made(await client.get(where))
            counts.append(counted.count)
    assert counts[:2] == counts[2:]


async def test_an_export_is_whole(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    me, mine = group["people"][0], group["memberships"][0]
    made(await client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": me}))
    leave = made(
        await client.post(
            f"/v1/memberships/{mine}/leaves",
            json={"first_on": "2026-12-08", "last_on": "2026-12-09"},
        )
    )
    commitment = await promise(client, mine, "Write")
    note = made(
        await client.post(f"/v1/commitments/{commitment['id']}/check_ins", json={"note": "Half"})
    )
    other = group["memberships"][1]
    await promise(client, other, "Not mine")
    watched = await promise(client, other, "Not mine", buddy_membership_id=mine)
    feed = made(await client.post("/v1/calendar_feeds", json={"person_id": me}))
    clock.set(clock.now().replace(day=27))
    made(await client.post(f"/v1/meetings/{first['id']}/record"))

    answer = await client.get(f"/v1/people/{me}/export")
    export = made(answer)
    assert export["exported_on"] == "2026-11-27"
    assert export["person"] == made(await client.get(f"/v1/people/{me}"))
    assert export["memberships"] == [made(await client.get(f"/v1/memberships/{mine}"))]
    del leave["plan_change"]
    assert export["leaves"] == [leave]
    assert [each["group_id"] for each in export["organizes"]] == [group["id"]]
    (mark,) = export["attendance"]
    assert (mark["meeting_id"], mark["status"], mark["presumed"]) == (first["id"], "present", True)
    assert {each["membership_id"] for each in export["hot_seats"]} == {mine}
    (promised,) = export["commitments"]
    detail = made(await client.get(f"/v1/commitments/{commitment['id']}"))
    assert promised == {**detail, "check_ins": [note]}
    (looked_after,) = export["buddy_of"]
    assert (looked_after["commitment_id"], looked_after["buddy_membership_id"]) == (
        watched["id"],
        mine,
    )
    assert [each["id"] for each in export["calendar_feeds"]] == [feed["id"]]
    assert feed["url"] not in answer.text
    assert "Not mine" not in answer.text
    operations = [each["operation"] for each in export["audit_entries"]]
    assert operations == ["create_person", "add_organizer"]


def test_nothing_that_refers_to_a_person_is_left_out_of_the_export() -> None:
    left_out = {
        "commitments.membership_id",  # `person_id` finds the same
        "commitment_events.actor_id",  # on others' promises: the audit log tells of it
    }
    referring = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in {"people", "memberships", "commitments"}
        and key.column.name == "id"
    }
    found_by = {f"{each.class_.__tablename__}.{each.key}" for each in SECTIONS.values()}
    assert referring - left_out == found_by - {"people.id"}
