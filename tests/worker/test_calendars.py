"""Pushes to calendars: into real servers, and against one that misbehaves as told."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import select

from app.db.models import CalendarPush, CalendarTarget
from app.db.queries import calendar_targets
from app.db.session import Database
from app.domain import ids
from app.worker.runner import Runner
from tests.support.builders import join, made, make_group, make_people
from tests.support.calendar_server import CalendarServer
from tests.support.clock import ManualClock
from tests.support.events import event_types
from tests.support.receiver import Answer, Received, Receiver
from tests.support.statements import count_statements
from tests.support.targets import (
    THURSDAY,
    WEEK,
    asked,
    etag,
    make_meeting,
    make_target,
    read,
    script,
    shown,
)
from tests.support.tenants import Tenant


async def pushes(database: Database) -> Sequence[Any]:
    async with database.reader() as connection:
        return (await connection.execute(select(CalendarPush.__table__))).all()


async def test_a_meeting_lives_in_a_calendar_from_its_making_to_its_end(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    before = await make_meeting(client, group, 1)
    gone = await make_meeting(client, group, 2)
    made(await client.post(f"/v1/meetings/{gone['id']}/cancel", json={}))
    target = await make_target(client, group["people"][0], calendar)
    assert target["state"] == "enabled"
    after = await make_meeting(client, group, 3, location="The Bird; and, Baby")
    await runner.run_until_idle()
    events = shown(server, calendar)
    # What was cancelled before has never been in this calendar.
    assert set(events) == {before["uid"], after["uid"]}
    assert events[after["uid"]]["LOCATION"] == "The Bird; and, Baby"
    assert events[before["uid"]]["DTSTART"].dt == THURSDAY + WEEK

    moved_to = THURSDAY + 8 * WEEK / 7
    made(
        await client.post(
            f"/v1/meetings/{before['id']}/reschedule", json={"starts_at": moved_to.isoformat()}
        )
    )
    made(await client.post(f"/v1/meetings/{after['id']}/cancel", json={}))
    await runner.run_until_idle()
    events = shown(server, calendar)
    assert set(events) == {before["uid"], after["uid"]}
    assert events[before["uid"]]["DTSTART"].dt == moved_to
    assert events[before["uid"]]["SEQUENCE"] == 1
    assert events[after["uid"]]["STATUS"] == "CANCELLED"
    state = await read(client, target)
    assert state["last_error"] is None
    assert state["last_success_at"] is not None


async def test_our_state_wins_over_an_edit_and_a_deletion_there(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    edited, deleted = [await make_meeting(client, group, weeks) for weeks in (0, 1)]
    await make_target(client, group["people"][0], calendar)
    await runner.run_until_idle()
    with server.client() as owner:
        where = f"{calendar}{edited['uid']}.ics"
        text = owner.get(where).text.replace("SUMMARY:Meeting 0", "SUMMARY:Pub")
        owner.put(where, content=text.encode()).raise_for_status()
        owner.delete(f"{calendar}{deleted['uid']}.ics").raise_for_status()
    for meeting in (edited, deleted):
        made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": "Supper"}))
    with structlog.testing.capture_logs() as lines:
        await runner.run_until_idle()
    events = shown(server, calendar)
    assert set(events) == {edited["uid"], deleted["uid"]}
    assert all(event["SUMMARY"].startswith("Supper") for event in events.values())
    overwritten = [line for line in lines if line["event"] == "calendar_push_overwrote_an_edit"]
    assert [line["uid"] for line in overwritten] == [edited["uid"]]


async def test_who_leaves_keeps_the_past_and_loses_what_lies_ahead(
    client: httpx.AsyncClient,
    runner: Runner,
    server: CalendarServer,
    calendar: str,
    clock: ManualClock,
) -> None:
    group = await make_group(client, 5)
    past, ahead = [await make_meeting(client, group, weeks) for weeks in (0, 1)]
    (newcomer,) = await make_people(client, 1)
    await make_target(client, newcomer, calendar)
    await runner.run_until_idle()
    assert shown(server, calendar) == {}
    membership = await join(client, group["id"], newcomer)
    await runner.run_until_idle()
    assert set(shown(server, calendar)) == {past["uid"], ahead["uid"]}
    clock.set(THURSDAY + timedelta(days=1))
    made(await client.post(f"/v1/memberships/{membership}/end", json={}))
    await runner.run_until_idle()
    assert set(shown(server, calendar)) == {past["uid"]}


async def test_a_hot_seat_of_the_person_is_marked(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    calendars = {
        person: server.make_calendar(f"{tenant.workspace_id.hex}-{number}")
        for number, person in enumerate(group["people"])
    }
    places = dict(zip(group["people"], group["memberships"], strict=True))
    for person, url in calendars.items():
        await make_target(client, person, url)
    await runner.run_until_idle()
    page = made(await client.get("/v1/hot_seats", params={"meeting_id": meeting["id"]}))
    holders = {seat["membership_id"] for seat in page["data"]}
    assert 0 < len(holders) < 4
    for person, url in calendars.items():
        (event,) = shown(server, url).values()
        assert (event["SUMMARY"] == "Meeting 0 (your hot seat)") == (places[person] in holders)


async def test_a_target_that_is_removed_takes_along_what_it_wrote_and_nothing_else(
    client: httpx.AsyncClient,
    runner: Runner,
    server: CalendarServer,
    calendar: str,
    database: Database,
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    target = await make_target(client, group["people"][0], calendar)
    await runner.run_until_idle()
    (name,) = server.objects(calendar)
    with server.client() as owner:
        own = owner.get(calendar + name).text.replace(name.removesuffix(".ics"), "dentist")
        own = own.replace(next(iter(shown(server, calendar))), "dentist")
        owner.put(f"{calendar}dentist.ics", content=own.encode()).raise_for_status()
    where = f"/v1/calendar_targets/{target['id']}"
    assert (await client.delete(where)).status_code == 204
    assert (await read(client, target))["state"] == "removing"
    for refused in (
        await client.patch(where, json={"state": "enabled"}),
        await client.post(f"{where}/test"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "target_removing")
    await make_meeting(client, group, 1)
    await runner.run_until_idle()
    assert list(shown(server, calendar)) == ["dentist"]
    assert (await client.get(where)).status_code == 404
    assert await pushes(database) == []


async def test_a_conflict_is_settled_with_one_look_and_one_more_try(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    async with script(
        Answer(412), Answer(200, headers=etag('"9"')), Answer(204, headers=etag('"10"'))
    ) as receiver:
        target = await make_target(
            client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c"
        )
        await runner.run_until_idle()
        receiver.answer = Answer(204, headers=etag('"11"'))
        made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": "Supper"}))
        await runner.run_until_idle()
    assert asked(receiver) == [("PUT", "*"), ("GET", None), ("PUT", '"9"'), ("PUT", '"10"')]
    put = receiver.requests[0]
    assert put.path == f"/c/{meeting['uid']}.ics"
    assert put.headers["content-type"] == "text/calendar; charset=utf-8"
    assert put.headers["authorization"] == "Basic amFjazpjb3JyZWN0OiBob3JzZQ=="
    assert put.body.count(b"BEGIN:VEVENT") == 1
    assert b"METHOD" not in put.body
    assert (await read(client, target))["last_error"] is None


async def test_a_missing_etag_is_asked_for(client: httpx.AsyncClient, runner: Runner) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    answers = (Answer(201), Answer(200, headers=etag('"1"')), Answer(204, headers=etag('"2"')))
    async with script(*answers) as receiver:
        await make_target(client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c/")
        await runner.run_until_idle()
        made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": "Supper"}))
        await runner.run_until_idle()
    assert asked(receiver) == [("PUT", "*"), ("GET", None), ("PUT", '"1"')]


async def test_many_changes_are_written_once_and_what_is_written_not_again(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    async with Receiver(Answer(204, headers=etag('"1"'))) as receiver:
        await make_target(client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c/")
        meeting = await make_meeting(client, group)
        for title in ("Dinner", "Supper"):
            made(await client.patch(f"/v1/meetings/{meeting['id']}", json={"title": title}))
        await runner.run_until_idle()
        assert asked(receiver) == [("PUT", "*")]
        assert b"SUMMARY:Supper" in receiver.requests[0].body
        made(await client.patch(f"/v1/groups/{group['id']}", json={"time_zone": "Europe/Paris"}))
        await runner.run_until_idle()
    assert len(receiver.requests) == 1


async def test_removing_takes_an_object_that_is_gone_for_removed(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with script(Answer(201, headers=etag('"1"')), Answer(404)) as receiver:
        target = await make_target(
            client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c/"
        )
        await runner.run_until_idle()
        await client.delete(f"/v1/calendar_targets/{target['id']}")
        await runner.run_until_idle()
    assert asked(receiver) == [("PUT", "*"), ("DELETE", None)]
    assert (await client.get(f"/v1/calendar_targets/{target['id']}")).status_code == 404


async def test_a_server_in_trouble_is_asked_less_and_less_and_then_left_alone(
    client: httpx.AsyncClient,
    runner: Runner,
    clock: ManualClock,
    database: Database,
    tenant: Tenant,
) -> None:
    group = await make_group(client, 4)
    for weeks in range(3):
        await make_meeting(client, group, weeks)
    async with Receiver(Answer(503)) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/c/"
        target = await make_target(client, group["people"][0], url)
        times = []
        for _ in range(40):
            await runner.run_until_idle()
            if len(receiver.requests) > len(times):
                times.append(clock.now())
            assert len(receiver.requests) == len(times)  # one object, not all of them
            state = await read(client, target)
            if state["state"] == "disabled":
                break
            clock.set(datetime.fromisoformat(state["retry_at"]))
        waits = [(b - a).total_seconds() for a, b in itertools.pairwise(times)]
        assert waits[:6] == [60, 300, 1800, 7200, 21600, 21600]
        assert clock.now() - times[0] >= timedelta(days=5)
        assert state["last_error"]["code"] == "server_error"
        assert await event_types(database, tenant, "calendar_target.") == [
            "calendar_target.disabled"
        ]

        receiver.answer = Answer(201, headers=etag('"1"'))
        tried = len(receiver.requests)
        made(await client.patch(f"/v1/calendar_targets/{target['id']}", json={"state": "enabled"}))
        await runner.run_until_idle()
    # The first meeting is over by now, and was tried before it was.
    assert len(receiver.requests) - tried == 3
    state = await read(client, target)
    assert (state["last_error"], state["failing_since"]) == (None, None)


async def test_one_refused_object_does_not_hold_up_the_others(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    bad, good = [await make_meeting(client, group, weeks) for weeks in (0, 1)]

    async def refuse_one(request: Received) -> Answer:
        return Answer(415) if bad["uid"] in request.path else Answer(201, headers=etag('"1"'))

    async with Receiver(refuse_one) as receiver:
        target = await make_target(
            client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c/"
        )
        await runner.run_until_idle()
        assert sorted(r.path for r in receiver.requests) == sorted(
            f"/c/{meeting['uid']}.ics" for meeting in (bad, good)
        )
        assert (await read(client, target))["retry_at"] is None
        clock.advance(timedelta(seconds=59))
        await runner.run_until_idle()
        assert len(receiver.requests) == 2
        clock.advance(timedelta(seconds=1))
        await runner.run_until_idle()
    assert [bad["uid"] in r.path for r in receiver.requests].count(True) == 2


async def test_the_removal_of_a_dead_calendar_is_given_up(
    client: httpx.AsyncClient, runner: Runner, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    await make_meeting(client, group)
    async with Receiver(Answer(201, headers=etag('"1"'))) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/c/"
        target = await make_target(client, group["people"][0], url)
        await runner.run_until_idle()
        where = f"/v1/calendar_targets/{target['id']}"
        await client.delete(where)
    for _ in range(2):
        await runner.run_until_idle()
        state = await read(client, target)
        assert (state["state"], state["last_error"]["code"]) == ("removing", "connect")
        clock.advance(timedelta(days=4))
    await runner.run_until_idle()
    assert (await client.get(where)).status_code == 404


async def test_a_disabled_target_is_left_in_peace_and_catches_up(
    client: httpx.AsyncClient, runner: Runner
) -> None:
    group = await make_group(client, 4)
    async with Receiver(Answer(201, headers=etag('"1"'))) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/c/"
        target = await make_target(client, group["people"][0], url)
        where = f"/v1/calendar_targets/{target['id']}"
        made(await client.patch(where, json={"state": "disabled"}))
        await make_meeting(client, group)
        await runner.run_until_idle()
        assert receiver.requests == []
        made(await client.patch(where, json={"state": "enabled"}))
        await runner.run_until_idle()
    assert len(receiver.requests) == 1


async def test_a_dry_run_pushes_nothing(client: httpx.AsyncClient, runner: Runner) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    async with Receiver(Answer(201, headers=etag('"1"'))) as receiver:
        await make_target(client, group["people"][0], f"http://127.0.0.1:{receiver.port}/c/")
        await runner.run_until_idle()
        made(await client.post(f"/v1/meetings/{meeting['id']}/cancel?dry_run=true", json={}))
        await runner.run_until_idle()
    assert len(receiver.requests) == 1


async def test_a_change_takes_as_many_statements_with_eight_targets_as_with_one(
    client: httpx.AsyncClient, runner: Runner, api_database: Database
) -> None:
    group = await make_group(client, 8)
    meeting = await make_meeting(client, group)
    counts = []
    for number in range(8):
        await make_target(client, group["people"][number], f"http://127.0.0.1:9999/{number}/")
        with count_statements(api_database) as counted:
            change = {"title": f"Supper {number}"}
            made(await client.patch(f"/v1/meetings/{meeting['id']}", json=change))
        counts.append(sum("calendar_pushes" in statement for statement in counted.statements))
    assert counts == [1] * 8


async def test_the_password_is_stored_encrypted_and_never_shown(
    client: httpx.AsyncClient, database: Database
) -> None:
    (person,) = await make_people(client, 1)
    target = await make_target(client, person, "https://cal.example.org/jack/work")
    answers = [
        await client.get("/v1/calendar_targets"),
        await client.get(f"/v1/calendar_targets/{target['id']}"),
    ]
    for answer in answers:
        assert "horse" not in answer.text
    async with database.reader() as connection:
        row = (await connection.execute(select(CalendarTarget.__table__))).one()
    assert b"horse" not in row.secret
    assert "horse" not in repr(row.settings)


async def test_who_changes_a_meeting_does_not_wait_for_a_target_that_is_being_worked_on(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """Else the two could wait for each other: one has the target, the other an object of it."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    group = await make_group(client, 4)
    target = await make_target(client, group["people"][0], "http://127.0.0.1:9999/c/")
    target_id = ids.decode("calendar_target", target["id"])
    async with database.transaction() as session:
        assert await calendar_targets.find(session, tenant.workspace_id, target_id)
        async with asyncio.timeout(20):
            await make_meeting(client, group)
    assert len(await pushes(database)) == 1
