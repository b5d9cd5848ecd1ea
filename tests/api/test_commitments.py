"""Commitments over the API: their whole life by their owner's verbs, and what they refuse."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import join, made, make_cadence, make_group, make_people, promise
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.tenants import Tenant, make_tenant

ABSENT = "01h455vb4pex5vsknk084sn02q"
A_DAY = timedelta(days=1)


async def test_a_whole_life(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    owner, buddy = group["memberships"][:2]
    created = await client.post(
        "/v1/commitments",
        json={
            "membership_id": owner,
            "title": "Send the chapter",
            "criteria": "Two readers have it",
            "due_on": "2026-11-27",
            "buddy_membership_id": buddy,
            "external_id": "task-1",
            "metadata": {"board": 3},
        },
        headers={"Hotseat-Actor": group["people"][0]},
    )
    assert created.status_code == 201
    read = created.json()
    assert read["person_id"] == group["people"][0]
    assert (read["state"], read["overdue"], read["carry_count"]) == ("open", False, 0)
    assert (read["due_on"], read["time_zone"]) == ("2026-11-27", "Europe/London")
    assert read["due_at"] == "2026-11-28T00:00:00Z"
    assert [event["kind"] for event in read["history"]] == ["made"]
    assert read["history"][0]["actor_id"] == group["people"][0]
    where = created.headers["Location"]
    got = await client.get(where)
    assert got.json() == read
    assert got.headers["ETag"] == created.headers["ETag"] == '"1"'

    clock.advance(A_DAY)
    soon = {"due_on": "2026-11-30", "reason": "The reader is away"}
    renegotiated = made(await client.post(f"{where}/renegotiate", json=soon))
    assert (renegotiated["due_on"], renegotiated["version"]) == ("2026-11-30", 2)
    stale = await client.post(f"{where}/keep", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    kept = made(await client.post(f"{where}/keep", json={"kept_on": "2026-11-23"}))
    assert (kept["state"], kept["kept_on"]) == ("kept", "2026-11-23")
    assert kept["resolved_at"] == "2026-11-24T09:00:00Z"
    again = await client.post(f"{where}/keep")
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert again.json()["facts"] == {"state": "kept", "allowed": ["reopen"]}
    reopened = made(await client.post(f"{where}/reopen", json={"reason": "Not the right one"}))
    assert (reopened["state"], reopened["kept_on"], reopened["resolved_at"]) == ("open", None, None)
    assert made(await client.post(f"{where}/miss"))["state"] == "missed"
    made(await client.post(f"{where}/reopen"))
    withdrawn = made(await client.post(f"{where}/withdraw", json={"reason": "No book"}))
    assert withdrawn["state"] == "withdrawn"
    assert [
        (event["number"], event["kind"], event["reason"]) for event in withdrawn["history"]
    ] == [
        (1, "made", None),
        (2, "renegotiated", "The reader is away"),
        (3, "kept", None),
        (4, "reopened", "Not the right one"),
        (5, "missed", None),
        (6, "reopened", None),
        (7, "withdrawn", "No book"),
    ]
    told = await events_of(database, tenant, "commitment.")
    assert [name for name, _ in told] == [
        "commitment.made",
        "commitment.renegotiated",
        "commitment.kept",
        "commitment.reopened",
        "commitment.missed",
        "commitment.reopened",
        "commitment.withdrawn",
    ]
    assert [data["version"] for _, data in told] == [1, 2, 3, 4, 5, 6, 7]
    assert told[1][1]["external_id"] == "task-1"
    assert told[1][1]["due_on"] == "2026-11-30"
    assert "Send the chapter" not in str(told)
    assert "reader" not in str(told)


async def test_a_promise_may_name_its_owner_and_its_due_in_several_ways(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 4)
    body = {"group_id": group["id"], "person_id": group["people"][2], "title": "Walk"}
    alone = made(await client.post("/v1/commitments", json=body))
    assert alone["membership_id"] == group["memberships"][2]
    assert alone["due_on"] == "2026-12-07", "no meeting ahead: two weeks"
    first, second = (await make_cadence(client, group["id"]))[:2]
    usual = made(await client.post("/v1/commitments", json=body))
    assert (usual["due_meeting_id"], usual["due_on"], usual["due_at"]) == (first["id"], None, None)
    named = await promise(client, group["memberships"][0], due_meeting_id=second["id"])
    assert named["due_meeting_id"] == second["id"]
    at_meeting = await promise(client, group["memberships"][0], meeting_id=first["id"])
    assert at_meeting["meeting_id"] == first["id"]
    assert at_meeting["due_meeting_id"] == second["id"], "the one after it was made"
    seats = made(await client.get("/v1/hot_seats", params={"meeting_id": first["id"]}))["data"]
    in_seat = await promise(client, group["memberships"][0], hot_seat_id=seats[0]["id"])
    assert (in_seat["meeting_id"], in_seat["hot_seat_id"]) == (first["id"], seats[0]["id"])


async def test_what_is_refused(client: httpx.AsyncClient, other_client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    elsewhere = await make_group(client, 1, active=False)
    theirs = await make_group(other_client, 1, active=False)
    owner, leaver = group["memberships"][:2]
    meetings = await make_cadence(client, group["id"])
    made(await client.post(f"/v1/meetings/{meetings[0]['id']}/cancel"))
    other = (await make_cadence(client, elsewhere["id"])) or [{"id": f"mtg_{ABSENT}"}]
    made(await client.post(f"/v1/memberships/{leaver}/end", json={"ends_on": "2026-11-23"}))
    made(await client.patch(f"/v1/memberships/{leaver}", json={"metadata": {}}))
    ok = {"membership_id": owner, "title": "Write"}
    refusals: list[tuple[dict[str, Any], int, str, str]] = [
        ({"title": "Write"}, 422, "owner_required", "/membership_id"),
        ({"title": "x", "group_id": group["id"]}, 422, "owner_required", "/membership_id"),
        (
            {"title": "x", "group_id": group["id"], "person_id": elsewhere["people"][0]},
            422,
            "unknown_membership",
            "/person_id",
        ),
        (
            {**ok, "membership_id": theirs["memberships"][0]},
            422,
            "unknown_membership",
            "/membership_id",
        ),
        ({**ok, "due_on": "2026-11-22"}, 422, "due_in_past", "/due_on"),
        (
            {**ok, "due_on": "2026-12-01", "due_meeting_id": meetings[1]["id"]},
            422,
            "two_dues",
            "/due_on",
        ),
        ({**ok, "due_meeting_id": f"mtg_{ABSENT}"}, 422, "unknown_meeting", "/due_meeting_id"),
        ({**ok, "due_meeting_id": other[0]["id"]}, 422, "unknown_meeting", "/due_meeting_id"),
        ({**ok, "due_meeting_id": meetings[0]["id"]}, 409, "meeting_off", "/due_meeting_id"),
        ({**ok, "meeting_id": f"mtg_{ABSENT}"}, 422, "unknown_meeting", "/meeting_id"),
        ({**ok, "hot_seat_id": f"hst_{ABSENT}"}, 422, "unknown_hot_seat", "/hot_seat_id"),
        ({**ok, "buddy_membership_id": owner}, 422, "own_buddy", "/buddy_membership_id"),
        (
            {**ok, "buddy_membership_id": elsewhere["memberships"][0]},
            422,
            "unknown_membership",
            "/buddy_membership_id",
        ),
        ({**ok, "title": "   "}, 422, "validation_failed", "/title"),
    ]
    for body, status, code, pointer in refusals:
        answer = await client.post("/v1/commitments", json=body)
        found = (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["pointer"])
        assert found == (status, code, pointer), body
    made(await client.post(f"/v1/groups/{group['id']}/close"))
    closed = await client.post("/v1/commitments", json=ok)
    assert (closed.status_code, closed.json()["code"]) == (409, "group_closed")


async def test_whose_place_was_called_off_promises_nothing(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    (person_id,) = await make_people(client, 1)
    ahead = await join(client, group["id"], person_id, starts_on="2026-12-24")
    body = {"membership_id": ahead, "title": "Write"}
    made(await client.post("/v1/commitments", json=body))
    made(await client.post(f"/v1/memberships/{ahead}/end"))
    answer = await client.post("/v1/commitments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "membership_ended")


async def test_who_has_left_promises_nothing_more(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    leaver = group["memberships"][0]
    made(await client.post(f"/v1/memberships/{leaver}/end"))
    clock.advance(A_DAY)
    answer = await client.post("/v1/commitments", json={"membership_id": leaver, "title": "Write"})
    assert (answer.status_code, answer.json()["code"]) == (409, "membership_ended")


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("keep", {"kept_on": "2026-11-24"}, 422, "kept_on_in_future"),
        ("keep", {"kept_on": "2026-11-20"}, 422, "kept_before_made"),
        ("reopen", {}, 409, "invalid_transition"),
        ("withdraw", {}, 422, "validation_failed"),
        ("withdraw", {"reason": " "}, 422, "validation_failed"),
        ("renegotiate", {"reason": "x"}, 422, "due_required"),
        ("renegotiate", {"reason": "x", "due_on": "2026-12-07"}, 422, "same_due"),
        ("renegotiate", {"reason": "x", "due_on": "2026-11-22"}, 422, "due_in_past"),
        (
            "renegotiate",
            {"reason": "x", "due_meeting_id": f"mtg_{ABSENT}"},
            422,
            "unknown_meeting",
        ),
    ],
)
async def test_verbs_refuse(
    client: httpx.AsyncClient, verb: str, body: dict[str, Any], status: int, code: str
) -> None:
    group = await make_group(client, 1, active=False)
    commitment = await promise(client, group["memberships"][0])
    where = f"/v1/commitments/{commitment['id']}"
    answer = await client.post(f"{where}/{verb}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert made(await client.get(where)) == commitment


async def test_what_is_another_tenants_is_absent(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(other_client, 1, active=False)
    theirs = (await promise(other_client, group["memberships"][0]))["id"]
    note = made(
        await other_client.post(f"/v1/commitments/{theirs}/check_ins", json={"note": "half"})
    )
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "/v1/commitments/{}", None),
        ("PATCH", "/v1/commitments/{}", {"title": "Mine"}),
        ("POST", "/v1/commitments/{}/keep", None),
        ("POST", "/v1/commitments/{}/miss", None),
        ("POST", "/v1/commitments/{}/withdraw", {"reason": "x"}),
        ("POST", "/v1/commitments/{}/renegotiate", {"reason": "x", "due_on": "2199-01-01"}),
        ("POST", "/v1/commitments/{}/reopen", None),
        ("POST", "/v1/commitments/{}/check_ins", {"note": "x"}),
        ("GET", "/v1/commitments/{}/check_ins", None),
    ]
    for method, path, body in calls:
        answers = [
            await client.request(method, path.format(each), json=body)
            for each in (theirs, f"cmt_{ABSENT}")
        ]
        details = [(answer.status_code, answer.json()["detail"]) for answer in answers]
        assert details == [(404, "There is no such commitment.")] * 2, path
    assert (await client.get(f"/v1/check_ins/{note['id']}")).status_code == 404
    assert made(await client.get("/v1/commitments"))["data"] == []


async def test_lists_are_filtered(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 2, active=False)
    first, second = group["memberships"]
    early = await promise(client, first, due_on="2026-11-25", external_id="a")
    late = await promise(client, first, due_on="2026-12-25")
    kept = await promise(client, second, due_on="2026-12-24")
    kept = made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    other = await make_group(client, 1, active=False)
    foreign = await promise(client, other["memberships"][0])
    filters: list[tuple[dict[str, str], list[dict[str, Any]]]] = [
        ({}, [early, late, kept, foreign]),
        ({"group_id": group["id"]}, [early, late, kept]),
        ({"membership_id": first}, [early, late]),
        ({"person_id": group["people"][1]}, [kept]),
        ({"group_id": group["id"], "state": "open"}, [early, late]),
        ({"due_on[lte]": "2026-12-24", "group_id": group["id"]}, [early, kept]),
        ({"external_id": "a"}, [early]),
        ({"overdue": "true"}, []),
        ({"overdue": "false", "membership_id": first}, [early, late]),
    ]
    for params, wanted in filters:
        page = made(await client.get("/v1/commitments", params=params))
        assert [each["id"] for each in page["data"]] == [each["id"] for each in wanted], params
        assert all("history" not in each for each in page["data"])
    page = made(await client.get("/v1/commitments", params={"limit": 3}))
    rest = made(
        await client.get("/v1/commitments", params={"limit": 3, "cursor": page["next_cursor"]})
    )
    assert [each["id"] for each in rest["data"]] == [foreign["id"]]


async def test_details_change_by_patch_and_put(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 2, active=False)
    owner, buddy = group["memberships"]
    body = {"membership_id": owner, "title": "Write", "due_on": "2026-12-01", "metadata": {"a": 1}}
    new = await client.put("/v1/commitments/external/t-1", json=body)
    assert new.status_code == 201
    assert new.json()["external_id"] == "t-1"
    where = new.headers["Location"]
    same = await client.put("/v1/commitments/external/t-1", json=body)
    assert (same.status_code, same.json()["version"]) == (200, 1)
    changed = made(
        await client.put(
            "/v1/commitments/external/t-1", json={**body, "title": "Read", "metadata": {"b": 2}}
        )
    )
    assert (changed["title"], changed["metadata"]) == ("Read", {"a": 1, "b": 2})
    for fixed in ({"membership_id": buddy}, {"due_on": "2026-12-02"}):
        refused = await client.put("/v1/commitments/external/t-1", json={**body, **fixed})
        assert (refused.status_code, refused.json()["code"]) == (409, "commitment_fixed")
    patch = {"criteria": "Two pages", "buddy_membership_id": buddy, "external_id": "t-2"}
    patched = made(await client.patch(where, json=patch))
    assert {name: patched[name] for name in patch} == patch
    cleared = made(await client.patch(where, json={"buddy_membership_id": None}))
    assert cleared["buddy_membership_id"] is None
    assert cleared["version"] == 4
    refused = await client.patch(where, json={"buddy_membership_id": owner})
    assert refused.json()["code"] == "own_buddy"
    taken = await promise(client, owner, external_id="t-3")
    clash = await client.patch(f"/v1/commitments/{taken['id']}", json={"external_id": "t-2"})
    assert (clash.status_code, clash.json()["code"]) == (409, "external_id_taken")
    assert await event_types(database, tenant, "commitment.updated") == ["commitment.updated"] * 3


async def test_check_ins(client: httpx.AsyncClient, database: Database, tenant: Tenant) -> None:
    group = await make_group(client, 1, active=False)
    commitment = await promise(client, group["memberships"][0])
    where = f"/v1/commitments/{commitment['id']}"
    note = {
        "note": "Half of it",
        "percent": 50,
        "evidence_url": "https://example.org/page",
        "at": "2026-11-23T08:00:00+00:00",
    }
    created = await client.post(f"{where}/check_ins", json=note)
    assert created.status_code == 201
    assert {**created.json(), "at": note["at"]} == {**created.json(), **note}
    assert made(await client.get(created.headers["Location"])) == created.json()
    plain = made(await client.post(f"{where}/check_ins", json={"note": "Done"}))
    assert (plain["percent"], plain["at"]) == (None, "2026-11-23T09:00:00Z")
    listed = made(await client.get(f"{where}/check_ins"))["data"]
    assert [each["note"] for each in listed] == ["Half of it", "Done"]
    assert made(await client.get(where))["version"] == 3, "a child's change is its parent's"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"note": "x", "at": "2026-11-23T09:00:01Z"}, "check_in_in_future"),
        ({"note": "x", "percent": 101}, "validation_failed"),
        ({"note": "x", "evidence_url": "javascript:alert(1)"}, "validation_failed"),
    ]
    for body, code in wrong:
        answer = await client.post(f"{where}/check_ins", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    told = await events_of(database, tenant, "check_in.")
    assert [data["percent"] for _, data in told] == [50, None]
    assert "Half" not in str(told)


async def test_texts_are_for_keys_that_may_read_them(
    client: httpx.AsyncClient, app: FastAPI, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    commitment = await promise(client, group["memberships"][0], "Secret", criteria="Secret too")
    where = f"/v1/commitments/{commitment['id']}"
    made(await client.post(f"{where}/check_ins", json={"note": "Secret note"}))
    made(await client.post(f"{where}/withdraw", json={"reason": "Secret reason"}))
    blind = await make_tenant(database, scopes=["read", "write"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as reader:
        one = await reader.get(where)
        assert (one.json()["title"], one.json()["criteria"]) == (None, None)
        assert one.json()["state"] == "withdrawn"
        answers = [
            one,
            await reader.get("/v1/commitments"),
            await reader.get(f"{where}/check_ins"),
            await reader.post(f"{where}/reopen", json={"reason": "Secret again"}),
        ]
        assert [answer.status_code for answer in answers] == [200] * 4
        assert not [answer.text for answer in answers if "Secret" in answer.text]
        refused = await reader.get(f"/v1/people/{group['people'][0]}/export")
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")


async def test_days_are_those_of_the_owner(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client, 1, active=False)
    (person_id,) = await make_people(client, 1)
    made(await client.patch(f"/v1/people/{person_id}", json={"time_zone": "Pacific/Kiritimati"}))
    membership = made(
        await client.post(f"/v1/groups/{group['id']}/memberships", json={"person_id": person_id})
    )["id"]
    clock.advance(timedelta(hours=2))  # 01:00 on Tuesday there
    commitment = await promise(client, membership, due_on="2026-11-24")
    assert commitment["due_at"] == "2026-11-24T10:00:00Z"
    where = f"/v1/commitments/{commitment['id']}"
    assert made(await client.post(f"{where}/keep"))["kept_on"] == "2026-11-24"
    made(await client.post(f"{where}/reopen"))
    made(await client.patch(f"/v1/people/{person_id}", json={"time_zone": "Europe/London"}))
    assert made(await client.get(where))["time_zone"] == "Pacific/Kiritimati", "as promised"
    moved = {"due_on": "2026-11-25", "reason": "Moved house"}
    anew = made(await client.post(f"{where}/renegotiate", json=moved))
    assert anew["time_zone"] == "Europe/London"
