"""Many people, memberships and commitments in one call."""

from typing import Any

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    promise,
    seats_of,
)
from tests.support.events import event_types
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

ANN = {"name": "Ann", "time_zone": "Europe/London", "email": "ann@example.org"}
BOB = {"name": "Bob", "time_zone": "Europe/London", "external_id": "crm-2"}


async def _people(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(await client.get("/v1/people?limit=100"))["data"]
    return found


async def test_people_are_added_together(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    answer = made(await client.post("/v1/people/batch", json={"items": [ANN, BOB]}))
    assert (answer["created"], answer["updated"], answer["refused"]) == (2, 0, 0)
    assert [(each["index"], each["status"]) for each in answer["results"]] == [(0, 201), (1, 201)]
    assert [each["resource"] for each in answer["results"]] == await _people(client)
    assert await event_types(database, tenant, "person.") == ["person.created"] * 2


async def test_an_atomic_batch_is_refused_with_all_its_faults(client: httpx.AsyncClient) -> None:
    made(await client.post("/v1/people", json=ANN))
    items = [
        {**BOB, "external_id": "x"},
        {**ANN, "name": "Another"},
        BOB,
        {"name": "", "time_zone": "Europe/Oxford", "hobby": 1},
        BOB,
    ]
    refused = await client.post("/v1/people/batch", json={"items": items})
    assert (refused.status_code, refused.json()["code"]) == (422, "batch_refused")
    assert {(each["pointer"], each["code"]) for each in refused.json()["errors"]} == {
        ("/items/1/email", "email_taken"),
        ("/items/3/name", "string_too_short"),
        ("/items/3/time_zone", "unknown_time_zone"),
        ("/items/3/hobby", "extra_forbidden"),
        ("/items/4/external_id", "external_id_taken"),
    }
    assert [each["name"] for each in await _people(client)] == ["Ann"]


async def test_what_only_the_state_refuses_is_a_conflict(client: httpx.AsyncClient) -> None:
    made(await client.post("/v1/people", json=ANN))
    refused = await client.post("/v1/people/batch", json={"items": [BOB, ANN]})
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_refused")


async def test_each_item_has_its_result_if_the_batch_is_not_atomic(
    client: httpx.AsyncClient,
) -> None:
    items = [ANN, {"name": "Nobody"}, BOB, {**ANN, "name": "Another"}, 7]
    body = {"items": items, "atomic": False}
    answer = made(await client.post("/v1/people/batch", json=body))
    assert (answer["created"], answer["updated"], answer["refused"]) == (2, 0, 3)
    assert [each["status"] for each in answer["results"]] == [201, 422, 201, 409, 422]
    missing, taken = (answer["results"][index]["problem"] for index in (1, 3))
    assert missing["errors"] == [
        {"pointer": "/items/1/time_zone", "code": "missing", "detail": "Field required"}
    ]
    assert (taken["code"], taken["errors"][0]["pointer"]) == ("email_taken", "/items/3/email")
    assert [each["name"] for each in await _people(client)] == ["Ann", "Bob"]


async def test_an_upsert_changes_who_is_known_by_what_it_sends(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    known = made(await client.post("/v1/people", json={**BOB, "metadata": {"a": 1, "b": 2}}))
    item = {**BOB, "name": "Robert", "metadata": {"b": None}}
    body = {"mode": "upsert", "items": [item, ANN]}
    answer = made(await client.post("/v1/people/batch", json=body))
    assert [each["status"] for each in answer["results"]] == [200, 201]
    changed = answer["results"][0]["resource"]
    assert (changed["id"], changed["name"]) == (known["id"], "Robert")
    assert changed["metadata"] == {"a": 1}
    again = made(await client.post("/v1/people/batch", json={**body, "items": [item]}))
    assert again["results"][0]["resource"] == changed
    types = await event_types(database, tenant, "person.")
    assert types.count("person.updated") == 1
    twice = await client.post("/v1/people/batch", json={**body, "items": [item, item]})
    assert twice.json()["errors"][0]["pointer"] == "/items/1/external_id"
    created = await client.post("/v1/people/batch", json={"items": [item]})
    assert (created.status_code, created.json()["errors"][0]["code"]) == (409, "external_id_taken")


@pytest.mark.parametrize("items", [[], [ANN] * 101])
async def test_a_batch_has_one_to_a_hundred_items(
    client: httpx.AsyncClient, items: list[Any]
) -> None:
    refused = await client.post("/v1/people/batch", json={"items": items})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/items"]


async def test_a_repeated_batch_is_answered_alike_and_a_dry_run_writes_nothing(
    client: httpx.AsyncClient,
) -> None:
    body = {"items": [ANN, BOB]}
    dry = made(await client.post("/v1/people/batch?dry_run=true", json=body))
    assert dry["created"] == 2
    assert await _people(client) == []
    key = {"Idempotency-Key": "batch-1"}
    first = await client.post("/v1/people/batch", json=body, headers=key)
    second = await client.post("/v1/people/batch", json=body, headers=key)
    assert (second.content, second.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert len(await _people(client)) == 2


async def test_the_audit_log_tells_of_each_item(client: httpx.AsyncClient) -> None:
    answer = made(await client.post("/v1/people/batch", json={"items": [ANN, BOB]}))
    for each in answer["results"]:
        path = f"/v1/audit_entries?resource_id={each['resource']['id']}"
        (entry,) = made(await client.get(path))["data"]
        assert (entry["operation"], entry["path"]) == ("batch_people", "/v1/people/batch")
    nothing = {"items": [{"name": "Nobody"}], "atomic": False}
    made(await client.post("/v1/people/batch", json=nothing))
    assert len(made(await client.get("/v1/audit_entries"))["data"]) == 2


async def test_places_are_given_together(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    (meeting, *_) = await make_cadence(client, group["id"])
    path = f"/v1/groups/{group['id']}/memberships/batch"
    people = await make_people(client, 3)
    items = [{"person_id": person_id} for person_id in people]
    items[1]["place"] = 9
    refused = await client.post(path, json={"items": items})
    assert refused.json()["errors"][0]["pointer"] == "/items/1/place"
    items[1] = {"person_id": people[1], "place": 8, "external_id": "m-8"}
    answer = made(await client.post(path, json={"items": items}))
    given = [each["resource"] for each in answer["results"]]
    assert [each["place"] for each in given] == [5, 8, 6]
    assert all(each["state"] == "current" for each in given)
    for each in given:
        assert made(await client.get(f"/v1/memberships/{each['id']}")) == each
    assert made(await client.get(f"/v1/groups/{group['id']}"))["members"] == 7
    seated = await seats_of(client, meeting["id"])
    assert seated


async def test_a_group_that_is_full_refuses_only_the_items_that_are_too_many(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 6)
    path = f"/v1/groups/{group['id']}/memberships/batch"
    people = await make_people(client, 3)
    items = [{"person_id": group["people"][0]}, *({"person_id": each} for each in people)]
    refused = await client.post(path, json={"items": items})
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_refused")
    answer = made(await client.post(path, json={"items": items, "atomic": False}))
    problems = [each["problem"] and each["problem"]["code"] for each in answer["results"]]
    assert problems == ["already_member", None, None, "group_full"]
    assert made(await client.get(f"/v1/groups/{group['id']}"))["members"] == 8


async def test_memberships_are_changed_by_an_upsert(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    person_id, newcomer = await make_people(client, 2)
    membership = await join(client, group["id"], person_id, external_id="m-1")
    path = f"/v1/groups/{group['id']}/memberships/batch"
    items = [
        {"person_id": person_id, "external_id": "m-1", "weight": 2.0, "ends_on": "2026-12-31"},
        {"person_id": newcomer, "external_id": "m-2"},
    ]
    answer = made(await client.post(path, json={"mode": "upsert", "items": items}))
    first, second = (each["resource"] for each in answer["results"])
    assert (first["id"], first["weight"], first["place"]) == (membership, 2.0, 5)
    assert (first["ends_on"], second["place"]) == ("2026-12-31", 6)
    items[0]["person_id"] = newcomer
    refused = await client.post(path, json={"mode": "upsert", "items": items})
    codes = {each["code"] for each in refused.json()["errors"]}
    assert (refused.status_code, codes) == (409, {"membership_fixed"})


async def test_promises_of_several_groups_are_recorded_together(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    first, second = await make_group(client, 4), await make_group(client, 4)
    known = await promise(client, first["memberships"][0], external_id="c-1")
    items = [
        {"membership_id": first["memberships"][1], "title": "One", "due_on": "2199-01-01"},
        {"group_id": second["id"], "person_id": second["people"][2], "title": "Two"},
        {
            "membership_id": first["memberships"][0],
            "title": "Another",
            "external_id": "c-1",
            "buddy_membership_id": first["memberships"][2],
        },
        {"title": "Whose?"},
        {"membership_id": second["memberships"][0], "title": "3", "due_on": "1"},
        {
            "membership_id": second["memberships"][0],
            "title": "4",
            "buddy_membership_id": first["memberships"][0],
        },
    ]
    body = {"mode": "upsert", "items": items, "atomic": False}
    answer = made(await client.post("/v1/commitments/batch", json=body))
    assert [each["status"] for each in answer["results"]] == [201, 201, 200, 422, 422, 422]
    resources = [each["resource"] for each in answer["results"]]
    assert resources[1]["membership_id"] == second["memberships"][2]
    assert (resources[2]["id"], resources[2]["title"]) == (known["id"], "Another")
    assert resources[2]["buddy_membership_id"] == first["memberships"][2]
    pointers = [each["problem"]["errors"][0]["pointer"] for each in answer["results"][3:]]
    assert pointers == [
        "/items/3/membership_id",
        "/items/4/due_on",
        "/items/5/buddy_membership_id",
    ]
    types = await event_types(database, tenant, "commitment.")
    assert types.count("commitment.made") == 3
    assert types.count("commitment.updated") == 1
    for each in resources[:3]:
        read = made(await client.get(f"/v1/commitments/{each['id']}"))
        assert {name: read[name] for name in each} == each
    refused = await client.post("/v1/commitments/batch", json={**body, "atomic": True})
    assert refused.status_code == 422
    assert len(made(await client.get("/v1/commitments"))["data"]) == 3


async def test_each_promise_of_a_batch_is_due_after_its_own_meeting(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"])
    (seat, *_) = await seats_of(client, meetings[2]["id"])
    owner = {"membership_id": group["memberships"][0], "title": "x"}
    items = [
        owner,
        {**owner, "hot_seat_id": seat["id"]},
        {**owner, "meeting_id": meetings[1]["id"]},
    ]
    answer = made(await client.post("/v1/commitments/batch", json={"items": items}))
    due = [each["resource"]["due_meeting_id"] for each in answer["results"]]
    assert due == [meetings[number]["id"] for number in (0, 3, 2)]
    alone = [made(await client.post("/v1/commitments", json=item)) for item in items]
    assert [each["due_meeting_id"] for each in alone] == due


async def test_another_tenants_things_are_as_unknown_as_absent_ones(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    theirs = await make_group(other_client, 5, name="Theirs")
    ours = await make_group(client, 4)
    refused = await client.post(
        f"/v1/groups/{ours['id']}/memberships/batch",
        json={"items": [{"person_id": theirs["people"][0]}]},
    )
    assert [each["code"] for each in refused.json()["errors"]] == ["unknown_person"]
    refused = await client.post(
        "/v1/commitments/batch",
        json={"items": [{"membership_id": theirs["memberships"][0], "title": "x"}]},
    )
    assert [each["code"] for each in refused.json()["errors"]] == ["unknown_membership"]
    path = f"/v1/groups/{theirs['id']}/memberships/batch"
    absent = await client.post(path, json={"items": [{"person_id": ours["people"][0]}]})
    assert absent.status_code == 404


async def test_statements_do_not_grow_with_the_items(
    client: httpx.AsyncClient, database: Database
) -> None:
    group = await make_group(client, 4)
    await make_cadence(client, group["id"])
    counts: dict[str, list[int]] = {"people": [], "memberships": [], "commitments": []}
    made(await client.get("/v1/workspace"))  # the first use of a key is noted
    others = [await make_group(client, 1, active=False) for _ in range(3)]
    for number, size in enumerate((2, 4)):
        newcomers = await make_people(client, size)
        many = range(size * 20)
        owners = [group["memberships"][0], *(each["memberships"][0] for each in others)][:size]
        calls: dict[str, tuple[str, list[dict[str, Any]]]] = {
            "people": (
                "/v1/people/batch",
                [{**ANN, "email": f"{number}.{n}@example.org"} for n in many],
            ),
            "memberships": (
                f"/v1/groups/{group['id']}/memberships/batch?dry_run=true",
                [{"person_id": each} for each in newcomers],
            ),
            "commitments": (
                "/v1/commitments/batch",
                [{"membership_id": owners[n % size], "title": "x"} for n in many],
            ),
        }
        for noun, (path, items) in calls.items():
            with count_statements(database) as counted:
                made(await client.post(path, json={"items": items}))
            counts[noun].append(counted.count)
    for noun, (small, large) in counts.items():
        # What a plan changes may differ by a kind of row or two.
        assert abs(large - small) <= (4 if noun == "memberships" else 0), counts
