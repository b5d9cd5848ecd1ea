"""A group's year: other agendas, other times, a pause for August, Christmas, and three members."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import (
    THURSDAYS,
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
from tests.support.events import event_types, events_of
from tests.support.tenants import Tenant

DRY = {"dry_run": "true"}
ONE_SEAT = [
    {"id": "talk", "kind": "plenary", "title": "Talk", "minutes": 20},
    {
        "id": "seats",
        "kind": "hot_seats",
        "title": "Hot seat",
        "minutes_each": 30,
        "seats": 1,
        "minimum_minutes": 20,
    },
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def everything(client: httpx.AsyncClient, group: dict[str, Any]) -> Any:
    """All that a reader sees of a group's year, without a version."""
    return {
        "group": made(await client.get(f"/v1/groups/{group['id']}")),
        "meetings": await meetings_of(client, group["id"]),
        "seats": made(
            await client.get("/v1/hot_seats", params={"group_id": group["id"], "limit": "100"})
        ),
        "commitments": made(
            await client.get("/v1/commitments", params={"group_id": group["id"], "limit": "100"})
        ),
    }


async def same_twice(
    client: httpx.AsyncClient, group: dict[str, Any], method: str, path: str, body: Any = None
) -> Any:
    """The answer of a write that a dry run has told before, changing nothing."""
    before = await everything(client, group)
    shown = made(await client.request(method, path, json=body, params=DRY))
    assert await everything(client, group) == before
    done = made(await client.request(method, path, json=body))
    for name in ("plan_change", "meetings", "changes"):
        assert shown.get(name) == done.get(name)
    return done


async def read(client: httpx.AsyncClient, commitment: dict[str, Any]) -> Any:
    return made(await client.get(f"/v1/commitments/{commitment['id']}"))


async def topics(client: httpx.AsyncClient, group: dict[str, Any]) -> list[str]:
    params = {"group_id": group["id"], "limit": "100"}
    seats = made(await client.get("/v1/hot_seats", params=params))["data"]
    return [seat["topic"] for seat in seats if seat["topic"]]


async def test_one_meeting_gets_another_agenda(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 6)
    first, *_ = await make_cadence(client, group["id"])
    seats = await seats_of(client, first["id"])
    for seat in seats:
        path = f"/v1/hot_seats/{seat['id']}"
        made(await client.patch(path, json={"topic": seat["membership_id"]}))
    path = f"/v1/meetings/{first['id']}/agenda"
    done = await same_twice(client, group, "PUT", path, {"segments": ONE_SEAT})
    kept = {seat["membership_id"] for seat in await seats_of(client, first["id"])}
    told = {
        each["membership_id"]: each["change"]
        for each in done["plan_change"]["seats"]
        if each["before"] and each["before"]["meeting_id"] == first["id"]
    }
    lost = {seat["membership_id"] for seat in seats} - kept
    assert lost <= told.keys()
    assert set(told.values()) <= {"moved", "taken", "reordered"}
    # Nobody's topic is lost: it goes along to their next hot seat.
    assert sorted(await topics(client, group)) == sorted(s["membership_id"] for s in seats)


async def test_another_template_in_mid_season_leaves_what_people_touched(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 6)
    first, second, third, fourth, *rest = await make_cadence(client, group["id"])
    own = {"segments": [*ONE_SEAT, {**ONE_SEAT[0], "id": "more"}]}
    made(await client.put(f"/v1/meetings/{third['id']}/agenda", json=own))
    seat = (await seats_of(client, second["id"]))[2]
    made(await client.patch(f"/v1/hot_seats/{seat['id']}", json={"topic": "Which publisher"}))
    short = {"starts_at": fourth["starts_at"], "duration_minutes": 60}
    made(await client.post(f"/v1/meetings/{fourth['id']}/reschedule", json=short))
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    live = [s["membership_id"] for s in await seats_of(client, first["id"])]
    path = f"/v1/groups/{group['id']}/agenda_template"
    longer = [{**ONE_SEAT[0], "minutes": 40}, ONE_SEAT[1]]
    done = await same_twice(client, group, "PUT", path, {"segments": longer})
    assert done["meetings"] == {
        "following": len(rest) + 2,
        "own_agenda": [third["id"]],
        "too_short": [fourth["id"]],
    }
    assert done["plan_change"]["seats"] != []
    # What has begun goes on as it began.
    assert [s["membership_id"] for s in await seats_of(client, first["id"])] == live
    agenda = made(await client.get(f"/v1/meetings/{third['id']}/agenda"))
    assert [each["id"] for each in agenda["segments"]] == ["talk", "seats", "more"]
    assert len(await seats_of(client, second["id"])) == 1
    assert "Which publisher" in await topics(client, group)


