"""Memberships over the API: joining, changing, ending, and the midnights in between."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.db.models import Leave, Membership
from app.db.queries import memberships
from app.db.session import Database
from app.domain import ids
from app.services.group_clock import advance_membership
from tests.support.builders import join, made, make_group, make_people, without_change
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.rotation import make_rotation
from tests.support.statements import count_statements
from tests.support.tenants import CREATED, Tenant

TODAY, TOMORROW, YESTERDAY = "2026-11-23", "2026-11-24", "2026-11-22"
TONIGHT = datetime(2026, 11, 24, tzinfo=UTC)


async def test_a_member_joins_today(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 0, active=False)
    (person_id,) = await make_people(client, 1)
    where = f"/v1/groups/{group['id']}/memberships"
    before = (await client.get(f"/v1/groups/{group['id']}")).headers["ETag"]
    created = await client.post(where, json={"person_id": person_id})
    assert created.status_code == 201
    body = created.json()
    assert (body["place"], body["state"]) == (1, "current")
    assert (body["starts_on"], body["ends_on"], body["weight"]) == (TODAY, None, 1.0)
    read = await client.get(created.headers["Location"])
    assert read.json() == without_change(body)
    assert read.headers["ETag"] == created.headers["ETag"]
    after = await client.get(f"/v1/groups/{group['id']}")
    assert after.json()["members"] == 1
    assert after.headers["ETag"] != before, "a group shows how many members it has"


async def test_today_is_the_date_in_the_groups_zone(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.set(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    (person_id,) = await make_people(client, 1)
    for zone, day in (("Pacific/Auckland", TOMORROW), ("Pacific/Pago_Pago", TODAY)):
        group = await make_group(client, 0, active=False, time_zone=zone)
        membership_id = await join(client, group["id"], person_id)
        assert (await _read(client, membership_id))["starts_on"] == day


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "state"),
    [
        (YESTERDAY, None, "current"),
        (TODAY, TODAY, "current"),
        (TOMORROW, None, "upcoming"),
        ("2020-01-01", YESTERDAY, "ended"),
        ("2020-01-01", TODAY, "current"),
    ],
)
async def test_the_dates_decide_the_state(
    client: httpx.AsyncClient, starts_on: str, ends_on: str | None, state: str
) -> None:
    group = await make_group(client, 0, active=False)
    (person_id,) = await make_people(client, 1)
    fields = {"starts_on": starts_on, "ends_on": ends_on}
    membership_id = await join(client, group["id"], person_id, **fields)
    assert (await _read(client, membership_id))["state"] == state


async def test_the_ninth_is_refused_until_somebody_leaves(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, 8)
    where = f"/v1/groups/{group['id']}/memberships"
    (ninth,) = await make_people(client, 1)
    full = await client.post(where, json={"person_id": ninth})
    assert (full.status_code, full.json()["code"]) == (409, "group_full")

    leaver = group["memberships"][2]
    made(await client.post(f"/v1/memberships/{leaver}/end", json={}))
    assert (await _read(client, leaver))["state"] == "current", "a last day is a day"
    assert (await client.post(where, json={"person_id": ninth})).status_code == 409
    successor = await join(client, group["id"], ninth, starts_on=TOMORROW)
    assert (await _read(client, successor))["place"] == 3

    # Whichever of the two is moved first, the place is free for the successor.
    clock.set(TONIGHT)
    await _advance(database, tenant, successor, TONIGHT)
    assert (await _read(client, leaver))["state"] == "ended"
    assert (await _read(client, successor))["state"] == "current"
    moved = await event_types(database, tenant, "membership.")
    assert moved[-2:] == ["membership.ended", "membership.started"]
    assert "group.below_minimum" not in await event_types(database, tenant)


async def test_a_place_is_free_at_midnight_even_before_the_duty_has_come_by(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 8)
    (ninth,) = await make_people(client, 1)
    leaver = group["memberships"][7]
    made(await client.post(f"/v1/memberships/{leaver}/end", json={}))
    clock.set(TONIGHT)
    assert (await _read(client, await join(client, group["id"], ninth)))["place"] == 8
    assert (await _read(client, leaver))["state"] == "ended"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"place": 2}, 409, "place_taken"),
        ({"place": 9}, 422, "validation_failed"),
        ({"ends_on": YESTERDAY}, 422, "ends_before_start"),
        ({"weight": 0}, 422, "validation_failed"),
        ({"weight": 10.5}, 422, "validation_failed"),
        ({"starts_on": "1969-12-31"}, 422, "validation_failed"),
        ({"starts_on": "2026-11-24T10:00:00Z"}, 422, "validation_failed"),
        ({"state": "current"}, 422, "validation_failed"),
    ],
)
async def test_a_join_that_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, code: str
) -> None:
    group = await make_group(client, 2, active=False)
    (person_id,) = await make_people(client, 1)
    where = f"/v1/groups/{group['id']}/memberships"
    answer = await client.post(where, json={"person_id": person_id, **fields})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_person_is_in_a_group_once_at_a_time(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/groups/{group['id']}/memberships"
    person_id = group["people"][0]
    twice = await client.post(where, json={"person_id": person_id})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_member")
    made(await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json={}))
    again = await client.post(where, json={"person_id": person_id, "starts_on": TOMORROW})
    assert again.status_code == 201
    third = await client.post(
        where, json={"person_id": person_id, "starts_on": TOMORROW, "place": 5}
    )
    assert (third.status_code, third.json()["code"]) == (409, "already_member")


async def test_nobody_joins_a_closed_group(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    made(await client.post(f"/v1/groups/{group['id']}/close"))
    (person_id,) = await make_people(client, 1)
    where = f"/v1/groups/{group['id']}/memberships"
    answer = await client.post(where, json={"person_id": person_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "group_closed")
    ended = await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json={})
    assert ended.status_code == 200, "leaving is never refused"


async def test_an_active_group_says_when_it_falls_under_four(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 5, external_id="inklings")
    backdated = {"starts_on": "2026-01-01"}
    for membership_id in group["memberships"]:
        made(await client.patch(f"/v1/memberships/{membership_id}", json=backdated))
    for membership_id in group["memberships"][:3]:
        ended = await client.post(
            f"/v1/memberships/{membership_id}/end", json={"ends_on": YESTERDAY}
        )
        assert ended.json()["state"] == "ended"
    shown = (await client.get(f"/v1/groups/{group['id']}")).json()
    assert (shown["state"], shown["members"], shown["below_minimum"]) == ("active", 2, True)
    told = await events_of(database, tenant, "group.below_minimum")
    assert [(data["group_id"], data["members"]) for _, data in told] == [(group["id"], 3)]
    assert told[0][1]["external_id"] == "inklings"

    where = f"/v1/groups/{group['id']}"
    made(await client.post(f"{where}/pause"))
    assert (await client.get(where)).json()["below_minimum"] is False
    made(await client.post(f"{where}/resume"))
    assert len(await events_of(database, tenant, "group.below_minimum")) == 2


async def test_ending_takes_a_day_from_the_first_on_and_happens_once(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    where = f"/v1/memberships/{group['memberships'][0]}"
    early = await client.post(f"{where}/end", json={"ends_on": YESTERDAY})
    assert (early.status_code, early.json()["code"]) == (422, "ends_before_start")
    ahead = made(await client.post(f"{where}/end", json={"ends_on": "2026-12-31"}))
    assert (ahead["state"], ahead["ends_on"]) == ("current", "2026-12-31")
    sooner = made(await client.post(f"{where}/end"))
    assert (sooner["state"], sooner["ends_on"]) == ("current", TODAY)
    stays = made(await client.patch(where, json={"ends_on": None}))
    assert (stays["state"], stays["ends_on"]) == ("current", None)

    made(await client.patch(where, json={"starts_on": "2026-11-01"}))
    assert made(await client.post(f"{where}/end", json={"ends_on": YESTERDAY}))["state"] == "ended"
    again = await client.post(f"{where}/end", json={})
    assert (again.status_code, again.json()["code"]) == (409, "membership_ended")
    for change in ({"ends_on": None}, {"weight": 2}, {"place": 7}, {"starts_on": TODAY}):
        refused = await client.patch(where, json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "membership_ended")
    noted = made(await client.patch(where, json={"metadata": {"why": "moved away"}}))
    assert (noted["state"], noted["metadata"]) == ("ended", {"why": "moved away"})
    types = await event_types(database, tenant, "membership.ended")
    assert types == ["membership.ended"]


async def test_a_last_day_moves_as_far_as_the_place_is_free(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    first, *_ = group["memberships"]
    (successor,) = await make_people(client, 1)
    where = f"/v1/memberships/{first}/end"
    made(await client.post(where, json={"ends_on": "2026-12-01"}))
    next_one = await join(client, group["id"], successor, place=1, starts_on="2026-12-10")
    made(await client.post(where, json={"ends_on": "2026-12-09"}))
    refused = await client.post(where, json={"ends_on": "2026-12-10"})
    assert (refused.status_code, refused.json()["code"]) == (409, "place_taken")
    assert (await _read(client, first))["ends_on"] == "2026-12-09"
    made(await client.post(f"/v1/memberships/{next_one}/end"))
    await join(client, group["id"], group["people"][0], place=7, starts_on="2026-12-20")
    refused = await client.post(where, json={"ends_on": "2026-12-20"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_member")
    made(await client.post(where, json={"ends_on": "2026-11-30"}))


async def test_its_dates_cover_the_meetings_that_count_a_member_as_present(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    """Otherwise nobody could correct what those records say of them."""
    rotation = await make_rotation(client, database, tenant, clock, weeks=2)
    seated = (await rotation.plan())[0]
    member = next(each for each in rotation.members if each not in seated)
    person_id = (await _read(client, member))["person_id"]
    made(await client.patch(f"/v1/memberships/{member}", json={"external_id": "m-1"}))
    held = rotation.meetings[0]
    await rotation.hold(held)
    day = clock.now().date()
    before, after = (str(day + timedelta(days=days)) for days in (-1, 1))
    clock.advance(timedelta(days=3))
    where, all_of = f"/v1/memberships/{member}", f"/v1/groups/{rotation.group_id}/memberships"
    item = {"external_id": "m-1", "person_id": person_id}
    for changed in ({"ends_on": before}, {"starts_on": after}):
        batch = {"mode": "upsert", "items": [{**item, **changed}], "atomic": False}
        many = made(await client.post(f"{all_of}/batch", json=batch))
        answers = [many["results"][0]["problem"], (await client.patch(where, json=changed)).json()]
        if "ends_on" in changed:
            answers.append((await client.post(f"{where}/end", json=changed)).json())
        assert [answer["code"] for answer in answers] == ["was_present"] * len(answers)
        days = {"present_first_on": str(day), "present_last_on": str(day)}
        assert answers[-1]["facts"] == days

    was_away = {"attendance": [{"membership_id": member, "status": "absent"}]}
    made(await client.post(f"/v1/meetings/{held}/correct", json=was_away))
    ended = made(await client.post(f"{where}/end", json={"ends_on": before}))
    assert (ended["state"], ended["ends_on"]) == ("ended", before)


async def test_of_those_to_come_each_has_a_place_of_their_own(client: httpx.AsyncClient) -> None:
    """Also where one has left before the other comes: until then both wait for their day."""
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}/memberships"
    brief, later, third = await make_people(client, 3)
    dates = {"starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    first = await join(client, group["id"], brief, **dates)
    second = await join(client, group["id"], later, starts_on="2026-12-10")
    assert [(await _read(client, each))["place"] for each in (first, second)] == [5, 6]
    body = {"starts_on": "2026-12-20"}
    taken = await client.post(where, json={**body, "person_id": third, "place": 5})
    twice = await client.post(where, json={**body, "person_id": brief})
    moved = await client.patch(f"/v1/memberships/{second}", json={"place": 5})
    many = {"items": [{**body, "person_id": third}, {**body, "person_id": brief}], "atomic": False}
    outcomes = made(await client.post(f"{where}/batch", json=many))["results"]
    assert [each.json()["code"] for each in (taken, twice, moved)] == [
        "place_taken",
        "already_member",
        "place_taken",
    ]
    assert taken.json()["facts"] == {"place": 5, "free": [7, 8]}
    assert outcomes[0]["resource"]["place"] == 7
    assert outcomes[1]["problem"]["code"] == "already_member"


async def test_a_membership_that_lies_ahead_is_called_off(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 7)
    eighth, other = await make_people(client, 2)
    ahead = await join(client, group["id"], eighth, starts_on="2026-12-24")
    off = made(await client.post(f"/v1/memberships/{ahead}/end"))
    assert (off["state"], off["ends_on"], off["starts_on"]) == ("ended", TODAY, "2026-12-24")
    # It holds no place on any day, and the person may come again.
    today = await join(client, group["id"], other)
    assert (await _read(client, today))["place"] == 8
    made(await client.post(f"/v1/memberships/{today}/end", json={}))
    again = await join(client, group["id"], eighth, starts_on=TOMORROW)
    assert (await _read(client, again))["state"] == "upcoming"


async def test_a_patch_of_the_dates_moves_the_state(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/memberships/{group['memberships'][0]}"
    later = made(await client.patch(where, json={"starts_on": TOMORROW}))
    assert later["state"] == "upcoming"
    now = made(await client.patch(where, json={"starts_on": TODAY}))
    assert now["state"] == "current"
    assert await event_types(database, tenant, "membership.") == [
        "membership.created",
        "membership.updated",
        "membership.started",
    ]
    moved = made(await client.patch(where, json={"place": 8, "weight": 2.5}))
    assert (moved["place"], moved["weight"]) == (8, 2.5)
    assert made(await client.patch(where, json={"place": 8}))["version"] == moved["version"]


async def test_midnight_moves_states_once(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4, time_zone="America/New_York")
    midnight = datetime(2026, 11, 24, 5, tzinfo=UTC)
    leaver = group["memberships"][0]
    made(await client.post(f"/v1/memberships/{leaver}/end", json={}))
    await _advance(database, tenant, leaver, midnight - timedelta(seconds=1))
    assert (await _read(client, leaver))["state"] == "current"
    for _ in range(2):
        await _advance(database, tenant, leaver, midnight)
    assert (await _read(client, leaver))["state"] == "ended"
    types = await event_types(database, tenant)
    assert types.count("membership.ended") == types.count("group.below_minimum") == 1


async def test_a_membership_that_passed_unseen_began_and_ended(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    (person_id,) = await make_people(client, 1)
    brief = await join(client, group["id"], person_id, starts_on=TOMORROW, ends_on=TOMORROW)
    await _advance(database, tenant, brief, datetime(2027, 1, 1, tzinfo=UTC))
    assert (await _read(client, brief))["state"] == "ended"
    types = await event_types(database, tenant, "membership.")
    assert types[-2:] == ["membership.started", "membership.ended"]


async def test_a_new_time_zone_moves_the_midnights(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    clock.set(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    group = await make_group(client, 4)
    (person_id,) = await make_people(client, 1)
    newcomer = await join(client, group["id"], person_id, starts_on=TOMORROW)
    zone = {"time_zone": "Pacific/Auckland"}
    made(await client.patch(f"/v1/groups/{group['id']}", json=zone))
    assert (await _read(client, newcomer))["state"] == "current", "it is tomorrow there"


async def test_memberships_are_put_by_the_callers_id(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 2, active=False)
    person_id, other = await make_people(client, 2)
    path = "/v1/memberships/external/seat-1"
    body = {"group_id": group["id"], "person_id": person_id}
    created = await client.put(path, json={**body, "weight": 2})
    assert created.status_code == 201
    assert created.headers["Location"] == f"/v1/memberships/{created.json()['id']}"
    assert (created.json()["place"], created.json()["weight"]) == (3, 2.0)
    updated = await client.put(path, json={**body, "ends_on": "2026-12-31"})
    assert updated.status_code == 200
    assert updated.json()["id"] == created.json()["id"]
    assert (updated.json()["weight"], updated.json()["ends_on"]) == (2.0, "2026-12-31")
    moved = await client.put(path, json={**body, "person_id": other})
    assert (moved.status_code, moved.json()["code"]) == (409, "membership_fixed")
    unknown = await client.put(
        "/v1/memberships/external/seat-2",
        json={**body, "group_id": "grp_01h455vb4pex5vsknk084sn02q"},
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_group")


async def test_memberships_are_found(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 2, active=False)
    (person_id,) = await make_people(client, 1)
    ahead = await join(client, group["id"], person_id, starts_on=TOMORROW, external_id="x")
    where = f"/v1/groups/{group['id']}/memberships"

    async def found(**filters: str) -> list[str]:
        page = made(await client.get(where, params=filters))
        return [membership["id"] for membership in page["data"]]

    assert await found() == [*group["memberships"], ahead]
    assert await found(state="upcoming") == [ahead]
    assert await found(person_id=group["people"][0]) == group["memberships"][:1]
    assert await found(external_id="x") == [ahead]


async def test_leaves_are_added_listed_and_taken_back(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    membership = f"/v1/memberships/{group['memberships'][0]}"
    before = (await client.get(membership)).headers["ETag"]
    later = {"first_on": "2026-12-20", "last_on": "2027-01-03", "reason": "Walking tour"}
    created = await client.post(f"{membership}/leaves", json=later)
    assert created.status_code == 201
    leave = without_change(created.json())
    assert made(await client.get(created.headers["Location"])) == leave
    assert (await client.get(membership)).headers["ETag"] != before
    sooner = {"first_on": "2026-12-01", "last_on": "2026-12-01"}
    made(await client.post(f"{membership}/leaves", json=sooner))
    first = made(await client.get(f"{membership}/leaves?limit=1"))
    assert [leave["first_on"] for leave in first["data"]] == ["2026-12-01"]
    second = made(await client.get(f"{membership}/leaves?limit=1&cursor={first['next_cursor']}"))
    assert second == {"data": [leave], "next_cursor": None}

    assert without_change(made(await client.delete(created.headers["Location"]))) == leave
    assert (await client.delete(created.headers["Location"])).status_code == 404
    assert len(made(await client.get(f"{membership}/leaves"))["data"]) == 1
    told = await events_of(database, tenant, "leave.")
    assert [name for name, _ in told] == ["leave.created", "leave.created", "leave.deleted"]
    assert all("reason" not in data for _, data in told)


@pytest.mark.parametrize(
    ("first_on", "last_on", "status", "code"),
    [
        ("2026-12-02", "2026-12-01", 422, "leave_ends_before_start"),
        ("2026-12-01", "2028-01-01", 422, "leave_too_long"),
        (YESTERDAY, TODAY, 422, "leave_outside_membership"),
        ("2026-12-10", "2026-12-11", 409, "leave_overlaps"),
    ],
)
async def test_a_leave_that_is_refused(
    client: httpx.AsyncClient, first_on: str, last_on: str, status: int, code: str
) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/memberships/{group['memberships'][0]}/leaves"
    made(await client.post(where, json={"first_on": "2026-12-11", "last_on": "2026-12-12"}))
    answer = await client.post(where, json={"first_on": first_on, "last_on": last_on})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_reading_memberships_asks_the_same_of_the_database_however_many_there_are(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    (membership_id,) = group["memberships"]
    membership = f"/v1/memberships/{membership_id}"
    where = f"/v1/groups/{group['id']}/memberships"
    leave = {"first_on": TOMORROW, "last_on": TOMORROW}
    made(await client.post(f"{membership}/leaves", json=leave))
    paths = [f"{where}?limit=100", membership, f"{membership}/leaves?limit=100"]
    few = [await _statements(client, database, path) for path in paths]
    await _grow(database, tenant, ids.decode("membership", membership_id))
    assert len(made(await client.get(paths[0]))["data"]) == 50
    assert len(made(await client.get(paths[2]))["data"]) == 50
    many = [await _statements(client, database, path) for path in paths]
    assert few == many
    assert max(many) <= 3


async def _grow(database: Database, tenant: Tenant, membership_id: UUID) -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(49)]
    where = {"workspace_id": tenant.workspace_id, "created_at": CREATED}
    async with database.transaction() as session:
        present = await memberships.load(session, tenant.workspace_id, membership_id)
        of_whom = {"group_id": present.group_id, "person_id": present.person_id, "place": 1}
        session.add_all(
            Membership(
                **where, **of_whom, updated_at=CREATED, starts_on=day, ends_on=day, state="ended"
            )
            for day in days
        )
        session.add_all(
            Leave(**where, membership_id=membership_id, first_on=day, last_on=day) for day in days
        )


async def _read(client: httpx.AsyncClient, membership_id: str) -> dict[str, Any]:
    body: dict[str, Any] = made(await client.get(f"/v1/memberships/{membership_id}"))
    return body


async def _statements(client: httpx.AsyncClient, database: Database, path: str) -> int:
    with count_statements(database) as counted:
        made(await client.get(path))
    return counted.count


async def _advance(database: Database, tenant: Tenant, membership_id: str, now: datetime) -> None:
    async with database.transaction() as session:
        await advance_membership(
            session, tenant.workspace_id, ids.decode("membership", membership_id), now
        )
