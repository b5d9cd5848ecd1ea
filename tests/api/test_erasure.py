"""Erasing a person: nothing personal is left in any table, and figures stay as they were."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import LargeBinary, select, update

from app.adapters.keyring import KeyringError
from app.api.runtime import Runtime
from app.db.base import Base
from app.db.models import IdempotencyRecord
from app.db.session import Database
from app.services.erasure import ERASED_NAME, without_name
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    mark,
    promise,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.events import event_types
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

SECRET = "Zyxwv"
"""Part of everything that the person has, and of nothing else."""
KEY = {"Idempotency-Key": "2c1b6f3e"}
PERSON = {
    "name": f"{SECRET} Lewis",
    "email": f"{SECRET}@example.org",
    "time_zone": "America/Whitehorse",
    "external_id": f"{SECRET}-crm",
    "metadata": {"note": SECRET},
    "background": {"industry": SECRET, "role": SECRET, "goals": SECRET},
}


async def traces(database: Database, runtime: Runtime, tenant: Tenant, text: str) -> list[str]:
    """Every `table.column` of the workspace that holds a text, encrypted or not."""
    found = []
    async with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if "workspace_id" not in table.c:
                continue
            query = select(table).where(table.c.workspace_id == tenant.workspace_id)
            for row in await connection.execute(query):
                for column in table.c:
                    value = row._mapping[column.name]
                    if isinstance(column.type, LargeBinary) and value is not None:
                        value = _opened(runtime, value)
                    if text.lower() in str(value).lower():
                        found.append(f"{table.name}.{column.name}")
    return found


def _opened(runtime: Runtime, value: bytes) -> str:
    try:
        return runtime.keyring.decrypt(value)
    except KeyringError:
        return value.decode(errors="replace")


@pytest.fixture
async def world(client: httpx.AsyncClient, clock: ManualClock) -> dict[str, Any]:
    """A person in a group with a past and a future, who has written wherever one can write."""
    group = await make_group(client, 4, rotation={"hot_seats_per_meeting": 1})
    key = {"Idempotency-Key": "first"}
    person = made(await client.post("/v1/people", json=PERSON, headers=key))
    body = {"person_id": person["id"], "external_id": f"{SECRET}-m", "metadata": {"a": SECRET}}
    path = f"/v1/groups/{group['id']}/memberships"
    membership = made(await client.post(path, json=body))["id"]
    meetings = await make_cadence(client, group["id"])
    first, second, third = (each["id"] for each in meetings[:3])
    path = f"/v1/groups/{group['id']}/organizers"
    made(await client.post(path, json={"person_id": person["id"]}))
    made(await client.post("/v1/calendar_feeds", json={"person_id": person["id"]}))
    settings = {"url": f"https://cal.example.org/{SECRET}/", "username": SECRET, "password": SECRET}
    target = {"person_id": person["id"], "kind": "caldav", "settings": settings}
    made(await client.post("/v1/calendar_targets", json=target))
    leave = {"first_on": "2027-01-10", "last_on": "2027-01-12", "reason": SECRET}
    made(await client.post(f"/v1/memberships/{membership}/leaves", json=leave))
    await mark(client, meetings[8]["id"], membership, "absent", note=SECRET)
    guest = {"name": PERSON["name"], "email": PERSON["email"], "note": SECRET}
    made(await client.post(f"/v1/meetings/{second}/guests", json=guest))
    commitment = await promise(
        client,
        membership,
        SECRET,
        criteria=SECRET,
        due_on="2026-11-25",
        external_id=f"{SECRET}-c",
        metadata={"a": SECRET},
    )
    note = {"note": SECRET, "evidence_url": f"https://example.org/{SECRET}"}
    where = f"/v1/commitments/{commitment['id']}"
    made(await client.post(f"{where}/check_ins", json=note, headers={"Idempotency-Key": "second"}))
    later = {"due_on": "2026-12-24", "reason": SECRET}
    made(await client.post(f"{where}/renegotiate", json=later))
    of_other = await promise(client, group["memberships"][0], "Not mine", due_on="2026-12-24")
    acting = {"Hotseat-Actor": person["id"]}
    reason = {"reason": f"says {SECRET}"}
    path = f"/v1/commitments/{of_other['id']}/withdraw"
    made(await client.post(path, json=reason, headers=acting))
    urgent = {"membership_id": membership, "reason": SECRET}
    free = [
        meeting
        for meeting in (second, third)
        if membership not in [seat["membership_id"] for seat in await seats_of(client, meeting)]
    ]
    made(await client.post(f"/v1/meetings/{free[0]}/urgent_requests", json=urgent))
    again = {name: value for name, value in PERSON.items() if name != "external_id"}
    path = f"/v1/people/external/{PERSON['external_id']}"
    made(await client.put(path, json={**again, "locale": "de"}))
    clock.advance(timedelta(days=4))
    await verb(
        client,
        first,
        "record",
        hot_seats=[
            {"membership_id": membership, "state": "done", "topic": SECRET, "outcome": SECRET}
        ],
    )
    seat = next(s for s in await seats_of(client, first) if s["membership_id"] == membership)
    return {**group, "person": person["id"], "membership": membership, "seat": seat["id"]}


async def _figures(client: httpx.AsyncClient, world: dict[str, Any]) -> list[Any]:
    """What the others see of the group, and how the ledger stands."""
    rotation = made(await client.get(f"/v1/groups/{world['id']}/rotation"))
    others = [line for line in rotation["ledger"] if line["membership_id"] != world["membership"]]
    return [
        others,
        (await client.get(f"/v1/groups/{world['id']}/accountability")).text,
        (await client.get(f"/v1/memberships/{world['membership']}/accountability")).text,
    ]


async def test_nothing_personal_is_left(
    client: httpx.AsyncClient,
    database: Database,
    runtime: Runtime,
    tenant: Tenant,
    world: dict[str, Any],
) -> None:
    before = await traces(database, runtime, tenant, SECRET)
    assert {place.partition(".")[0] for place in before} >= {
        "people",
        "memberships",
        "leaves",
        "attendances",
        "guests",
        "hot_seats",
        "urgent_requests",
        "commitments",
        "commitment_events",
        "check_ins",
        "calendar_targets",
        "events",
        "idempotency_records",
    }, "else this test shows little"
    answer = await client.post(f"/v1/people/{world['person']}/erase")
    erased = made(answer)
    assert (erased["name"], erased["email"], erased["external_id"]) == (ERASED_NAME, None, None)
    assert erased["erased_at"] is not None
    assert await traces(database, runtime, tenant, SECRET) == []
    assert set(await traces(database, runtime, tenant, "Whitehorse")) == {
        "commitments.time_zone",
        "commitment_events.time_zone",
        "events.data",
    }, "figures need the time zone in which a promise was due"
    assert (await event_types(database, tenant, "person."))[-1] == "person.erased"
    read = made(await client.get(f"/v1/people/{world['person']}"))
    assert {**read, "changed": erased["changed"]} == erased


async def test_figures_are_the_same_before_and_after(
    client: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    before = await _figures(client, world)
    made(await client.post(f"/v1/people/{world['person']}/erase"))
    assert await _figures(client, world) == before
    seat = made(await client.get(f"/v1/hot_seats/{world['seat']}"))
    assert (seat["state"], seat["topic"], seat["membership_id"]) == (
        "done",
        None,
        world["membership"],
    )


async def test_the_person_has_left_and_is_planned_for_no_more(
    client: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    made(await client.post(f"/v1/people/{world['person']}/erase"))
    membership = made(await client.get(f"/v1/memberships/{world['membership']}"))
    assert (membership["state"], membership["ends_on"]) == ("ended", "2026-11-26")
    query = {"membership_id": world["membership"], "limit": "100"}
    seats = made(await client.get("/v1/hot_seats", params=query))["data"]
    assert {seat["state"] for seat in seats} <= {"done", "skipped"}
    for noun in ("calendar_feeds", "calendar_targets"):
        left = made(await client.get(f"/v1/{noun}?person_id={world['person']}"))["data"]
        assert left == []
    assert made(await client.get(f"/v1/groups/{world['id']}"))["members"] == 4
    organizers = made(await client.get(f"/v1/groups/{world['id']}/organizers"))["data"]
    assert organizers == []


async def test_promises_of_others_keep_their_buddy_who_names_nobody(
    client: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    """They stay what they were; the place of the buddy has ended, and its person has no name."""
    fields = {"buddy_membership_id": world["membership"], "due_on": "2026-12-24"}
    watched = await promise(client, world["memberships"][0], "Write", **fields)
    path = f"/v1/commitments/{watched['id']}"
    before = made(await client.get(path))
    made(await client.post(f"/v1/people/{world['person']}/erase"))
    assert made(await client.get(path)) == before
    export = made(await client.get(f"/v1/people/{world['person']}/export"))
    assert [each["commitment_id"] for each in export["buddy_of"]] == [watched["id"]]
    assert (export["person"]["name"], export["memberships"][0]["state"]) == (ERASED_NAME, "ended")


async def test_a_dry_run_shows_what_would_go_and_a_second_time_nothing_does(
    client: httpx.AsyncClient,
    database: Database,
    runtime: Runtime,
    tenant: Tenant,
    world: dict[str, Any],
) -> None:
    path = f"/v1/people/{world['person']}/erase"
    before = await traces(database, runtime, tenant, SECRET)
    shown = made(await client.post(f"{path}?dry_run=true"))
    assert shown["name"] == ERASED_NAME
    assert shown["changed"]["commitments"] == 1
    assert shown["changed"]["places_ended"] == 1
    assert await traces(database, runtime, tenant, SECRET) == before
    assert made(await client.post(path))["changed"] == shown["changed"]
    again = await client.post(path)
    assert (again.status_code, again.json()["changed"]) == (200, {})


async def test_nothing_can_be_given_to_somebody_erased(
    client: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    person = world["person"]
    made(await client.post(f"/v1/people/{person}/erase"))
    group = f"/v1/groups/{world['id']}"
    for call in (
        client.patch(f"/v1/people/{person}", json={"name": "Jack"}),
        client.post(f"{group}/memberships", json={"person_id": person}),
        client.post(f"{group}/organizers", json={"person_id": person}),
        client.post("/v1/calendar_feeds", json={"person_id": person}),
    ):
        refused = await call
        assert (refused.status_code, refused.json()["code"]) == (409, "person_erased")
    items = {"items": [{"person_id": person}]}
    refused = await client.post(f"{group}/memberships/batch", json=items)
    assert [each["code"] for each in refused.json()["errors"]] == ["person_erased"]


async def test_a_repeated_call_is_told_that_its_answer_is_gone(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    """Of whomever it told; it still has no second effect, and other workspaces keep theirs."""
    ann = {"name": "Ann", "time_zone": "Europe/London"}
    person = made(await client.post("/v1/people", json=PERSON, headers=KEY))
    made(await client.post("/v1/people", json=ann, headers={"Idempotency-Key": "other"}))
    elsewhere = await other_client.post("/v1/people", json=ann, headers=KEY)
    erased = made(await client.post(f"/v1/people/{person['id']}/erase"))
    assert erased["changed"]["kept_answers"] == 2
    for body, key in ((PERSON, KEY), (ann, {"Idempotency-Key": "other"})):
        gone = await client.post("/v1/people", json=body, headers=key)
        assert (gone.status_code, gone.json()["code"]) == (409, "answer_erased")
    assert len(made(await client.get("/v1/people"))["data"]) == 2
    again = await other_client.post("/v1/people", json=ann, headers=KEY)
    assert again.content == elsewhere.content


async def test_an_erasure_that_is_repeated_is_answered_alike(client: httpx.AsyncClient) -> None:
    (person,) = await make_people(client, 1)
    first = await client.post(f"/v1/people/{person}/erase", headers=KEY)
    again = await client.post(f"/v1/people/{person}/erase", headers=KEY)
    assert (again.status_code, again.content) == (200, first.content)


async def test_kept_answers_go_unread_in_one_statement(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, tenant: Tenant
) -> None:
    """However many there are, an erasure ends: these could not even be decrypted."""
    (person,) = await make_people(client, 1)
    made(await client.post("/v1/people", json=PERSON, headers=KEY))
    async with database.transaction() as session:
        await session.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.workspace_id == tenant.workspace_id)
            .values(body=b"?")
        )
    with count_statements(runtime.database) as counted:
        made(await client.post(f"/v1/people/{person}/erase"))
    about = [each for each in counted.statements if "idempotency_records" in each]
    assert [each.split()[0] for each in about] == ["UPDATE"]


async def test_it_needs_admin_and_is_for_the_person_alone(
    app: FastAPI, client: httpx.AsyncClient, other_client: httpx.AsyncClient, tenant: Tenant
) -> None:
    me, other = await make_people(client, 2)
    path = f"/v1/people/{me}/erase"
    key = made(await client.post("/v1/api_keys", json={"name": "w", "scopes": ["write"]}))["key"]
    async with Tenant(tenant.workspace_id, key).client(app) as writer:
        assert (await writer.post(path)).json()["code"] == "missing_scope"
    refused = await client.post(path, headers={"Hotseat-Actor": other})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_you")
    assert (await other_client.post(path)).status_code == 404
    stale = await client.post(path, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert made(await client.post(path, headers={"Hotseat-Actor": me}))["name"] == ERASED_NAME


async def test_a_place_that_lies_ahead_is_called_off(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    (person,) = await make_people(client, 1)
    membership = await join(client, group["id"], person, starts_on="2027-01-01")
    made(await client.post(f"/v1/people/{person}/erase"))
    assert made(await client.get(f"/v1/memberships/{membership}"))["state"] == "ended"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("due 1.42, Ann is away", f"due 1.42, {ERASED_NAME} is away"),
        ("Anna and Joann", "Anna and Joann"),
        ({"a": ["Ann, Bob", 1, None]}, {"a": [f"{ERASED_NAME}, Bob", 1, None]}),
    ],
)
def test_a_name_is_a_word_of_its_own(text: Any, found: Any) -> None:
    assert without_name(text, "Ann") == found