async def test_another_cadence_in_mid_season_is_shown_first(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 6)
    _, second, third, *_ = await make_cadence(client, group["id"])
    await mark(client, second["id"], group["memberships"][0], "absent")
    path = f"/v1/groups/{group['id']}/cadence"
    body = {**THURSDAYS, "rrule": "FREQ=WEEKLY;BYDAY=TU", "local_start": "2026-11-24T19:30:00"}
    done = await same_twice(client, group, "PUT", path, body)
    assert done["changes"]["conflicts"] == [second["id"]]
    after = {each["id"]: each for each in await meetings_of(client, group["id"])}
    assert after[second["id"]]["starts_at"] == second["starts_at"]
    assert after[third["id"]]["uid"] == third["uid"]
    assert instant(after[third["id"]]["starts_at"]).strftime("%a") == "Tue"
    attendance = made(await client.get(f"/v1/meetings/{second['id']}/attendance"))["data"]
    assert attendance[0]["status"] == "absent"


async def test_christmas_is_left_out(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 6)
    meetings = await make_cadence(client, group["id"])
    christmas, new_year = (
        next(m for m in meetings if m["local_start"].startswith(day))
        for day in ("2026-12-24", "2026-12-31")
    )
    guest = {"name": "Father Christmas"}
    made(await client.post(f"/v1/meetings/{christmas['id']}/guests", json=guest))
    path = f"/v1/groups/{group['id']}/cadence"
    body = {**THURSDAYS, "except": [{"from": "2026-12-21", "to": "2027-01-03"}]}
    done = await same_twice(client, group, "PUT", path, body)
    after = {each["id"]: each["state"] for each in await meetings_of(client, group["id"])}
    # Somebody has a guest there: people decide.
    assert done["changes"]["conflicts"] == [christmas["id"]]
    assert (after[christmas["id"]], after[new_year["id"]]) == ("scheduled", "cancelled")
    taken = [each for each in done["plan_change"]["seats"] if each["before"]]
    assert any(each["before"]["meeting_id"] == new_year["id"] for each in taken)
    # Called off after all, and thought better of: the UID is the same.
    back = made(await client.put(path, json=THURSDAYS))
    assert back["changes"]["created"] == 1
    again = {each["id"]: each for each in await meetings_of(client, group["id"])}
    assert (again[new_year["id"]]["state"], again[new_year["id"]]["uid"]) == (
        "scheduled",
        new_year["uid"],
    )
    assert again[new_year["id"]]["sequence"] > new_year["sequence"]


