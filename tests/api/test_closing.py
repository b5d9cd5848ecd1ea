"""Closing a meeting: shown ahead and then done, and corrected afterwards."""

from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import (
    made,
    make_cadence,
    make_group,
    mark,
    meetings_of,
    promise,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant, make_tenant

MINUTE = timedelta(minutes=1)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def evening(
    client: httpx.AsyncClient, clock: ManualClock
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """An evening whose second hot seat had no time, whose third was interrupted."""
    group = await make_group(client, 6)
    first, *_ = await make_cadence(client, group["id"])
    seats = await seats_of(client, first["id"])
    for number, seat in enumerate(seats, start=1):
        body = {"topic": f"Topic {number}"}
        made(await client.patch(f"/v1/hot_seats/{seat['id']}", json=body))
    await promise(client, seats[0]["membership_id"], "Overdue here")
    await mark(client, first["id"], seats[2]["membership_id"], "going")
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    idle = next(
        who for who in group["memberships"] if who not in {s["membership_id"] for s in seats}
    )
    await mark(client, first["id"], idle, "no_show")
    made(await client.post(f"/v1/hot_seats/{seats[0]['id']}/start"))
    clock.advance(18 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{seats[0]['id']}/finish"))
    made(await client.post(f"/v1/hot_seats/{seats[2]['id']}/start"))
    clock.advance(2 * MINUTE)
    return group, first, seats


async def test_a_close_is_shown_and_then_done_the_same(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting, (had, lost, broken) = await evening(client, clock)
    path = f"/v1/meetings/{meeting['id']}/close"
    shown = made(await client.post(path, params={"dry_run": "true"}))
    assert made(await client.get(f"/v1/meetings/{meeting['id']}"))["state"] == "live"
    assert await events_of(database, tenant, "meeting.closed") == []
    done = made(await client.post(path))
    volatile = {"version", "updated_at"}
    assert {k: v for k, v in shown.items() if k not in volatile} == {
        k: v for k, v in done.items() if k not in volatile
    }
    closing = done["closing"]
    assert {s["membership_id"]: s["state"] for s in closing["hot_seats"]} == {
        had["membership_id"]: "done",
        lost["membership_id"]: "skipped",
        broken["membership_id"]: "interrupted",
    }
    marks = {m["membership_id"]: (m["status"], m["presumed"]) for m in closing["attendance"]}
    assert marks[had["membership_id"]] == ("present", True)
    assert sorted(status for status, _ in marks.values()) == ["no_show"] + ["present"] * 5
    assert closing["correction"] is None


async def test_a_close_moves_credits_by_the_shares(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group, meeting, (had, lost, broken) = await evening(client, clock)
    closing = (await verb(client, meeting["id"], "close"))["closing"]
    ledger = {line["membership_id"]: line for line in closing["ledger"]}
    assert len(ledger) == 5  # the no-show earns nothing
    for line in ledger.values():
        assert line["share"] == 0.2
        assert line["credit_before"] == 0
        assert line["credit_after"] == round(0.2 - line["seated"], 6)
    assert [who for who, line in ledger.items() if line["seated"]] == [had["membership_id"]]
    first_in_line = {who for who, line in ledger.items() if line["first_in_line"]}
    assert first_in_line == {lost["membership_id"], broken["membership_id"]}
    rotation = made(await client.get(f"/v1/groups/{group['id']}/rotation"))
    assert {
        each["membership_id"]: each["credit"]
        for each in rotation["ledger"]
        if each["membership_id"] in ledger
    } == {who: line["credit_after"] for who, line in ledger.items()}


async def test_topics_and_promises_are_carried_with_their_lineage(
    client: httpx.AsyncClient,
    clock: ManualClock,
    app: FastAPI,
    database: Database,
    tenant: Tenant,
) -> None:
    group, meeting, (had, lost, broken) = await evening(client, clock)
    closing = (await verb(client, meeting["id"], "close"))["closing"]
    following = (await meetings_of(client, group["id"], state="scheduled"))[0]
    topics = {each["membership_id"]: each for each in closing["topics_carried"]}
    assert topics.keys() == {lost["membership_id"], broken["membership_id"]}
    coming = {seat["membership_id"]: seat for seat in await seats_of(client, following["id"])}
    for who, topic in ((lost["membership_id"], "Topic 2"), (broken["membership_id"], "Topic 3")):
        assert topics[who]["to_meeting_id"] == following["id"]
        assert coming[who]["topic"] == topic
    (carried,) = closing["commitments_carried"]
    assert (carried["membership_id"], carried["title"]) == (had["membership_id"], "Overdue here")
    assert (carried["carry_count"], carried["carried_from"]) == (1, [meeting["id"]])
    clock.set(instant(following["starts_at"]))
    await verb(client, following["id"], "start")
    clock.advance(60 * MINUTE)
    blind = await make_tenant(database, scopes=["read", "write"], workspace_id=tenant.workspace_id)
    async with blind.client(app) as blind_client:
        again = (await verb(blind_client, following["id"], "close"))["closing"]
    (carried,) = again["commitments_carried"]
    assert (carried["carry_count"], carried["carried_from"]) == (
        2,
        [meeting["id"], following["id"]],
    )
    assert carried["title"] is None


async def test_a_correction_says_what_it_changed(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group, meeting, (had, *_) = await evening(client, clock)
    closed = await verb(client, meeting["id"], "close")
    following = (await meetings_of(client, group["id"], state="scheduled"))[0]
    clock.set(instant(following["starts_at"]))
    await verb(client, following["id"], "start")
    for seat in await seats_of(client, following["id"]):
        made(await client.post(f"/v1/hot_seats/{seat['id']}/start"))
        clock.advance(18 * MINUTE)
        made(await client.post(f"/v1/hot_seats/{seat['id']}/finish"))
    second = await verb(client, following["id"], "close")
    before = {line["membership_id"]: line["credit_after"] for line in second["closing"]["ledger"]}

    reopened = await verb(client, meeting["id"], "reopen")
    assert (reopened["state"], reopened["closed_at"]) == ("live", closed["closed_at"])
    # Without the evening the credits are what the second alone made of them.
    undone = {c["membership_id"]: c["now"] for c in reopened["plan_change"]["credits"]}
    assert undone[had["membership_id"]]["before"] == before[had["membership_id"]]
    marks = {m["membership_id"]: m["status"] for m in closed["closing"]["attendance"]}
    no_show = next(who for who, status in marks.items() if status == "no_show")
    await mark(client, meeting["id"], no_show, "late", minutes_late=5)
    path = f"/v1/meetings/{meeting['id']}/close"
    shown = made(await client.post(path, params={"dry_run": "true"}))
    corrected = await verb(client, meeting["id"], "close")
    assert corrected["closing"] == shown["closing"]
    correction = corrected["closing"]["correction"]
    assert correction["attendance"] == [
        {"membership_id": no_show, "before": "no_show", "after": "late"}
    ]
    assert correction["hot_seats"] == []
    changes = {c["membership_id"]: (c["before"], c["after"]) for c in correction["credits"]}
    # One seat of one evening is now a sixth of each of six, not a fifth of each of five.
    for who, (was, now) in changes.items():
        gained = 1 / 6 if who == no_show else 1 / 6 - 1 / 5
        assert abs(now - was - gained) < 2e-6
    assert changes.keys() == set(group["memberships"])
    rotation = made(await client.get(f"/v1/groups/{group['id']}/rotation"))
    for line in rotation["ledger"]:
        assert abs(line["credit"] - changes[line["membership_id"]][1]) < 2e-6
    # The topics are not carried a second time.
    topics = [
        s["topic"]
        for m in await meetings_of(client, group["id"])
        for s in await seats_of(client, m["id"])
    ]
    assert topics.count("Topic 2") == 2


async def test_a_correction_of_a_held_meeting_says_what_it_changed(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group, meeting, (had, lost, _) = await evening(client, clock)
    closed = await verb(client, meeting["id"], "close")
    before = {line["membership_id"]: line["credit_after"] for line in closed["closing"]["ledger"]}
    no_show = next(who for who in group["memberships"] if who not in before)
    body = {
        "attendance": [{"membership_id": no_show, "status": "late", "minutes_late": 5}],
        "hot_seats": [{"membership_id": lost["membership_id"], "state": "done"}],
    }
    path = f"/v1/meetings/{meeting['id']}/correct"
    shown = made(await client.post(path, json=body, params={"dry_run": "true"}))
    told = await verb(client, meeting["id"], "correct", **body)
    assert told["correction"] == shown["correction"]
    assert told["correction"]["attendance"] == [
        {"membership_id": no_show, "before": "no_show", "after": "late"}
    ]
    assert told["correction"]["hot_seats"] == [
        {"membership_id": lost["membership_id"], "before": "skipped", "after": "done"}
    ]
    credits_ = {
        c["membership_id"]: (c["before"], c["after"]) for c in told["correction"]["credits"]
    }
    # Two hot seats among six instead of one among five.
    for who in group["memberships"]:
        seated = who in {had["membership_id"], lost["membership_id"]}
        assert credits_[who] == (before.get(who), round(2 / 6 - seated, 6))
    again = await verb(client, meeting["id"], "correct", **body)
    assert again["correction"] == {"attendance": [], "hot_seats": [], "credits": []}


async def test_a_hot_seat_of_a_reopened_meeting_is_corrected(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting, (had, lost, _) = await evening(client, clock)
    path = f"/v1/meetings/{meeting['id']}/correct"
    body = {"hot_seats": [{"membership_id": lost["membership_id"], "state": "done"}]}
    running = await client.post(path, json=body)
    assert (running.status_code, running.json()["facts"]["allowed"]) == (409, ["close"])
    await verb(client, meeting["id"], "close")
    await verb(client, meeting["id"], "reopen")
    refused = await client.post(f"/v1/hot_seats/{lost['id']}/start")
    assert refused.json()["code"] == "hot_seat_not_open"
    assert "{id}/correct" in refused.json()["detail"]
    told = await verb(client, meeting["id"], "correct", **body)
    changed = [{"membership_id": lost["membership_id"], "before": "skipped", "after": "done"}]
    # Until it is closed again it counts for nothing.
    assert (told["state"], told["hot_seats"]) == ("live", 2)
    assert told["correction"] == {"attendance": [], "hot_seats": changed, "credits": []}
    wrong = {"attendance": [{"membership_id": had["membership_id"], "status": "no_show"}]}
    contradiction = await client.post(path, json=wrong)
    assert (contradiction.status_code, contradiction.json()["code"]) == (422, "seated_absent")
    closing = (await verb(client, meeting["id"], "close"))["closing"]
    assert closing["correction"]["hot_seats"] == changed
    seated = {line["membership_id"] for line in closing["ledger"] if line["seated"]}
    assert seated == {had["membership_id"], lost["membership_id"]}


async def test_closing_again_without_a_change_says_so(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting, _ = await evening(client, clock)
    closed = await verb(client, meeting["id"], "close")
    await verb(client, meeting["id"], "reopen")
    again = await verb(client, meeting["id"], "close")
    assert again["closing"]["correction"] == {"attendance": [], "hot_seats": [], "credits": []}
    assert again["closing"]["ledger"] == closed["closing"]["ledger"]
    assert again["closed_at"] == closed["closed_at"]


async def test_topics_of_history_are_nobodys_wish_now(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    await make_cadence(client, group["id"])
    body = {
        "group_id": group["id"],
        "starts_at": "2026-11-23T08:00:00Z",
        "duration_minutes": 60,
        "backfill": True,
    }
    clock.advance(timedelta(hours=1))
    past = made(await client.post("/v1/meetings", json=body))
    lost = {"membership_id": group["memberships"][0], "state": "skipped", "topic": "Of old"}
    await verb(client, past["id"], "record", hot_seats=[lost])
    params = {"group_id": group["id"], "limit": "100"}
    seats = made(await client.get("/v1/hot_seats", params=params))["data"]
    assert [s["meeting_id"] for s in seats if s["topic"]] == [past["id"]]


async def test_who_is_added_to_a_closed_evening_has_their_own_weight(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meeting = (await make_cadence(client, group["id"]))[0]
    away = group["memberships"][0]
    made(await client.patch(f"/v1/memberships/{away}", json={"weight": 2}))
    leave = {"first_on": meeting["local_start"][:10], "last_on": meeting["local_start"][:10]}
    made(await client.post(f"/v1/memberships/{away}/leaves", json=leave))
    clock.set(datetime.fromisoformat(meeting["ends_at"]))
    await verb(client, meeting["id"], "record")
    await verb(client, meeting["id"], "reopen")
    await mark(client, meeting["id"], away, "present")
    await verb(client, meeting["id"], "close")
    history = made(await client.get(f"/v1/groups/{group['id']}/rotation/history"))["data"]
    weights = {each["membership_id"]: each["weight"] for each in history[0]["members"]}
    assert weights == {who: 2 if who == away else 1 for who in group["memberships"]}
