"""The people of an evening: who is late, who has which role, who is only a guest."""

from datetime import datetime, timedelta
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
    mark,
    meetings_of,
    seats_of,
    verb,
)
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant

MINUTE = timedelta(minutes=1)
ROLES = ("facilitator", "timekeeper", "scribe")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def started(
    client: httpx.AsyncClient, clock: ManualClock, members: int = 5
) -> tuple[dict[str, Any], dict[str, Any]]:
    group = await make_group(client, members)
    first, *_ = await make_cadence(client, group["id"])
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    return group, first


async def seat_slots(client: httpx.AsyncClient, meeting_id: str) -> list[tuple[str, str]]:
    """Of the evening's hot seats, in order of time: who has it, and when."""
    agenda = made(await client.get(f"/v1/meetings/{meeting_id}/agenda"))
    return [
        (slot["membership_id"], slot["planned_start"])
        for each in agenda["segments"]
        for slot in each["slots"]
        if slot["kind"] == "hot_seat"
    ]


async def run_seat(client: httpx.AsyncClient, clock: ManualClock, hot_seat_id: str) -> None:
    made(await client.post(f"/v1/hot_seats/{hot_seat_id}/start"))
    clock.advance(18 * MINUTE)
    made(await client.post(f"/v1/hot_seats/{hot_seat_id}/finish"))


async def statuses(client: httpx.AsyncClient, meeting_id: str) -> dict[str, Any]:
    found = made(await client.get(f"/v1/meetings/{meeting_id}/attendance"))["data"]
    return {each["membership_id"]: each for each in found}


