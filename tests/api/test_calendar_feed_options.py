"""What a feed shows is chosen when it is made."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.builders import made, make_group
from tests.support.calendars import assert_clean
from tests.support.meetings import add_commitment, add_hot_seat, add_meeting
from tests.support.tenants import Tenant

THURSDAY = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotseat.test") as client:
        yield client


@pytest.fixture
async def world(client: httpx.AsyncClient, database: Database, tenant: Tenant) -> dict[str, Any]:
    """Two meetings, one with a hot seat of the first member, and two promises of theirs: one is due
    on a date, one at the second meeting.
    """
    group = await make_group(client, 1, active=False, name="Peers; partners")
    meetings = [
        await add_meeting(
            database, tenant.workspace_id, group["id"], THURSDAY + n * WEEK, now=MONDAY
        )
        for n in range(2)
    ]
    mine = group["memberships"][0]
    await add_hot_seat(database, meetings[0], mine, now=MONDAY, topic="Price, or peace?")
    where = (database, tenant.workspace_id, group, 0)
    await add_commitment(*where, due_on=date(2026, 12, 1), now=MONDAY, title="Call three")
    await add_commitment(
        *where, due_on=None, due_meeting_id=meetings[1].id, now=MONDAY, title="Write a page"
    )
    return {**group, "meetings": meetings}


async def shown(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, **options: Any
) -> tuple[dict[str, Any], list[Any]]:
    """The feed that is made with these options, and its entries."""
    feed = made(await client.post("/v1/calendar_feeds", json=options))
    data = (await anybody.get(feed["url"])).content
    assert_clean(data)
    entries = icalendar.Calendar.from_ical(data).subcomponents
    return feed, [entry for entry in entries if entry.name != "VTIMEZONE"]


PLAIN, MARKED = "Peers; partners", "Peers; partners (your hot seat)"
DUES = ["Due: Call three", "Due: Write a page"]
INCLUDED: list[tuple[list[str] | None, list[str]]] = [
    (None, [MARKED, PLAIN, *DUES]),
    (["meetings"], [PLAIN, PLAIN]),
    (["hot_seats"], [MARKED]),
    (["commitments"], DUES),
    (["commitments", "hot_seats"], [MARKED, *DUES]),
]


async def test_a_feed_includes_what_was_asked_for(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    for include, summaries in INCLUDED:
        options = {} if include is None else {"include": include}
        feed, entries = await shown(client, anybody, person_id=world["people"][0], **options)
        assert sorted(str(entry["SUMMARY"]) for entry in entries) == sorted(summaries), include
        read = made(await client.get(f"/v1/calendar_feeds/{feed['id']}"))
        parts = ("meetings", "hot_seats", "commitments")
        assert read["include"] == [part for part in parts if include is None or part in include]
        assert (read["topics"], read["todos"], read["alarms"]) == (False, "vevent", [])


async def test_a_promise_for_a_meeting_is_on_its_day_and_moves_along(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    person = {"person_id": world["people"][0], "include": ["commitments"]}
    _, entries = await shown(client, anybody, **person)
    before = {str(entry["SUMMARY"]): entry for entry in entries}["Due: Write a page"]
    assert before["DTSTART"].dt == (THURSDAY + WEEK).date()
    assert before["TRANSP"] == "TRANSPARENT"

    meeting = world["meetings"][1]
    body = {"starts_at": (THURSDAY + 2 * WEEK).isoformat()}
    path = f"/v1/meetings/mtg_{meeting.uid.split('@')[0].removeprefix('mtg_')}/reschedule"
    made(await client.post(path, json=body))
    _, entries = await shown(client, anybody, **person)
    after = {str(entry["SUMMARY"]): entry for entry in entries}["Due: Write a page"]
    assert after["DTSTART"].dt == (THURSDAY + 2 * WEEK).date()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


async def test_topics_are_shown_to_who_asks_for_their_own(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    who = {"person_id": world["people"][0]}
    for options, described in (
        ({}, {None}),
        ({"topics": True}, {None, "Price, or peace?"}),
        ({"topics": True, "include": ["meetings"]}, {None}),
        ({"topics": True, "include": ["hot_seats"]}, {"Price, or peace?"}),
    ):
        _, entries = await shown(client, anybody, **who, **options)
        assert {entry.get("DESCRIPTION") for entry in entries} == described, options


async def test_a_new_topic_is_another_revision(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    whose = {"person_id": world["people"][0]}
    feeds = [
        made(await client.post("/v1/calendar_feeds", json={**whose, "topics": topics}))
        for topics in (True, False)
    ]
    first = [await anybody.get(feed["url"]) for feed in feeds]
    listed = made(await client.get("/v1/hot_seats", params={"group_id": world["id"]}))
    seat = listed["data"][0]["id"]
    made(await client.patch(f"/v1/hot_seats/{seat}", json={"topic": "Peace"}))
    then = [await anybody.get(feed["url"]) for feed in feeds]
    assert "DESCRIPTION:Peace" in then[0].text
    assert then[0].headers["ETag"] != first[0].headers["ETag"]
    assert "Peace" not in then[1].text


async def test_promises_can_be_to_dos(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    _, entries = await shown(client, anybody, person_id=world["people"][0], todos="vtodo")
    todos = [entry for entry in entries if entry.name == "VTODO"]
    assert [str(entry["SUMMARY"]) for entry in todos] == ["Due: Call three", "Due: Write a page"]
    assert [entry["DUE"].dt for entry in todos] == [date(2026, 12, 1), (THURSDAY + WEEK).date()]
    assert {str(entry["STATUS"]) for entry in todos} == {"NEEDS-ACTION"}
    assert sum(entry.name == "VEVENT" for entry in entries) == 2


async def test_alarms_are_off_unless_asked_for(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    for whose in ({"person_id": world["people"][0]}, {"group_id": world["id"]}):
        _, entries = await shown(client, anybody, **whose)
        assert [alarm for entry in entries for alarm in entry.walk("VALARM")] == []
        feed, entries = await shown(client, anybody, **whose, alarms=[10, 1440, 10])
        assert feed["alarms"] == [1440, 10]
        for entry in entries:
            alarms = entry.walk("VALARM")
            expected = [] if str(entry["SUMMARY"]).startswith("Due") else [1440, 10]
            minutes = [alarm["TRIGGER"].dt / timedelta(minutes=-1) for alarm in alarms]
            assert minutes == expected


REFUSED = [
    ({"include": ["hot_seats"]}, "include_of_person"),
    ({"include": ["meetings", "commitments"]}, "include_of_person"),
    ({"topics": True}, "topics_of_person"),
    ({"include": []}, "validation_failed"),
    ({"include": ["everything"]}, "validation_failed"),
    ({"include": None, "todos": "vjournal"}, "validation_failed"),
    ({"alarms": [-1]}, "validation_failed"),
    ({"alarms": [40_321]}, "validation_failed"),
    ({"alarms": [1, 2, 3, 4]}, "validation_failed"),
    ({"alarms": "10"}, "validation_failed"),
]


async def test_options_that_make_no_sense_are_refused(
    client: httpx.AsyncClient, world: dict[str, Any]
) -> None:
    for options, code in REFUSED:
        body = {"group_id": world["id"], **options}
        answer = await client.post("/v1/calendar_feeds", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), options
