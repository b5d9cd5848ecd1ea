"""When groups meet: a cadence, the meetings it makes, and how they follow its changes."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.db.session import Database
from app.domain import ids
from app.services.materialise import materialise
from tests.support.builders import THURSDAYS, made, make_cadence, make_group, meetings_of
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

HORIZON = timedelta(weeks=13)


async def run_materialise(database: Database, tenant: Tenant, group_id: str, now: datetime) -> None:
    async with database.transaction() as session:
        await materialise(session, tenant.workspace_id, ids.decode("group", group_id), now, HORIZON)


async def test_a_weekly_cadence_makes_thirteen_meetings(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    where = f"/v1/groups/{group['id']}/cadence"
    assert (await client.get(where)).status_code == 404
    put = await client.put(where, json=THURSDAYS)
    assert put.json()["changes"] == {
        "created": 13,
        "moved": 0,
        "cancelled": 0,
        "kept": 0,
        "conflicts": [],
    }
    assert put.json()["except"] == []
    read = await client.get(where)
    assert read.headers["ETag"] == put.headers["ETag"]
    assert read.json().items() <= put.json().items()

    meetings = await meetings_of(client, group["id"])
    assert len(meetings) == 13
    assert {m["local_start"][11:] for m in meetings} == {"19:30:00"}
    assert len({m["uid"] for m in meetings}) == 13
    assert all(m["hot_seats"] > 0 for m in meetings[:12])
    assert meetings[12]["hot_seats"] == 0
    scheduled = await events_of(database, tenant, "meeting.scheduled")
    assert len(scheduled) == 13
    calendar = scheduled[0][1]["calendar"]
    assert calendar["uid"] == meetings[0]["uid"]
    assert (calendar["method"], calendar["sequence"]) == ("REQUEST", 0)
    assert "BEGIN:VEVENT" in calendar["ical"]
    assert "METHOD" not in calendar["ical"]


async def test_nineteen_thirty_stays_nineteen_thirty(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    """Thursdays in London across the changes of October and March."""
    for first, change in (
        (datetime(2098, 10, 6, 9, tzinfo=UTC), "2098-10-26"),
        (datetime(2099, 3, 3, 9, tzinfo=UTC), "2099-03-29"),
    ):
        clock.set(first)
        group = await make_group(client)
        start = f"{first:%Y-%m-%d}T19:30:00"
        meetings = await make_cadence(client, group["id"], local_start=start)
        assert {m["local_start"][11:] for m in meetings} == {"19:30:00"}
        assert {datetime.fromisoformat(m["local_start"]).weekday() for m in meetings} == {3}
        before = {m["starts_at"][11:] for m in meetings if m["starts_at"] < change}
        after = {m["starts_at"][11:] for m in meetings if m["starts_at"] >= change}
        summer, winter = {"18:30:00Z"}, {"19:30:00Z"}
        assert (before, after) == ((summer, winter) if "10" in change[5:7] else (winter, summer))


async def test_materialising_again_creates_nothing(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    await run_materialise(database, tenant, group["id"], clock.now())
    assert await meetings_of(client, group["id"]) == before
    later = clock.advance(timedelta(weeks=1))
    await run_materialise(database, tenant, group["id"], later)
    after = await meetings_of(client, group["id"])
    assert [m["id"] for m in after[:13]] == [m["id"] for m in before]
    assert len(after) == 14
    assert len(await event_types(database, tenant, "meeting.scheduled")) == 14


async def test_making_meetings_costs_the_same_for_any_number(
    client: httpx.AsyncClient, database: Database
) -> None:
    counts = []
    for rrule in ("FREQ=MONTHLY;BYDAY=1TH", "FREQ=WEEKLY;BYDAY=TH", "FREQ=WEEKLY;BYDAY=TU,TH"):
        group = await make_group(client, 4, active=False)
        await make_cadence(client, group["id"], rrule=rrule)
        with count_statements(database) as counted:
            made(await client.post(f"/v1/groups/{group['id']}/activate"))
        counts.append((len(await meetings_of(client, group["id"])), counted.count))
    assert [meetings for meetings, _ in counts] == [3, 13, 25]
    assert len({statements for _, statements in counts}) == 1


async def test_a_cadence_waits_for_its_group(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client, active=False)
    assert await make_cadence(client, group["id"]) == []
    await run_materialise(database, tenant, group["id"], clock.now())
    assert await meetings_of(client, group["id"]) == []
    made(await client.post(f"/v1/groups/{group['id']}/activate"))
    assert len(await meetings_of(client, group["id"])) == 13


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"rrule": "FREQ=NEVER"}, None, "/rrule"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule_matches_nothing", "/rrule"),
        ({"duration_minutes": 45}, "no_template_fits", "/duration_minutes"),
        ({"duration_minutes": 14}, "validation_failed", "/duration_minutes"),
        ({"local_start": "2026-11-26T19:30:00Z"}, "validation_failed", "/local_start"),
        ({"local_start": "2100-01-01T19:30:00"}, "invalid_local_start", "/local_start"),
        (
            {"except": [{"from": "2026-12-31", "to": "2026-12-01"}]},
            "invalid_date_range",
            "/except/0",
        ),
        ({"time_zone": "Europe/Oxford"}, "validation_failed", "/time_zone"),
    ],
)
async def test_a_cadence_that_cannot_be_kept(
    client: httpx.AsyncClient, fields: dict[str, object], code: str | None, pointer: str
) -> None:
    group = await make_group(client, 4)
    answer = await client.put(f"/v1/groups/{group['id']}/cadence", json={**THURSDAYS, **fields})
    assert answer.status_code == 422, answer.text
    assert code in {None, answer.json()["code"]}
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await meetings_of(client, group["id"]) == []


async def test_a_change_moves_what_nobody_has_touched(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    membership = group["memberships"][0]
    going = before[1]["id"]
    made(
        await client.put(f"/v1/meetings/{going}/attendance/{membership}", json={"status": "going"})
    )
    made(await client.post(f"/v1/meetings/{before[2]['id']}/cancel"))
    made(await client.patch(f"/v1/meetings/{before[3]['id']}", json={"title": "Party"}))
    tuesdays = {**THURSDAYS, "rrule": "FREQ=WEEKLY;BYDAY=TU", "local_start": "2026-11-24T20:00:00"}
    where = f"/v1/groups/{group['id']}/cadence"

    preview = await client.put(where, params={"dry_run": "true"}, json=tuesdays)
    assert (await client.get(where)).json()["rrule"] == THURSDAYS["rrule"]
    put = await client.put(where, json=tuesdays)
    assert put.json()["changes"] == preview.json()["changes"]
    assert put.json()["changes"] == {
        "created": 0,
        "moved": 10,
        "cancelled": 0,
        "kept": 0,
        "conflicts": [before[1]["id"], before[2]["id"], before[3]["id"]],
    }
    after = {m["id"]: m for m in await meetings_of(client, group["id"])}
    assert len(after) == 13
    for old in before:
        new = after[old["id"]]
        assert new["uid"] == old["uid"]
        if old["id"] in put.json()["changes"]["conflicts"]:
            assert new["starts_at"] == old["starts_at"]
        else:
            assert datetime.fromisoformat(new["local_start"]).weekday() == 1
            assert new["sequence"] == old["sequence"] + 1
    assert (await event_types(database, tenant, "meeting.rescheduled")) == [
        "meeting.rescheduled"
    ] * 10


async def test_a_surplus_is_cancelled_and_comes_back_under_its_uid(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    where = f"/v1/groups/{group['id']}/cadence"
    fortnightly = {**THURSDAYS, "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"}
    changes = made(await client.put(where, json=fortnightly))["changes"]
    assert changes == {"created": 0, "moved": 0, "cancelled": 6, "kept": 7, "conflicts": []}
    cancelled = await meetings_of(client, group["id"], state="cancelled")
    assert [m["id"] for m in cancelled] == [m["id"] for m in before[1::2]]
    assert all(m["sequence"] == 1 and m["hot_seats"] == 0 for m in cancelled)

    changes = made(await client.put(where, json=THURSDAYS))["changes"]
    assert changes == {"created": 6, "moved": 0, "cancelled": 0, "kept": 7, "conflicts": []}
    after = await meetings_of(client, group["id"], state="scheduled")
    assert [(m["id"], m["uid"], m["starts_at"]) for m in after] == [
        (m["id"], m["uid"], m["starts_at"]) for m in before
    ]
    assert [m["sequence"] for m in after] == [0, 2] * 6 + [0]
    kinds = await event_types(database, tenant, "meeting.")
    assert kinds.count("meeting.cancelled") == 6
    assert kinds.count("meeting.scheduled") == 13 + 6


async def test_the_same_cadence_again_changes_nothing(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    put = await client.put(f"/v1/groups/{group['id']}/cadence", json=THURSDAYS)
    assert put.json()["changes"] == {
        "created": 0,
        "moved": 0,
        "cancelled": 0,
        "kept": 13,
        "conflicts": [],
    }
    assert await meetings_of(client, group["id"]) == before


async def test_another_length_moves_the_end_and_reports_what_was_touched(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    made(await client.patch(f"/v1/meetings/{before[0]['id']}", json={"title": "Party"}))
    changed = await client.put(
        f"/v1/groups/{group['id']}/cadence", json={**THURSDAYS, "duration_minutes": 120}
    )
    assert changed.json()["changes"] == {
        "created": 0,
        "moved": 12,
        "cancelled": 0,
        "kept": 1,
        "conflicts": [before[0]["id"]],
    }
    lengths = [m["duration_minutes"] for m in await meetings_of(client, group["id"])]
    assert lengths == [90] + [120] * 12


async def test_days_without_meetings_and_a_later_beginning(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    christmas = [{"from": "2026-12-20", "to": "2027-01-03"}]
    meetings = await make_cadence(client, group["id"], **{"except": christmas})
    starts = [m["starts_at"][:10] for m in meetings]
    assert len(starts) == 11
    assert not [day for day in starts if "2026-12-20" <= day <= "2027-01-03"]

    wednesdays = {
        **THURSDAYS,
        "rrule": "FREQ=WEEKLY;BYDAY=WE",
        "local_start": "2026-11-25T19:30:00",
        "effective_from": "2027-01-04",
        "except": christmas,
    }
    made(await client.put(f"/v1/groups/{group['id']}/cadence", json=wednesdays))
    days = [
        (m["starts_at"][:10], datetime.fromisoformat(m["local_start"]).weekday())
        for m in await meetings_of(client, group["id"], state="scheduled")
    ]
    assert {weekday for day, weekday in days if day < "2027-01-04"} == {3}
    assert {weekday for day, weekday in days if day >= "2027-01-04"} == {2}


async def test_a_change_beyond_the_horizon(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client)
    await make_cadence(client, group["id"])
    where = f"/v1/groups/{group['id']}/cadence"
    later = {**THURSDAYS, "rrule": "FREQ=WEEKLY;BYDAY=TU", "effective_from": "2027-04-01"}
    assert made(await client.put(where, json=later))["changes"]["created"] == 0
    meetings = await meetings_of(client, group["id"])
    assert len(meetings) == 18
    assert meetings[-1]["starts_at"][:10] == "2027-03-25"
    refused = await client.put(where, json={**later, "effective_from": "2028-04-01"})
    assert (refused.status_code, refused.json()["code"]) == (422, "effective_too_late")


async def test_a_cadence_honours_if_match(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    await make_cadence(client, group["id"])
    where = f"/v1/groups/{group['id']}/cadence"
    stale = await client.put(where, json=THURSDAYS, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    fresh = (await client.get(where)).headers["ETag"]
    assert (await client.put(where, json=THURSDAYS, headers={"If-Match": fresh})).is_success


async def test_a_closed_group_does_not_meet(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client)
    meetings = await make_cadence(client, group["id"])
    where = f"/v1/groups/{group['id']}/cadence"
    assert (await other_client.put(where, json=THURSDAYS)).status_code == 404
    assert (await other_client.get(where)).status_code == 404
    made(await client.post(f"/v1/groups/{group['id']}/close"))
    assert len(await meetings_of(client, group["id"], state="cancelled")) == len(meetings)
    refused = await client.put(where, json=THURSDAYS)
    assert (refused.status_code, refused.json()["code"]) == (409, "group_closed")
    body = {"group_id": group["id"], "starts_at": "2026-12-01T19:00:00Z", "duration_minutes": 90}
    assert (await client.post("/v1/meetings", json=body)).json()["code"] == "group_closed"


async def test_a_pause_cancels_what_lies_inside_until_it_ends(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    before = await make_cadence(client, group["id"])
    verb = f"/v1/groups/{group['id']}"
    pause = {"from": "2026-12-14", "until": "2027-01-03"}
    made(await client.post(f"{verb}/pause", json=pause))
    inside = [m for m in before if "2026-12-14" <= m["starts_at"][:10] <= "2027-01-03"]
    cancelled = await meetings_of(client, group["id"], state="cancelled")
    assert [m["id"] for m in cancelled] == [m["id"] for m in inside]
    assert len(inside) == 3
    # A pause that is moved gives back what it no longer covers.
    made(await client.post(f"{verb}/pause", json={**pause, "until": "2026-12-20"}))
    assert len(await meetings_of(client, group["id"], state="cancelled")) == 1
    made(await client.post(f"{verb}/resume"))
    after = await meetings_of(client, group["id"], state="scheduled")
    assert [(m["id"], m["uid"], m["starts_at"]) for m in after] == [
        (m["id"], m["uid"], m["starts_at"]) for m in before
    ]
    assert all(m["hot_seats"] for m in after[:12])
    sequences = {m["id"]: m["sequence"] for m in after}
    assert [sequences[m["id"]] for m in inside] == [2, 2, 2]


async def test_what_a_pause_left_out_is_made_when_it_ends(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    await make_cadence(client, group["id"])
    made(await client.post(f"/v1/groups/{group['id']}/pause", json={"from": "2027-02-01"}))
    now = clock.advance(timedelta(weeks=4))
    await run_materialise(database, tenant, group["id"], now)
    assert len(await meetings_of(client, group["id"])) == 13
    made(await client.post(f"/v1/groups/{group['id']}/resume"))
    scheduled = await meetings_of(client, group["id"], state="scheduled")
    assert len(scheduled) == 17
