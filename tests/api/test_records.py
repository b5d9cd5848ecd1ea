"""Meetings become history: recorded afterwards, closed, corrected; and the rotation learns."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db.models import Meeting
from app.db.queries import meetings as queries
from app.db.session import Database
from app.domain import ids
from app.domain.checkpoint import Opening, checkpoint_from_json, fold
from app.services import meeting_duties
from app.services.history import evenings_of
from tests.support.builders import (
    join,
    made,
    make_cadence,
    make_group,
    make_people,
    mark,
    meetings_of,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.tenants import Tenant

DAY = timedelta(days=1)
LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00Z")


async def check_against_history(database: Database, tenant: Tenant, group_id: str) -> int:
    """Every stored checkpoint is what a fresh fold of the permanent rows gives; how many."""
    async with database.transaction() as session:
        held: Sequence[Meeting] = await queries.held_since(
            session, tenant.workspace_id, ids.decode("group", group_id), LONG_AGO
        )
        evenings = await evenings_of(session, tenant.workspace_id, held)
        for meeting, folded in zip(held, fold(evenings, Opening()), strict=True):
            assert meeting.standings is not None
            assert checkpoint_from_json(meeting.standings) == folded
    return len(held)


def after(meeting: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(meeting["ends_at"])


async def credits_of(client: httpx.AsyncClient, database: Database, meeting_id: str) -> Any:
    async with database.transaction() as session:
        meeting = await session.get(
            Meeting, (await _workspace(client, database), ids.decode("meeting", meeting_id))
        )
        assert meeting is not None
        return checkpoint_from_json(meeting.standings or {})


async def _workspace(client: httpx.AsyncClient, database: Database) -> Any:
    return ids.decode("workspace", made(await client.get("/v1/workspace"))["id"])


async def test_record_in_one_call(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    seats = await seats_of(client, first["id"])
    holder, away = seats[0]["membership_id"], seats[1]["membership_id"]
    free = next(m for m in group["memberships"] if m not in {s["membership_id"] for s in seats})
    clock.set(after(first) + DAY)
    held = await verb(
        client,
        first["id"],
        "record",
        attendance=[
            {"membership_id": away, "status": "absent"},
            {"membership_id": free, "status": "late", "minutes_late": 10},
        ],
        hot_seats=[
            {"membership_id": free, "topic": "A new novel", "outcome": "Ask an agent"},
            {"membership_id": holder, "state": "done"},
        ],
        commitments=[{"membership_id": free, "title": "Write to two agents"}],
    )
    assert (held["state"], held["started_at"], held["closed_at"]) == (
        "held",
        first["starts_at"],
        first["ends_at"],
    )
    assert held["hot_seats"] == 2
    states = {s["membership_id"]: s for s in await seats_of(client, first["id"])}
    assert (states[free]["state"], states[free]["topic"]) == ("done", "A new novel")
    assert states[holder]["state"] == "done"
    assert states[away]["state"] == "skipped"
    assert [s["membership_id"] for s in await seats_of(client, first["id"])][:2] == [free, holder]
    listed = made(await client.get(f"/v1/meetings/{first['id']}/attendance"))["data"]
    assert {a["membership_id"]: a["status"] for a in listed} == {
        **dict.fromkeys(group["memberships"], "present"),
        away: "absent",
        free: "late",
    }
    promises = made(await client.get("/v1/commitments", params={"group_id": group["id"]}))["data"]
    assert [(p["membership_id"], p["meeting_id"]) for p in promises] == [(free, first["id"])]
    closed = await events_of(database, tenant, "meeting.closed")
    assert [(d["present"], d["expected"], d["hot_seats"]) for _, d in closed] == [(5, 6, 2)]
    assert (await event_types(database, tenant, "hot_seat.finished")) == ["hot_seat.finished"] * 2
    assert await check_against_history(database, tenant, group["id"]) == 1


async def test_a_record_of_nothing_went_to_plan_and_moves_the_rotation_on(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, *_ = await make_cadence(client, group["id"])
    planned = {s["membership_id"] for s in await seats_of(client, first["id"])}
    clock.set(after(first))
    held = await verb(client, first["id"], "record")
    assert held["hot_seats"] == len(planned)
    standings = (await credits_of(client, database, first["id"])).standings
    share = len(planned) / 6
    for member in group["memberships"]:
        credit = standings[ids.decode("membership", member)].credit
        assert credit == pytest.approx(share - (member in planned))
    following = {s["membership_id"] for s in await seats_of(client, second["id"])}
    assert not planned & following
    order = [
        made(await client.get(f"/v1/meetings/{m['id']}/agenda"))["speaking_order"]
        for m in (first, second)
    ]
    assert order[0][0] != order[1][0]


async def test_whoever_was_there_and_lost_their_seat_is_first_in_line(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, *_ = await make_cadence(client, group["id"])
    lost, *others = [s["membership_id"] for s in await seats_of(client, first["id"])]
    clock.set(after(first))
    told = [{"membership_id": lost, "state": "interrupted"}]
    told += [{"membership_id": who, "state": "done"} for who in others]
    await verb(client, first["id"], "record", hot_seats=told)
    checkpoint = await credits_of(client, database, first["id"])
    assert checkpoint.first_in_line == {ids.decode("membership", lost)}
    assert lost in {s["membership_id"] for s in await seats_of(client, second["id"])}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (
            {"attendance": [{"membership_id": "X", "status": "present"}]},
            "not_a_member_then",
            "/attendance/0/membership_id",
        ),
        (
            {"hot_seats": [{"membership_id": "X"}]},
            "not_a_member_then",
            "/hot_seats/0/membership_id",
        ),
        (
            {"attendance": [{"membership_id": "A", "status": "present"}] * 2},
            "named_twice",
            "/attendance/1/membership_id",
        ),
        (
            {"attendance": [{"membership_id": "A", "status": "present", "minutes_late": 3}]},
            "not_late",
            "/attendance/0/minutes_late",
        ),
        (
            {
                "attendance": [{"membership_id": "A", "status": "absent"}],
                "hot_seats": [{"membership_id": "A"}],
            },
            "seated_absent",
            None,
        ),
        ({"ended_at": "2026-11-26T19:00:00Z"}, "ended_before_start", "/ended_at"),
        (
            {"commitments": [{"membership_id": "X", "title": "No"}]},
            "unknown_membership",
            "/commitments/0/membership_id",
        ),
    ],
)
async def test_records_that_cannot_be(
    client: httpx.AsyncClient,
    clock: ManualClock,
    body: dict[str, Any],
    code: str,
    pointer: str | None,
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    stranger = (await make_group(client, 1, active=False))["memberships"][0]
    names = {"X": stranger, "A": group["memberships"][0]}
    told = {
        field: [{**item, "membership_id": names[item["membership_id"]]} for item in items]
        if isinstance(items, list)
        else items
        for field, items in body.items()
    }
    clock.set(after(first))
    answer = await client.post(f"/v1/meetings/{first['id']}/record", json=told)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert made(await client.get(f"/v1/meetings/{first['id']}"))["state"] == "scheduled"


async def test_only_the_past_is_recorded_and_once(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/record"
    early = await client.post(where)
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    clock.set(after(first))
    preview = await client.post(where, params={"dry_run": "true"})
    assert preview.json()["state"] == "held"
    assert made(await client.get(f"/v1/meetings/{first['id']}"))["state"] == "scheduled"
    made(await client.post(where))
    again = await client.post(where)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert again.json()["facts"]["allowed"] == ["reopen", "correct"]


async def test_what_lapsed_is_recorded_late(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, third, *_ = await make_cadence(client, group["id"])
    planned = {s["membership_id"] for s in await seats_of(client, first["id"])}
    clock.set(after(second))
    await verb(client, second["id"], "record")
    now = clock.advance(2 * DAY)
    async with database.transaction() as session:
        await meeting_duties.lapse_or_close(
            session, tenant.workspace_id, ids.decode("meeting", first["id"]), now
        )
    assert made(await client.get(f"/v1/meetings/{first['id']}"))["state"] == "lapsed"
    held = await verb(client, first["id"], "record")
    assert held["hot_seats"] == len(planned)
    assert await check_against_history(database, tenant, group["id"]) == 2
    # The later meeting's checkpoint has learnt of the earlier one.
    standings = (await credits_of(client, database, second["id"])).standings
    assert {s.attended for s in standings.values()} == {2}
    assert third["id"] == (await meetings_of(client, group["id"], state="scheduled"))[0]["id"]


async def test_history_that_is_put_in_comes_first(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    clock.set(after(first))
    await verb(client, first["id"], "record")
    told = len(await event_types(database, tenant))
    past = made(
        await client.post(
            "/v1/meetings",
            json={
                "group_id": group["id"],
                "starts_at": "2026-11-23T08:00:00Z",
                "duration_minutes": 60,
                "backfill": True,
            },
        )
    )
    who = group["memberships"][0]
    held = await verb(client, past["id"], "record", hot_seats=[{"membership_id": who}])
    assert held["hot_seats"] == 1
    kinds = (await event_types(database, tenant))[told:]
    assert not [kind for kind in kinds if kind.startswith("meeting.")]
    assert await check_against_history(database, tenant, group["id"]) == 2


async def test_a_correction_equals_a_fresh_fold(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, third, *_ = await make_cadence(client, group["id"])
    (person_id,) = await make_people(client, 1)
    await join(client, group["id"], person_id, starts_on="2026-12-02")
    for meeting in (first, second):
        clock.set(after(meeting))
        await verb(client, meeting["id"], "record")
    clock.set(datetime.fromisoformat(third["starts_at"]))
    await verb(client, third["id"], "start")
    seats = await seats_of(client, third["id"])
    made(await client.post(f"/v1/hot_seats/{seats[0]['id']}/start"))
    clock.advance(timedelta(minutes=5))
    await verb(client, third["id"], "close")
    interrupted = (await seats_of(client, third["id"]))[0]
    assert interrupted["state"] == "interrupted"
    assert await check_against_history(database, tenant, group["id"]) == 3

    seated = {s["membership_id"] for s in await seats_of(client, first["id"])}
    absent = next(m for m in group["memberships"] if m not in seated)
    reopened = await verb(client, first["id"], "reopen")
    assert reopened["state"] == "live"
    # Until it is closed again it counts for nothing, and the later ones stand without it.
    assert await check_against_history(database, tenant, group["id"]) == 2
    await mark(client, first["id"], absent, "no_show")
    closed = await verb(client, first["id"], "close")
    assert (closed["state"], closed["closed_at"]) == ("held", first["ends_at"])
    assert await check_against_history(database, tenant, group["id"]) == 3
    standings = (await credits_of(client, database, third["id"])).standings
    assert standings[ids.decode("membership", absent)].attended == 2
    assert (await event_types(database, tenant, "meeting.reopened")) == ["meeting.reopened"]


async def test_closing_again_without_a_change_gives_the_same(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, *_ = await make_cadence(client, group["id"])
    for meeting in (first, second):
        clock.set(after(meeting))
        await verb(client, meeting["id"], "record")
    before = [await credits_of(client, database, m["id"]) for m in (first, second)]
    plan = [await seats_of(client, m["id"]) for m in await meetings_of(client, group["id"])]
    await verb(client, first["id"], "reopen")
    await verb(client, first["id"], "close")
    assert [await credits_of(client, database, m["id"]) for m in (first, second)] == before
    again = [await seats_of(client, m["id"]) for m in await meetings_of(client, group["id"])]
    holders = [[[s["membership_id"] for s in seats] for seats in each] for each in (plan, again)]
    assert holders[0] == holders[1]


async def test_weights_of_the_day_count(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, *_ = await make_cadence(client, group["id"])
    heavy = group["memberships"][0]
    made(await client.patch(f"/v1/memberships/{heavy}", json={"weight": 2}))
    clock.set(after(first))
    await verb(client, first["id"], "record")
    before = (await credits_of(client, database, first["id"])).standings
    made(await client.patch(f"/v1/memberships/{heavy}", json={"weight": 1}))
    await verb(client, first["id"], "reopen")
    await verb(client, first["id"], "close")
    assert (await credits_of(client, database, first["id"])).standings == before
    due = {who: standing.due for who, standing in before.items()}
    light = ids.decode("membership", group["memberships"][1])
    assert due[ids.decode("membership", heavy)] == pytest.approx(2 * due[light])


async def test_a_promise_made_at_the_meeting_is_due_at_the_next_and_carried(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client)
    first, second, third, *_ = await make_cadence(client, group["id"])
    who = group["memberships"][0]
    clock.set(after(first))
    promises = [{"membership_id": who, "title": "Write the chapter"}]
    await verb(client, first["id"], "record", commitments=promises)
    params = {"group_id": group["id"]}
    (promise,) = made(await client.get("/v1/commitments", params=params))["data"]
    assert promise["due_meeting_id"] == second["id"]
    await verb(client, second["id"], "cancel")
    (promise,) = made(await client.get("/v1/commitments", params=params))["data"]
    assert (promise["due_meeting_id"], promise["carry_count"]) == (third["id"], 0)
    clock.set(after(third))
    await verb(client, third["id"], "record")
    (promise,) = made(await client.get("/v1/commitments", params=params))["data"]
    assert (promise["state"], promise["carry_count"]) == ("open", 1)
