"""Groups over the API: settings, states, organizers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.db.models import Group, Organizer, Person
from app.db.session import Database
from app.domain import ids
from app.services.group_verbs import advance_pause
from tests.support.builders import join, made, make_group, make_people
from tests.support.clock import ManualClock
from tests.support.events import event_types
from tests.support.statements import count_statements
from tests.support.tenants import CREATED, Tenant

INKLINGS = {"name": "The Inklings", "time_zone": "Europe/London"}
ROTATION = {
    "hot_seats_per_meeting": None,
    "calm": False,
    "price_announced": None,
    "price_planned": None,
    "urgent_guard": -1.25,
    "roles": ["facilitator", "timekeeper", "scribe"],
}


async def test_a_group_is_founded_with_defaults(client: httpx.AsyncClient) -> None:
    created = await client.post("/v1/groups", json=INKLINGS)
    assert created.status_code == 201
    body = created.json()
    assert body["state"] == "forming"
    assert body["charter"] == {
        "ground_rules": [],
        "quorum": None,
        "attendance_threshold": None,
        "notice_hours": None,
        "trial_months": None,
        "lookback_meetings": None,
    }
    assert body["rotation"] == ROTATION
    assert (body["members"], body["below_minimum"]) == (0, False)
    read = await client.get(created.headers["Location"])
    assert read.json() == body
    assert read.headers["ETag"] == created.headers["ETag"] == '"1"'


async def test_a_merge_patch_of_settings_merges(client: httpx.AsyncClient) -> None:
    charter = {"ground_rules": ["Begin on time"], "quorum": 4}
    group = made(await client.post("/v1/groups", json={**INKLINGS, "charter": charter}))
    where = f"/v1/groups/{group['id']}"
    patch: dict[str, Any] = {
        "charter": {"quorum": None, "notice_hours": 24},
        "rotation": {"calm": True},
        "metadata": {"a": {"b": 1}},
    }
    patched = made(await client.patch(where, json=patch))
    assert patched["charter"] == {
        "ground_rules": ["Begin on time"],
        "quorum": None,
        "attendance_threshold": None,
        "notice_hours": 24,
        "trial_months": None,
        "lookback_meetings": None,
    }
    assert patched["rotation"] == {**ROTATION, "calm": True}
    assert patched["version"] == 2
    again = await client.patch(where, json=patch)
    assert again.json() == patched, "a patch that changes nothing makes no new version"
    back = made(await client.patch(where, json={"rotation": {"calm": None}}))
    assert back["rotation"]["calm"] is False


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"time_zone": "Narnia/Cair_Paravel"}, "/time_zone"),
        ({"charter": None}, "/charter"),
        ({"charter": {"quorum": 9}}, "/charter/quorum"),
        ({"charter": {"attendance_threshold": 1.5}}, "/charter/attendance_threshold"),
        ({"charter": {"unheard_of": 1}}, "/charter/unheard_of"),
        ({"rotation": {"hot_seats_per_meeting": 0}}, "/rotation/hot_seats_per_meeting"),
        ({"rotation": {"hot_seats_per_meeting": 9}}, "/rotation/hot_seats_per_meeting"),
        ({"state": "active"}, "/state"),
        ({"metadata": {"long": "x" * 2048}}, "/metadata"),
    ],
)
async def test_a_bad_setting_is_refused_by_its_place(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    group = made(await client.post("/v1/groups", json=INKLINGS))
    answer = await client.patch(f"/v1/groups/{group['id']}", json=change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_group_is_put_by_the_callers_id(client: httpx.AsyncClient) -> None:
    path = "/v1/groups/external/crm-1"
    created = await client.put(path, json={**INKLINGS, "charter": {"quorum": 4}})
    assert created.status_code == 201
    assert created.headers["Location"] == f"/v1/groups/{created.json()['id']}"
    updated = await client.put(path, json={**INKLINGS, "name": "The Coalbiters"})
    assert updated.status_code == 200
    assert updated.json()["id"] == created.json()["id"]
    assert updated.json()["name"] == "The Coalbiters"
    assert updated.json()["charter"]["quorum"] == 4
    taken = await client.post("/v1/groups", json={**INKLINGS, "external_id": "crm-1"})
    assert (taken.status_code, taken.json()["code"]) == (409, "external_id_taken")


async def test_groups_are_found_by_state_person_and_external_id(client: httpx.AsyncClient) -> None:
    active = await make_group(client, 4, external_id="one")
    forming = made(await client.post("/v1/groups", json=INKLINGS))
    await join(client, forming["id"], active["people"][0], starts_on="2199-01-01")

    async def found(**filters: str) -> list[str]:
        page = made(await client.get("/v1/groups", params=filters))
        return [group["id"] for group in page["data"]]

    assert await found() == [active["id"], forming["id"]]
    assert await found(state="active") == [active["id"]]
    assert await found(external_id="one") == [active["id"]]
    assert await found(person_id=active["people"][0]) == [active["id"], forming["id"]]
    assert await found(person_id=active["people"][1]) == [active["id"]]
    await client.post(f"/v1/memberships/{active['memberships'][1]}/end", json={})
    assert (await client.get("/v1/groups", params={"state": "unheard_of"})).status_code == 422


async def test_a_group_is_activated_with_four_members_only(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 3, active=False)
    where = f"/v1/groups/{group['id']}"
    few = await client.post(f"{where}/activate")
    assert (few.status_code, few.json()["code"]) == (409, "too_few_members")
    assert few.json()["facts"] == {"members": 3, "min_members": 4}

    upcoming, current = await make_people(client, 2)
    await join(client, group["id"], upcoming, starts_on="2026-11-24")
    assert (await client.post(f"{where}/activate")).status_code == 409, "upcoming ones don't count"
    await join(client, group["id"], current)
    activated = await client.post(f"{where}/activate")
    assert activated.status_code == 200
    assert activated.json()["state"] == "active"
    assert activated.json()["members"] == 4
    assert activated.headers["ETag"] == (await client.get(where)).headers["ETag"]


@pytest.mark.parametrize(
    ("history", "states"),
    [
        ([], {"activate": "active", "close": "closed"}),
        (["activate"], {"pause": "paused", "close": "closed"}),
        (["activate", "pause"], {"resume": "active", "close": "closed"}),
        (["close"], {}),
    ],
)
async def test_states_follow_the_verbs(
    client: httpx.AsyncClient, history: list[str], states: dict[str, str]
) -> None:
    group = await make_group(client, 4, active=False)
    where = f"/v1/groups/{group['id']}"
    for verb in history:
        made(await client.post(f"{where}/{verb}"))
    for verb in ("activate", "pause", "resume", "close"):
        answer = await client.post(f"{where}/{verb}?dry_run=true")
        if verb in states:
            assert made(answer)["state"] == states[verb]
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
            assert answer.json()["facts"]["allowed"] == list(states)


async def test_a_pause_that_has_begun_keeps_its_dates_and_ends_by_itself(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    paused = made(await client.post(f"{where}/pause", json={"until": "2026-12-01"}))
    assert paused["state"] == "paused"
    assert (paused["paused_from"], paused["paused_until"]) == ("2026-11-23", "2026-12-01")

    end = datetime(2026, 12, 2, tzinfo=UTC)
    await _advance(database, tenant, group["id"], end - timedelta(seconds=1))
    assert (await client.get(where)).json()["state"] == "paused"
    await _advance(database, tenant, group["id"], end)
    resumed = (await client.get(where)).json()
    assert (resumed["state"], resumed["paused_from"], resumed["paused_until"]) == (
        "active",
        None,
        None,
    )
    await _advance(database, tenant, group["id"], end)
    assert (await client.get(where)).json() == resumed
    types = await event_types(database, tenant, "group.")
    assert types == ["group.created", "group.activated", "group.paused", "group.resumed"]


async def test_a_pause_that_lies_ahead_begins_by_itself(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4, time_zone="Pacific/Auckland")
    where = f"/v1/groups/{group['id']}"
    body = {"from": "2026-12-01", "until": "2026-12-02"}
    planned = made(await client.post(f"{where}/pause", json=body))
    assert (planned["state"], planned["paused_from"]) == ("active", "2026-12-01")

    begin = datetime(2026, 11, 30, 11, tzinfo=UTC)  # midnight in Auckland
    await _advance(database, tenant, group["id"], begin - timedelta(seconds=1))
    assert (await client.get(where)).json().items() <= planned.items()
    await _advance(database, tenant, group["id"], begin)
    assert (await client.get(where)).json()["state"] == "paused"


async def test_a_pause_that_passed_unseen_began_and_ended(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    body = {"from": "2026-12-01", "until": "2026-12-02"}
    made(await client.post(f"{where}/pause", json=body))
    await _advance(database, tenant, group["id"], datetime(2027, 1, 1, tzinfo=UTC))
    assert (await client.get(where)).json()["state"] == "active"
    types = await event_types(database, tenant, "group.")
    assert types[-2:] == ["group.paused", "group.resumed"]


async def test_a_pause_that_is_over_is_in_nobodys_way(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    """The duty that ends it may be late."""
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    made(await client.post(f"{where}/pause", json={"until": "2026-12-01"}))
    clock.set(datetime(2026, 12, 1, 23, 59, tzinfo=UTC))
    again = {"from": "2026-12-20", "until": "2026-12-27"}
    early = await client.post(f"{where}/pause", json=again)
    assert (early.status_code, early.json()["code"]) == (409, "invalid_transition")
    clock.set(datetime(2026, 12, 2, tzinfo=UTC))
    planned = made(await client.post(f"{where}/pause", json=again))
    assert (planned["state"], planned["paused_from"]) == ("active", "2026-12-20")
    types = await event_types(database, tenant, "group.")
    assert types[-3:] == ["group.paused", "group.resumed", "group.updated"]


async def test_a_planned_pause_is_called_off_by_resume(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    made(await client.post(f"{where}/pause", json={"from": "2026-12-01"}))
    resumed = made(await client.post(f"{where}/resume"))
    assert (resumed["state"], resumed["paused_from"]) == ("active", None)
    await _advance(database, tenant, group["id"], datetime(2027, 1, 1, tzinfo=UTC))
    assert (await client.get(where)).json().items() <= resumed.items()
    assert (await client.post(f"{where}/resume")).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2026-11-22"},
        {"from": "2026-11-01", "until": "2026-11-22"},
        {"from": "2026-12-02", "until": "2026-12-01"},
    ],
)
async def test_a_pause_that_would_be_over_is_refused(
    client: httpx.AsyncClient, body: dict[str, str]
) -> None:
    group = await make_group(client, 4)
    answer = await client.post(f"/v1/groups/{group['id']}/pause", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "pause_ends_too_early")
    assert answer.json()["errors"][0]["pointer"] == "/until"


async def test_a_dry_run_shows_the_change_and_makes_none(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    before = (await client.get(where)).json()
    for value in ("true", "1", "True", "yes"):
        shown = made(await client.post(f"{where}/pause", params={"dry_run": value}))
        assert shown["state"] == "paused"
        assert (await client.get(where)).json() == before
    assert (await client.post(f"{where}/pause?dry_run=perhaps")).status_code == 422
    assert made(await client.post(f"{where}/pause?dry_run=false"))["state"] == "paused"
    assert (await client.get(where)).json()["state"] == "paused"


async def test_organizers_come_and_go(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 0, active=False)
    where = f"/v1/groups/{group['id']}/organizers"
    (coach,) = await make_people(client, 1)
    before = (await client.get(f"/v1/groups/{group['id']}")).headers["ETag"]
    added = await client.post(where, json={"person_id": coach})
    assert added.status_code == 201
    assert made(await client.get(added.headers["Location"])) == added.json()
    assert made(await client.get(where))["data"] == [added.json()]
    assert (await client.get(f"/v1/groups/{group['id']}")).headers["ETag"] != before
    twice = await client.post(where, json={"person_id": coach})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_organizer")
    assert (await client.delete(f"{where}/{coach}")).status_code == 204
    assert (await client.delete(f"{where}/{coach}")).status_code == 404
    assert made(await client.get(where))["data"] == []


async def test_organizers_stand_members_or_not(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 5)
    where = f"/v1/groups/{group['id']}/organizers"
    (coach,) = await make_people(client, 1)
    member = group["people"][0]
    for person_id in (coach, member):
        made(await client.post(where, json={"person_id": person_id}))
    path = f"/v1/memberships/{group['memberships'][0]}/end"
    made(await client.post(path, json={}))
    standing = {each["person_id"] for each in made(await client.get(where))["data"]}
    assert standing == {coach, member}
    # Who answers for the group has no place in it by that.
    places = made(await client.get(f"/v1/groups/{group['id']}/memberships"))["data"]
    assert coach not in {place["person_id"] for place in places}


async def test_an_unknown_person_in_a_body_is_a_mistake_in_the_body(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client, 0, active=False)
    (theirs,) = await make_people(other_client, 1)
    for path in ("organizers", "memberships"):
        for person_id in (theirs, "per_01h455vb4pex5vsknk084sn02q"):
            answer = await client.post(
                f"/v1/groups/{group['id']}/{path}", json={"person_id": person_id}
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown_person")
            assert answer.json()["errors"][0]["pointer"] == "/person_id"


async def test_reading_groups_asks_the_same_of_the_database_however_many_there_are(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/groups/{group['id']}/organizers"
    paths = ["/v1/groups?limit=100", f"/v1/groups/{group['id']}", f"{where}?limit=100"]
    made(await client.post(where, json={"person_id": group["people"][0]}))
    few = [await _statements(client, database, path) for path in paths]
    await _grow(database, tenant, ids.decode("group", group["id"]))
    assert len(made(await client.get(paths[0]))["data"]) == 50
    assert len(made(await client.get(paths[2]))["data"]) == 50
    many = [await _statements(client, database, path) for path in paths]
    assert few == many
    assert max(many) <= 3


async def _grow(database: Database, tenant: Tenant, group_id: UUID) -> None:
    times = {"created_at": CREATED, "updated_at": CREATED}
    where = {"workspace_id": tenant.workspace_id}
    people = [Person(**where, **times, name="x", time_zone="UTC") for _ in range(49)]
    groups = [Group(**where, **times, name="x", time_zone="UTC") for _ in range(49)]
    async with database.transaction() as session:
        session.add_all([*people, *groups])
        await session.flush()
        session.add_all(
            Organizer(**where, group_id=group_id, person_id=person.id, created_at=CREATED)
            for person in people
        )


async def _statements(client: httpx.AsyncClient, database: Database, path: str) -> int:
    with count_statements(database) as counted:
        made(await client.get(path))
    return counted.count


async def _advance(database: Database, tenant: Tenant, group_id: str, now: datetime) -> None:
    async with database.transaction() as session:
        await advance_pause(session, tenant.workspace_id, ids.decode("group", group_id), now)