async def test_who_comes_twenty_minutes_late_to_the_first_hot_seat_has_the_last(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting = await started(client, clock)
    first, second, third = await seats_of(client, meeting["id"])
    times = [at for _, at in await seat_slots(client, meeting["id"])]
    clock.advance(10 * MINUTE)
    postponed = made(await client.post(f"/v1/hot_seats/{first['id']}/postpone"))
    assert (postponed["state"], postponed["position"]) == ("announced", 3)
    order = [seat["membership_id"] for seat in (second, third, first)]
    assert [s["membership_id"] for s in await seats_of(client, meeting["id"])] == order
    # Places and times stay; who has them changes.
    assert await seat_slots(client, meeting["id"]) == list(zip(order, times, strict=True))
    told = await events_of(database, tenant, "hot_seat.reordered")
    assert [data["position"] for _, data in told] == [1, 2, 3]
    await run_seat(client, clock, second["id"])
    # Twenty minutes after the start they are there.
    await mark(client, meeting["id"], first["membership_id"], "late", minutes_late=20)
    await run_seat(client, clock, third["id"])
    await run_seat(client, clock, first["id"])
    closed = await verb(client, meeting["id"], "close")
    came = (await statuses(client, meeting["id"]))[first["membership_id"]]
    assert (came["status"], came["minutes_late"], came["presumed"]) == ("late", 20, False)
    line = next(
        each
        for each in closed["closing"]["ledger"]
        if each["membership_id"] == first["membership_id"]
    )
    assert line["seated"] is True


async def test_only_when_the_last_one_starts_somebody_takes_over(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await started(client, clock)
    first, second, third = await seats_of(client, meeting["id"])
    postpone = f"/v1/hot_seats/{first['id']}/postpone"
    made(await client.post(postpone))
    assert refusal(await client.post(postpone)) == (409, "last_hot_seat")
    await run_seat(client, clock, second["id"])
    done = await client.post(f"/v1/hot_seats/{second['id']}/postpone")
    assert refusal(done) == (409, "hot_seat_not_open")
    await run_seat(client, clock, third["id"])
    assert (await statuses(client, meeting["id"]))[first["membership_id"]]["status"] == "expected"
    made(await client.post(f"/v1/hot_seats/{first['id']}/skip", json={"because": "absent"}))
    now = await seats_of(client, meeting["id"])
    taker = next(seat for seat in now if seat["reason"]["code"] == "substitute")
    assert (taker["position"], taker["state"]) == (3, "announced")
    await run_seat(client, clock, taker["id"])
    closed = await verb(client, meeting["id"], "close")
    assert (await statuses(client, meeting["id"]))[first["membership_id"]]["status"] == "no_show"
    ledger = {each["membership_id"]: each for each in closed["closing"]["ledger"]}
    assert ledger[taker["membership_id"]]["seated"] is True
    assert first["membership_id"] not in ledger


async def test_who_speaks_is_there_whatever_was_said(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    _, meeting = await started(client, clock)
    first, second, third = await seats_of(client, meeting["id"])
    late, going = first["membership_id"], second["membership_id"]
    clock.advance(10 * MINUTE)
    await mark(client, meeting["id"], late, "no_show")
    await mark(client, meeting["id"], going, "present")
    made(await client.post(f"/v1/hot_seats/{first['id']}/postpone"))
    for seat in (second, third, first):
        await run_seat(client, clock, seat["id"])
    came = await statuses(client, meeting["id"])
    assert (came[late]["status"], came[late]["minutes_late"]) == ("late", 10 + 2 * 18)
    assert came[going]["status"] == "present"
    assert came[third["membership_id"]]["status"] == "expected"
    told = await events_of(database, tenant, "attendance.changed")
    assert [data["status"] for _, data in told] == ["no_show", "present", "late"]
    closed = await verb(client, meeting["id"], "close")
    assert [seat["state"] for seat in closed["closing"]["hot_seats"]] == ["done"] * 3


async def test_who_spoke_is_not_marked_away(client: httpx.AsyncClient, clock: ManualClock) -> None:
    _, meeting = await started(client, clock)
    first, *_ = await seats_of(client, meeting["id"])
    path = f"/v1/meetings/{meeting['id']}/attendance/{first['membership_id']}"
    made(await client.post(f"/v1/hot_seats/{first['id']}/start"))
    for end in (True, False):
        for status in ("absent", "no_show"):
            refused = await client.put(path, json={"status": status})
            assert refusal(refused) == (409, "had_hot_seat")
        if end:
            clock.advance(18 * MINUTE)
            made(await client.post(f"/v1/hot_seats/{first['id']}/finish"))
    await mark(client, meeting["id"], first["membership_id"], "left_early")


async def test_a_hot_seat_is_postponed_on_its_evening_only(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 5)
    first, *_ = await make_cadence(client, group["id"])
    seat = (await seats_of(client, first["id"]))[0]
    early = await client.post(f"/v1/hot_seats/{seat['id']}/postpone")
    assert refusal(early) == (409, "meeting_not_live")
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    shown = await client.post(f"/v1/hot_seats/{seat['id']}/postpone", params={"dry_run": "true"})
    assert shown.json()["position"] == 3
    assert (await seats_of(client, first["id"]))[0]["id"] == seat["id"]


@pytest.mark.parametrize(("hours", "minutes"), [(48, 2880), (1, 60)])
async def test_how_long_before_an_absence_was_said(
    client: httpx.AsyncClient, clock: ManualClock, hours: int, minutes: int
) -> None:
    group = await make_group(client, 4)
    first, *_ = await make_cadence(client, group["id"])
    who = group["memberships"][0]
    clock.set(instant(first["starts_at"]) - timedelta(hours=hours))
    assert (await mark(client, first["id"], who, "absent"))["announced_minutes_before"] == minutes
    clock.advance(MINUTE)
    # Saying it again, or why, does not make it later.
    again = await mark(client, first["id"], who, "absent", note="Flu")
    assert again["announced_minutes_before"] == minutes
    assert (await mark(client, first["id"], who, "going"))["announced_minutes_before"] is None


@pytest.mark.parametrize("reopened", [False, True])
async def test_an_absence_is_announced_before_the_meeting_or_not_at_all(
    client: httpx.AsyncClient, clock: ManualClock, *, reopened: bool
) -> None:
    group = await make_group(client, 5, charter={"notice_hours": 24})
    first, *_ = await make_cadence(client, group["id"])
    told, silent, *_ = group["memberships"]
    clock.set(instant(first["starts_at"]) - timedelta(hours=48))
    await mark(client, first["id"], told, "absent")
    clock.set(instant(first["starts_at"]))
    await verb(client, first["id"], "start")
    clock.advance(10 * MINUTE)
    if reopened:
        await verb(client, first["id"], "close")
        clock.advance(timedelta(days=1))
        await verb(client, first["id"], "reopen")
    # What was said ahead stays said, whatever is marked in between.
    for status in ("present", "absent"):
        said = await mark(client, first["id"], told, status)
        assert said["announced_minutes_before"] == 48 * 60
    seen = await mark(client, first["id"], silent, "absent")
    assert (seen["announced_at"], seen["announced_minutes_before"]) == (None, None)
    await verb(client, first["id"], "close")
    assert made(await client.get("/v1/proposals"))["data"] == []


async def test_who_may_say_of_whom(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group, meeting = await started(client, clock, 5)
    person = dict(zip(group["memberships"], group["people"], strict=True))
    facilitator = (await roles_of(client, meeting["id"]))["facilitator"]["membership_id"]
    other, another, *_ = (who for who in person if who != facilitator)
    (coach,) = await make_people(client, 1)
    made(await client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": coach}))

    async def say(actor: str, of: str) -> httpx.Response:
        return await client.put(
            f"/v1/meetings/{meeting['id']}/attendance/{of}",
            json={"status": "present"},
            headers={"Hotseat-Actor": actor},
        )

    assert (await say(person[other], other)).status_code == 200
    assert (await say(person[facilitator], another)).status_code == 200
    assert (await say(coach, facilitator)).status_code == 200
    assert refusal(await say(person[other], another)) == (403, "not_yours_to_say")
    stranger = await make_group(client, 4)
    assert refusal(await say(stranger["people"][0], other)) == (403, "not_yours_to_say")
    assert (await say(coach, stranger["memberships"][0])).status_code == 404
    # Whoever takes the role over may, and who had it may no more.
    body = {"role": "facilitator", "membership_id": other}
    made(await client.post(f"/v1/meetings/{meeting['id']}/roles/take_over", json=body))
    assert (await say(person[other], another)).status_code == 200
    assert refusal(await say(person[facilitator], another)) == (403, "not_yours_to_say")


async def roles_of(client: httpx.AsyncClient, meeting_id: str) -> dict[str, Any]:
    found = made(await client.get(f"/v1/meetings/{meeting_id}/roles"))
    return {role: found[role] for role in ROLES}


async def test_anyone_present_takes_a_role_over(
    client: httpx.AsyncClient, clock: ManualClock, database: Database, tenant: Tenant
) -> None:
    group, meeting = await started(client, clock, 6)
    where = f"/v1/meetings/{meeting['id']}/roles/take_over"
    before = await roles_of(client, meeting["id"])
    facilitator = before["facilitator"]["membership_id"]
    assert before["facilitator"]["away"] is False
    await mark(client, meeting["id"], facilitator, "no_show")
    assert (await roles_of(client, meeting["id"]))["facilitator"]["away"] is True
    body = {"role": "facilitator", "membership_id": facilitator}
    assert refusal(await client.post(where, json=body)) == (409, "member_away")
    taker = next(
        who
        for who in group["memberships"]
        if who not in {each["membership_id"] for each in before.values()}
    )
    after = made(await client.post(where, json={**body, "membership_id": taker}))
    assert (after["facilitator"]["membership_id"], after["facilitator"]["away"]) == (taker, False)
    assert after["scribe"]["membership_id"] == before["scribe"]["membership_id"]
    ((_, data),) = await events_of(database, tenant, "meeting.roles_changed")
    assert data["facilitator_membership_id"] == taker
    assert data["scribe_membership_id"] == before["scribe"]["membership_id"]
    stranger = (await make_group(client, 4))["memberships"][0]
    refused = await client.post(where, json={**body, "membership_id": stranger})
    assert refusal(refused) == (422, "not_a_member_then")
    clock.advance(60 * MINUTE)
    await verb(client, meeting["id"], "close")
    assert refusal(await client.post(where, json=body)) == (409, "meeting_over")
    # Who did it is charged: the next meeting has another facilitator.
    following = (await meetings_of(client, group["id"], state="scheduled"))[0]
    assert (await roles_of(client, following["id"]))["facilitator"]["membership_id"] != taker


async def test_who_has_left_has_no_role_until_the_evening_is_history(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await started(client, clock, 6)
    before = await roles_of(client, meeting["id"])
    facilitator, scribe = (before[role]["membership_id"] for role in ("facilitator", "scribe"))
    await mark(client, meeting["id"], facilitator, "left_early")
    assert (await roles_of(client, meeting["id"]))["facilitator"]["away"] is True
    where = f"/v1/meetings/{meeting['id']}/roles"
    body = {"role": "scribe", "membership_id": facilitator}
    assert refusal(await client.post(f"{where}/take_over", json=body)) == (409, "member_away")
    given = await client.put(where, json={"scribe": facilitator})
    assert refusal(given) == (409, "member_away")
    clock.advance(60 * MINUTE)
    # They were there: the record may say that the role was theirs.
    await verb(client, meeting["id"], "close")
    assert (await roles_of(client, meeting["id"]))["facilitator"]["away"] is False
    await verb(client, meeting["id"], "reopen")
    swapped = made(await client.put(where, json={"scribe": facilitator, "facilitator": scribe}))
    assert swapped["scribe"]["membership_id"] == facilitator


async def test_once_it_has_begun_no_role_is_left_to_the_rotation(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    _, meeting = await started(client, clock)
    before = await roles_of(client, meeting["id"])
    refused = await client.put(f"/v1/meetings/{meeting['id']}/roles", json={"facilitator": None})
    assert refusal(refused) == (409, "role_stands")
    assert refused.json()["errors"][0]["pointer"] == "/facilitator"
    assert await roles_of(client, meeting["id"]) == before


async def test_roles_are_swapped_within_and_between_evenings(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 6)
    first, second, *_ = await make_cadence(client, group["id"])
    where = f"/v1/meetings/{first['id']}/roles/swap"
    before, later = await roles_of(client, first["id"]), await roles_of(client, second["id"])
    swapped = made(await client.post(where, json={"role": "facilitator", "with_role": "scribe"}))
    assert swapped["facilitator"]["membership_id"] == before["scribe"]["membership_id"]
    assert swapped["scribe"]["membership_id"] == before["facilitator"]["membership_id"]
    assert swapped["facilitator"]["pinned"] is True
    body = {"role": "timekeeper", "with_meeting_id": second["id"]}
    shown = made(await client.post(where, json=body, params={"dry_run": "true"}))
    assert shown["timekeeper"]["membership_id"] == later["timekeeper"]["membership_id"]
    assert (await roles_of(client, second["id"])) == later
    made(await client.post(where, json=body))
    assert (await roles_of(client, second["id"]))["timekeeper"] == {
        **before["timekeeper"],
        "pinned": True,
    }
    for wrong, status, code in (
        ({"role": "scribe"}, 422, "same_role"),
        (
            {"role": "scribe", "with_meeting_id": "mtg_01h455vb4pex5vsknk084sn02q"},
            422,
            "unknown_meeting",
        ),
    ):
        assert refusal(await client.post(where, json=wrong)) == (status, code)
    mine = (await roles_of(client, first["id"]))["scribe"]["membership_id"]
    await mark(client, second["id"], mine, "absent")
    refused = await client.post(where, json={"role": "scribe", "with_meeting_id": second["id"]})
    assert refusal(refused) == (409, "member_away")


async def test_a_series_goes_on_when_its_facilitator_leaves(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group, meeting = await started(client, clock, 6)
    facilitator = (await roles_of(client, meeting["id"]))["facilitator"]["membership_id"]
    await mark(client, meeting["id"], facilitator, "left_early")
    clock.advance(60 * MINUTE)
    await verb(client, meeting["id"], "close")
    pinned = (await meetings_of(client, group["id"], state="scheduled"))[1]
    path = f"/v1/meetings/{pinned['id']}/roles"
    made(await client.put(path, json={"facilitator": facilitator}))
    made(await client.post(f"/v1/memberships/{facilitator}/end", json={}))
    newcomer = await join(client, group["id"], (await make_people(client, 1))[0])
    clock.advance(timedelta(days=1))
    ahead = await meetings_of(client, group["id"], state="scheduled")
    having: set[str] = set()
    for each in ahead[:12]:
        roles = await roles_of(client, each["id"])
        assert all(roles[role] is not None and not roles[role]["away"] for role in ROLES)
        having |= {roles[role]["membership_id"] for role in ROLES}
    assert facilitator not in having
    assert newcomer in having


async def test_a_leave_passes_roles_on(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 6)
    first, *_ = await make_cadence(client, group["id"])
    who = (await roles_of(client, first["id"]))["facilitator"]["membership_id"]
    leave = {"first_on": "2026-11-24", "last_on": "2026-12-05"}
    made(await client.post(f"/v1/memberships/{who}/leaves", json=leave))
    roles = await roles_of(client, first["id"])
    assert who not in {each["membership_id"] for each in roles.values()}


async def test_a_guest_holds_no_seat(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group = await make_group(client, 4, charter={"quorum": 4})
    first, *_ = await make_cadence(client, group["id"])
    (coach,) = await make_people(client, 1)
    made(await client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": coach}))
    guest = {"name": "Coach", "person_id": coach}
    made(await client.post(f"/v1/meetings/{first['id']}/guests", json=guest))
    await mark(client, first["id"], group["memberships"][0], "absent")
    clock.set(instant(first["starts_at"]))
    begun = await verb(client, first["id"], "start")
    agenda = made(await client.get(f"/v1/meetings/{first['id']}/agenda"))
    people = {slot["person_id"] for each in agenda["segments"] for slot in each["slots"]}
    assert coach not in people
    # Neither does a guest make a quorum. The meeting begins without it, and says so.
    assert (agenda["quorum"]["there"], agenda["quorum"]["met"]) == (3, False)
    assert (begun["state"], begun["quorum"]) == ("live", agenda["quorum"])
    note = begun["quorum"]["note"]
    assert (note["code"], note["params"]) == ("below_quorum", {"needed": 4, "there": 3})
    closed = await verb(client, first["id"], "close")
    assert len(closed["closing"]["attendance"]) == 4


async def test_who_may_say_how_a_meeting_was(client: httpx.AsyncClient, clock: ManualClock) -> None:
    group, meeting = await started(client, clock, 5)
    person = dict(zip(group["memberships"], group["people"], strict=True))
    facilitator = (await roles_of(client, meeting["id"]))["facilitator"]["membership_id"]
    other = next(who for who in person if who != facilitator)
    await verb(client, meeting["id"], "close")
    for what in ("reopen", "correct", "record"):
        path = f"/v1/meetings/{meeting['id']}/{what}?dry_run=true"
        refused = await client.post(path, json={}, headers={"Hotseat-Actor": person[other]})
        assert refusal(refused) == (403, "not_yours_to_say")
        answer = await client.post(path, json={}, headers={"Hotseat-Actor": person[facilitator]})
        assert answer.status_code == (409 if what == "record" else 200), answer.text