async def test_a_pause_for_august_is_shown_kept_and_over_by_itself(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.set(datetime.fromisoformat("2027-07-05T09:00:00+00:00"))
    group = await make_group(client, 6)
    meetings = await make_cadence(client, group["id"], local_start="2027-07-08T19:30:00")
    august = [m for m in meetings if "2027-08-01" <= m["local_start"] <= "2027-08-31"]
    september = next(m for m in meetings if m["local_start"] > "2027-09-01")
    seat = (await seats_of(client, august[0]["id"]))[0]
    made(await client.patch(f"/v1/hot_seats/{seat['id']}", json={"topic": "The long summer"}))
    inside = await promise(client, group["memberships"][0], due_on="2027-08-15")
    at_meeting = await promise(client, group["memberships"][1], due_meeting_id=august[1]["id"])
    path = f"/v1/groups/{group['id']}/pause"
    body = {"from": "2027-08-01", "until": "2027-08-31"}
    done = await same_twice(client, group, "POST", path, body)
    assert done["meetings"]["cancelled"] == [m["id"] for m in august]
    assert (done["state"], done["meetings"]["restored"]) == ("active", [])
    assert await topics(client, group) == ["The long summer"]
    for each in (inside, at_meeting):
        assert (await read(client, each))["due_meeting_id"] == september["id"]
    after = {each["id"]: each for each in await meetings_of(client, group["id"])}
    assert {after[m["id"]]["state"] for m in august} == {"cancelled"}
    assert after[september["id"]] == {
        **september,
        "version": after[september["id"]]["version"],
        "hot_seats": after[september["id"]]["hot_seats"],
        "updated_at": after[september["id"]]["updated_at"],
    }


@pytest.mark.parametrize("until", ["2026-12-20", None])
async def test_a_pause_that_ends_early_gives_back_what_it_took(
    client: httpx.AsyncClient, clock: ManualClock, until: str | None
) -> None:
    group = await make_group(client, 6)
    meetings = await make_cadence(client, group["id"])
    inside = [m for m in meetings if m["local_start"] < "2026-12-20"]
    early, gone = inside[0], inside[-1]
    members = group["memberships"]
    past = await promise(client, members[0], due_meeting_id=early["id"])
    later = await promise(client, members[1], due_meeting_id=gone["id"])
    dated = await promise(client, members[2], due_on="2026-12-15")
    missed = await promise(client, members[3], due_on="2026-11-28")
    renegotiated = await promise(client, members[4], due_on="2026-12-14")
    kept = await promise(client, members[5], due_meeting_id=gone["id"])
    path = f"/v1/groups/{group['id']}"
    made(await client.post(f"{path}/pause", json={"from": "2026-11-23", "until": until}))
    new_due = {"due_on": "2027-01-20", "reason": "The flu"}
    made(await client.post(f"/v1/commitments/{renegotiated['id']}/renegotiate", json=new_due))
    made(await client.post(f"/v1/commitments/{kept['id']}/keep"))
    moved = await read(client, later)
    assert moved["due_meeting_id"] != gone["id"]
    clock.set(datetime.fromisoformat("2026-12-01T09:00:00+00:00"))
    back = [m["id"] for m in inside if m["local_start"] > "2026-12-01"]
    done = await same_twice(client, group, "POST", f"{path}/resume")
    if until is not None:
        assert done["meetings"]["restored"] == back
    else:
        assert done["meetings"]["restored"][: len(back)] == back
    assert (await read(client, later))["due_meeting_id"] == gone["id"]
    assert (await read(client, kept))["due_meeting_id"] == gone["id"]
    # The meeting that it was due at has gone by in the pause: the first there is now.
    assert (await read(client, past))["due_meeting_id"] == back[0]
    assert (await read(client, dated))["due_on"] == "2026-12-15"
    if until is not None:
        assert (await read(client, missed))["due_meeting_id"] == back[0]
    # What its owner has promised anew is not the schedule's to move.
    assert (await read(client, renegotiated))["due_on"] == "2027-01-20"
    history = (await read(client, later))["history"]
    assert [event["kind"] for event in history] == ["made", "moved", "moved"]


async def test_a_pause_called_off_before_it_begins_gives_everything_back(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 6)
    meetings = await make_cadence(client, group["id"])
    inside = meetings[3]
    at_meeting = await promise(client, group["memberships"][0], due_meeting_id=inside["id"])
    day = inside["local_start"][:10]
    dated = await promise(client, group["memberships"][1], due_on=day)
    path = f"/v1/groups/{group['id']}"
    made(await client.post(f"{path}/pause", json={"from": day, "until": day}))
    assert (await read(client, dated))["due_on"] is None
    done = await same_twice(client, group, "POST", f"{path}/resume")
    assert done["meetings"]["restored"] == [inside["id"]]
    assert (await read(client, at_meeting))["due_meeting_id"] == inside["id"]
    assert (await read(client, dated))["due_on"] == day
    # Another pause instead of the one that lies ahead frees what only the first covered.
    made(await client.post(f"{path}/pause", json={"from": day, "until": day}))
    later = (instant(meetings[5]["starts_at"])).date().isoformat()
    instead = made(await client.post(f"{path}/pause", json={"from": later, "until": later}))
    assert instead["meetings"]["restored"] == [inside["id"]]
    assert instead["meetings"]["cancelled"] == [meetings[5]["id"]]
    assert (await read(client, at_meeting))["due_meeting_id"] == inside["id"]
    assert (await read(client, dated))["due_on"] == day


async def test_a_group_of_three_is_below_its_minimum_and_not_broken(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    clock.advance(timedelta(days=1))
    ending = f"/v1/memberships/{group['memberships'][3]}/end"
    made(await client.post(ending, json={"ends_on": "2026-11-23"}))
    clock.set(instant(first["starts_at"]))
    path = f"/v1/groups/{group['id']}"
    now = made(await client.get(path))
    assert (now["state"], now["members"], now["below_minimum"]) == ("active", 3, True)
    assert await event_types(database, tenant, "group.below_minimum") == ["group.below_minimum"]
    await verb(client, first["id"], "start")
    for seat in await seats_of(client, first["id"]):
        made(await client.post(f"/v1/hot_seats/{seat['id']}/start"))
        clock.advance(timedelta(minutes=18))
        made(await client.post(f"/v1/hot_seats/{seat['id']}/finish"))
    closed = await verb(client, first["id"], "close")
    assert len(closed["closing"]["ledger"]) == 3
    coming = await meetings_of(client, group["id"], state="scheduled")
    assert len(await seats_of(client, coming[0]["id"])) == 3


async def test_details_of_what_is_off_or_over_mislead_nobody(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    first, second, *_ = await make_cadence(client, group["id"])
    await verb(client, second["id"], "cancel")
    elsewhere = {"location": "The Lamb and Flag"}
    made(await client.patch(f"/v1/meetings/{second['id']}", json=elsewhere))
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    await verb(client, first["id"], "close")
    made(await client.patch(f"/v1/meetings/{first['id']}", json=elsewhere))
    told = await events_of(database, tenant, "meeting.")
    assert not [name for name, _ in told if name == "meeting.rescheduled"]
    off, over = (data for name, data in told if name == "meeting.updated")
    assert (off["meeting_id"], off["state"], off["calendar"]["method"]) == (
        second["id"],
        "cancelled",
        "CANCEL",
    )
    assert "STATUS:CANCELLED" in off["calendar"]["ical"]
    assert (over["meeting_id"], over["state"]) == (first["id"], "held")
    # Ahead it is news that the place is another.
    third = (await meetings_of(client, group["id"], state="scheduled"))[0]
    made(await client.patch(f"/v1/meetings/{third['id']}", json=elsewhere))
    assert (await event_types(database, tenant, "meeting."))[-1] == "meeting.rescheduled"
