"""Calendars on real servers that are found, tested, edited, wiped, deleted, and put right again."""

from datetime import timedelta
from typing import Any

import httpx
import icalendar
import structlog

from app.worker.runner import Runner
from tests.support.builders import made, make_group, make_people, promise
from tests.support.calendar_server import CalendarServer
from tests.support.clock import ManualClock
from tests.support.targets import (
    THURSDAY,
    ask,
    detail,
    log_of,
    make_meeting,
    make_target,
    read,
    rename,
    shown,
)

ALARM = (
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Off you go\r\nTRIGGER:-PT45M\r\nEND:VALARM\r\n"
)
DENTIST = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Jack//EN\r\nBEGIN:VEVENT\r\nUID:dentist\r\n"
    "DTSTAMP:20261101T090000Z\r\nDTSTART:20261127T090000Z\r\nSUMMARY:Dentist\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


async def test_a_calendar_is_found_from_its_servers_bare_address(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    name = calendar.rstrip("/").rpartition("/")[2]
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    target = await make_target(
        client, group["people"][0], server_url=server.url, calendar=name.upper()
    )
    assert (target["state"], target["settings"]["url"]) == ("connecting", None)
    await runner.run_until_idle()
    connected = await read(client, target)
    assert (connected["state"], connected["last_error"]) == ("enabled", None)
    assert connected["settings"]["url"] == calendar
    assert calendar in [each["url"] for each in connected["calendars"] if each["writable"]]
    assert set(shown(server, calendar)) == {meeting["uid"]}
    found, pushed = await log_of(client, target)
    assert (found["action"], found["status"], found["attempts"]) == ("discover", "succeeded", 1)
    assert (pushed["action"], pushed["uid"]) == ("write", meeting["uid"])


async def test_of_several_calendars_one_is_chosen(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    server.make_calendar(calendar.rstrip("/").rpartition("/")[2] + "-2")
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    target = await make_target(client, group["people"][0], server_url=f"{server.url}/")
    where = f"/v1/calendar_targets/{target['id']}"
    await runner.run_until_idle()
    choosing = await read(client, target)
    assert (choosing["state"], choosing["last_error"]["code"]) == ("choosing", "choose_calendar")
    assert calendar in [each["url"] for each in choosing["calendars"]]
    for verb in ("test", "resync"):
        refused = await client.post(f"{where}/{verb}")
        assert (refused.status_code, refused.json()["code"]) == (409, "target_not_connected")
    refused = await client.patch(where, json={"state": "enabled"})
    assert (refused.status_code, refused.json()["code"]) == (409, "target_not_connected")

    made(await client.patch(where, json={"settings": {"calendar": "no such"}}))
    await runner.run_until_idle()
    choosing = await read(client, target)
    assert (choosing["state"], choosing["last_error"]["code"]) == ("choosing", "no_such_calendar")

    patched = made(await client.patch(where, json={"settings": {"calendar": calendar}}))
    assert (patched["state"], patched["last_error"]) == ("connecting", None)
    await runner.run_until_idle()
    assert (await read(client, target))["state"] == "enabled"
    assert set(shown(server, calendar)) == {meeting["uid"]}
    refused = await client.patch(where, json={"settings": {"calendar": "another"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "target_has_its_calendar")


async def test_a_calendar_is_made_where_there_is_none_and_again_when_it_is_deleted(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meetings = [await make_meeting(client, group, weeks) for weeks in range(2)]
    uids = {meeting["uid"] for meeting in meetings}
    target = await make_target(
        client,
        group["people"][0],
        server_url=server.url,
        calendar=f"Inklings & friends {group['id']}",
        create_calendar=True,
    )
    await runner.run_until_idle()
    url = (await read(client, target))["settings"]["url"]
    assert set(shown(server, url)) == uids
    with server.reader() as reader:
        assert reader.calendar(url=url).get_display_name() == f"Inklings & friends {group['id']}"
    assert (await log_of(client, target))[0]["attempt_log"][0]["note"] == "made_the_calendar"

    server.delete_calendar(url)
    clock.advance(timedelta(minutes=1))
    await rename(client, meetings[0], "Supper")
    await runner.run_until_idle()
    assert set(shown(server, url)) == uids
    state = await read(client, target)
    assert (state["state"], state["last_error"], state["retry_at"]) == ("enabled", None, None)
    log = await log_of(client, target)
    notes = [try_["note"] for each in log for try_ in each["attempt_log"]]
    assert "made_the_calendar_anew" in notes
    assert {each["status"] for each in log} == {"succeeded"}


async def test_a_deleted_calendar_that_is_not_ours_to_make_is_an_error_that_says_so(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    target = await make_target(client, group["people"][0], calendar)
    await runner.run_until_idle()
    server.delete_calendar(calendar)
    await rename(client, meeting, "Supper")
    await runner.run_until_idle()
    state = await read(client, target)
    assert (state["state"], state["last_error"]["code"]) == ("enabled", "calendar_not_found")
    delivery = await ask(client, target, "resync")
    await runner.run_until_idle()
    told = await detail(client, delivery)
    assert (told["status"], told["attempt_log"][0]["error"]) == ("failed", "calendar_not_found")


async def test_a_wiped_calendar_is_repaired_and_what_is_not_ours_is_left(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    edited, kept, gone = [await make_meeting(client, group, weeks) for weeks in range(3)]
    target = await make_target(client, group["people"][0], calendar)
    await runner.run_until_idle()
    before = shown(server, calendar)
    server.put(calendar, "dentist.ics", DENTIST)
    text = server.get(calendar, f"{edited['uid']}.ics")
    server.put(calendar, f"{edited['uid']}.ics", text.replace("Meeting 0", "Pub"))
    with server.client() as owner:
        owner.delete(f"{calendar}{gone['uid']}.ics").raise_for_status()

    delivery = await ask(client, target, "resync")
    written = len(await log_of(client, target))
    await runner.run_until_idle()
    assert (await detail(client, delivery))["status"] == "succeeded"
    after = shown(server, calendar)
    assert {uid: str(event["SUMMARY"]) for uid, event in after.items()} == {
        "dentist": "Dentist",
        **{uid: str(event["SUMMARY"]) for uid, event in before.items()},
    }
    # What was as it should be was left alone.
    log = (await log_of(client, target))[written:]
    assert {each["uid"] for each in log} == {edited["uid"], gone["uid"]}
    assert kept["uid"] in after

    server.wipe(calendar)
    await ask(client, target, "resync")
    await runner.run_until_idle()
    assert set(shown(server, calendar)) == {edited["uid"], kept["uid"], gone["uid"]}


async def test_alarms_of_the_calendars_owner_survive_our_changes(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    target = await make_target(client, group["people"][0], calendar)
    await runner.run_until_idle()
    name = f"{meeting['uid']}.ics"

    def alarms() -> list[Any]:
        (event,) = icalendar.Calendar.from_ical(server.get(calendar, name)).walk("VEVENT")
        return [alarm.get("TRIGGER").dt for alarm in event.walk("VALARM")]

    text = server.get(calendar, name).replace("Meeting 0", "Pub")
    server.put(calendar, name, text.replace("END:VEVENT", f"{ALARM}END:VEVENT"))
    with structlog.testing.capture_logs() as lines:
        for title in ("Supper", "Breakfast"):
            await rename(client, meeting, title)
            await runner.run_until_idle()
            (event,) = shown(server, calendar).values()
            assert str(event["SUMMARY"]).startswith(title)
            assert alarms() == [timedelta(minutes=-45)]
    overwritten = [line for line in lines if line["event"] == "calendar_push_overwrote_an_edit"]
    assert [line["note"] for line in overwritten] == ["overwrote_an_edit_and_kept_its_alarms"]
    notes = [each["attempt_log"][0]["note"] for each in await log_of(client, target)]
    assert notes == [None, "overwrote_an_edit_and_kept_its_alarms", None]

    server.put(calendar, name, server.get(calendar, name).replace(ALARM, ""))
    assert alarms() == []
    await rename(client, meeting, "Supper")
    await runner.run_until_idle()
    assert alarms() == []


async def test_a_test_shows_whether_a_calendar_can_be_written_to(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    people = await make_people(client, 2)
    target = await make_target(client, people[0], calendar)
    tested = await ask(client, target, "test")
    missing = await make_target(client, people[1], f"{server.url}{server.home}missing/")
    failing = await ask(client, missing, "test")
    await runner.run_until_idle()
    assert (await detail(client, tested))["status"] == "succeeded"
    assert server.objects(calendar) == {}
    failed = await detail(client, failing)
    assert (failed["status"], failed["attempts"]) == ("failed", 1)
    (attempt,) = failed["attempt_log"]
    assert (attempt["error"], attempt["status"]) == ("calendar_not_found", 409)


async def test_a_wrong_password_is_told_apart(
    client: httpx.AsyncClient, runner: Runner, calendar_servers: dict[str, CalendarServer]
) -> None:
    server = calendar_servers["radicale"]
    (person,) = await make_people(client, 1)
    settings = {"calendar": "Mastermind", "create_calendar": True, "password": "wrong"}
    target = await make_target(client, person, server_url=server.url, **settings)
    await runner.run_until_idle()
    state = await read(client, target)
    assert (state["state"], state["last_error"]["code"]) == ("failed", "unauthorized")
    where = f"/v1/calendar_targets/{target['id']}"
    change = {"settings": {"password": server.password}}
    assert made(await client.patch(where, json=change))["state"] == "connecting"
    await runner.run_until_idle()
    state = await read(client, target)
    assert (state["state"], state["last_error"]) == ("enabled", None)
    server.delete_calendar(state["settings"]["url"])


async def test_promises_are_shown_as_in_the_persons_feed_if_asked(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    person, place = group["people"][0], group["memberships"][0]
    first = await promise(client, place, title="First chapter", due_on="2026-12-01")
    target = await make_target(
        client, person, calendar, include=["meetings", "hot_seats", "commitments"]
    )
    second = await promise(client, place, title="Second chapter", due_on="2026-12-08")
    third = await promise(client, place, title="Third chapter", due_meeting_id=meeting["id"])
    await promise(client, group["memberships"][1], title="Not mine", due_on="2026-12-08")
    await runner.run_until_idle()
    feed = made(await client.post("/v1/calendar_feeds", json={"person_id": person}))
    fed = icalendar.Calendar.from_ical((await client.get(feed["url"])).content)
    told = {str(event["UID"]): event for event in fed.walk("VEVENT")}
    held = shown(server, calendar)
    promised = {f"{each['id']}@hotseat" for each in (first, second, third)}
    assert set(held) == set(told) == {meeting["uid"], *promised}
    for uid, event in held.items():
        assert event["SUMMARY"] == told[uid]["SUMMARY"]
        assert event["DTSTART"].dt == told[uid]["DTSTART"].dt
        assert event["SEQUENCE"] == told[uid]["SEQUENCE"]

    made(await client.post(f"/v1/commitments/{first['id']}/keep", json={}))
    made(await client.patch(f"/v1/commitments/{second['id']}", json={"title": "Chapter two"}))
    await runner.run_until_idle()
    held = shown(server, calendar)
    assert str(held[f"{second['id']}@hotseat"]["SUMMARY"]).endswith("Chapter two")
    assert set(held) == {meeting["uid"], *promised} - {f"{first['id']}@hotseat"}

    where = f"/v1/calendar_targets/{target['id']}"
    made(await client.patch(where, json={"settings": {"include": ["hot_seats"]}}))
    await runner.run_until_idle()
    seats = made(await client.get("/v1/hot_seats", params={"meeting_id": meeting["id"]}))["data"]
    has_seat = place in {seat["membership_id"] for seat in seats}
    assert set(shown(server, calendar)) == ({meeting["uid"]} if has_seat else set())


async def test_a_promise_that_is_due_at_a_meeting_follows_it(
    client: httpx.AsyncClient, runner: Runner, server: CalendarServer, calendar: str
) -> None:
    group = await make_group(client, 4)
    meeting = await make_meeting(client, group)
    owed = await promise(client, group["memberships"][0], due_meeting_id=meeting["id"])
    await make_target(client, group["people"][0], calendar, include=["commitments"])
    await runner.run_until_idle()

    def due_on() -> str:
        (event,) = shown(server, calendar).values()
        assert event["UID"] == f"{owed['id']}@hotseat"
        return str(event["DTSTART"].dt)

    assert due_on() == "2026-11-26"
    moved = {"starts_at": (THURSDAY + timedelta(days=4)).isoformat()}
    made(await client.post(f"/v1/meetings/{meeting['id']}/reschedule", json=moved))
    await runner.run_until_idle()
    assert due_on() == "2026-11-30"
