"""Calendar feeds over the API, and the feeds themselves as a calendar program sees them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
import structlog
from fastapi import FastAPI

from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.builders import made, make_group, make_people
from tests.support.calendars import assert_clean
from tests.support.clock import ManualClock
from tests.support.meetings import add_commitment, add_hot_seat, add_meeting
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

THURSDAY = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key: a calendar program."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotseat.test") as client:
        yield client


async def make_feed(client: httpx.AsyncClient, **of: str) -> dict[str, Any]:
    feed: dict[str, Any] = made(await client.post("/v1/calendar_feeds", json=of))
    return feed


def events_in(response: httpx.Response) -> dict[str, Any]:
    """The feed's events by their UID."""
    assert response.status_code == 200, response.text
    assert_clean(response.content)
    calendar = icalendar.Calendar.from_ical(response.content)
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


async def test_a_feed_of_a_group_shows_its_meetings(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    meeting = await add_meeting(
        database, tenant.workspace_id, group["id"], THURSDAY, now=MONDAY, location="The Bird"
    )
    response = await client.post("/v1/calendar_feeds", json={"group_id": group["id"]})
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    feed = response.json()
    assert re.fullmatch(r"http://hotseat\.test/calendars/[0-9a-f]{32}-[\w-]{43}\.ics", feed["url"])
    assert (await client.get(response.headers["Location"])).json()["group_id"] == group["id"]

    shown = await anybody.get(feed["url"], headers={"Accept": "application/json"})
    assert shown.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert shown.headers["Cache-Control"].startswith("private")
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    calendar = icalendar.Calendar.from_ical(shown.content)
    assert calendar["X-WR-CALNAME"] == calendar["NAME"] == "The Inklings"
    (event,) = events_in(shown).values()
    assert event["UID"] == meeting.uid
    assert event["DTSTART"].dt == THURSDAY
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event["SUMMARY"] == "The Inklings"
    assert event["LOCATION"] == "The Bird"
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == MONDAY
    assert event["STATUS"] == "CONFIRMED"


async def test_a_feed_is_of_one_group_or_of_one_person(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client, 4)
    both = {"group_id": group["id"], "person_id": group["people"][0]}
    (stranger,) = await make_people(other_client, 1)
    for body, code in (
        ({}, "feed_of_one"),
        (both, "feed_of_one"),
        ({"person_id": stranger}, "unknown_person"),
    ):
        answer = await client.post("/v1/calendar_feeds", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_token_that_opens_nothing_is_like_any_other_page_that_is_not_there(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    group = await make_group(client, 4)
    feed = await make_feed(client, group_id=group["id"])
    gone = await make_feed(client, group_id=group["id"])
    assert (await client.delete(f"/v1/calendar_feeds/{gone['id']}")).status_code == 204
    rotated = made(await client.post(f"/v1/calendar_feeds/{feed['id']}/rotate"))
    assert rotated["url"] != feed["url"]
    assert (await anybody.get(rotated["url"])).status_code == 200

    nowhere = problem_of(await anybody.get("/nowhere"))
    last = rotated["url"][-5]
    other_last = "A" if last != "A" else "B"
    for url in (
        gone["url"],
        feed["url"],
        rotated["url"][:-5] + other_last + ".ics",
        rotated["url"].replace("/calendars/", "/calendars/0", 1),
        "/calendars/x.ics",
        "/calendars/%00.ics",
    ):
        answer = await anybody.get(url)
        assert answer.status_code == 404, url
        assert problem_of(answer) == nowhere


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """A problem without what is the request's own."""
    body: dict[str, Any] = response.json()
    del body["request_id"]
    return body


async def test_the_same_state_gives_the_same_bytes_and_no_body_is_sent_twice(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    group = await make_group(client, 4)
    await add_meeting(database, tenant.workspace_id, group["id"], THURSDAY, now=MONDAY)
    feed = await make_feed(client, person_id=group["people"][0])
    first = await anybody.get(feed["url"])
    clock.advance(timedelta(hours=5))
    again = await anybody.get(feed["url"])
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["ETag"].startswith('"')

    unchanged = await anybody.get(
        feed["url"], headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'}
    )
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert unchanged.headers["Cache-Control"] == first.headers["Cache-Control"]
    head = await anybody.head(feed["url"])
    assert head.status_code == 200
    assert head.headers["ETag"] == first.headers["ETag"]
    assert head.headers["Content-Type"] == first.headers["Content-Type"]

    await add_meeting(database, tenant.workspace_id, group["id"], THURSDAY + WEEK, now=MONDAY)
    changed = await anybody.get(feed["url"], headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert len(events_in(changed)) == 2


async def test_a_cancelled_meeting_stays_as_cancelled(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    await add_meeting(
        database,
        tenant.workspace_id,
        group["id"],
        THURSDAY,
        now=MONDAY,
        state="cancelled",
        sequence=1,
    )
    feed = await make_feed(client, group_id=group["id"])
    (event,) = events_in(await anybody.get(feed["url"])).values()
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


async def test_a_person_sees_their_own_hot_seats_and_promises_only(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    meetings = [
        await add_meeting(
            database, tenant.workspace_id, group["id"], THURSDAY + n * WEEK, now=MONDAY
        )
        for n in range(4)
    ]
    mine, theirs = group["memberships"][:2]
    await add_hot_seat(database, meetings[0], mine, now=MONDAY, topic="My secret")
    await add_hot_seat(database, meetings[1], theirs, now=MONDAY)
    await add_hot_seat(database, meetings[2], mine, now=MONDAY, state="planned")
    await add_hot_seat(database, meetings[3], mine, now=MONDAY, state="passed")
    due_on = THURSDAY.date()
    promise = {"due_on": due_on, "now": MONDAY}
    await add_commitment(database, tenant.workspace_id, group, 0, title="Mine", **promise)
    await add_commitment(database, tenant.workspace_id, group, 1, title="Theirs", **promise)
    await add_commitment(
        database, tenant.workspace_id, group, 0, title="Kept", state="kept", **promise
    )

    feed = await make_feed(client, person_id=group["people"][0])
    shown = await anybody.get(feed["url"])
    assert "My secret" not in shown.text
    events = events_in(shown)
    assert [str(events[meeting.uid]["SUMMARY"]) for meeting in meetings] == [
        "The Inklings (your hot seat)",
        "The Inklings",
        "The Inklings",
        "The Inklings",
    ]
    (due,) = (event for uid, event in events.items() if uid.startswith("cmt_"))
    assert due["SUMMARY"] == "Due: Mine"
    assert due["DTSTART"].dt == due_on
    assert due["TRANSP"] == "TRANSPARENT"

    whole = events_in(await anybody.get((await make_feed(client, group_id=group["id"]))["url"]))
    assert {str(event["SUMMARY"]) for event in whole.values()} == {"The Inklings"}


async def test_who_has_left_keeps_the_past_and_loses_what_lies_ahead(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    group = await make_group(client, 5)
    meetings = [
        await add_meeting(
            database, tenant.workspace_id, group["id"], MONDAY + days * WEEK / 7, now=MONDAY
        )
        for days in (-1, 1, 7)
    ]
    feed = await make_feed(client, person_id=group["people"][0])
    # Whoever joins today does not see what was before.
    assert set(events_in(await anybody.get(feed["url"]))) == {
        meeting.uid for meeting in meetings[1:]
    }
    clock.advance(timedelta(days=2))
    made(await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json={}))
    assert set(events_in(await anybody.get(feed["url"]))) == {meetings[1].uid}


async def test_a_feed_shows_90_days_back_and_400_ahead(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 4)
    shown = [
        await add_meeting(
            database, tenant.workspace_id, group["id"], MONDAY + timedelta(days=n), now=MONDAY
        )
        for n in (-91, -90, 400, 401)
    ]
    feed = await make_feed(client, group_id=group["id"])
    assert set(events_in(await anybody.get(feed["url"]))) == {shown[1].uid, shown[2].uid}


async def test_a_fetch_is_remembered_to_the_grain_of_ten_minutes(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    feed = await make_feed(client, group_id=group["id"])
    where = f"/v1/calendar_feeds/{feed['id']}"
    before = await client.get(where)
    assert before.json()["last_fetched_at"] is None
    for minutes, remembered in ((0, MONDAY), (9, MONDAY), (2, MONDAY + timedelta(minutes=11))):
        clock.advance(timedelta(minutes=minutes))
        await anybody.get(feed["url"])
        read = await client.get(where, headers={"If-None-Match": before.headers["ETag"]})
        assert datetime.fromisoformat(read.json()["last_fetched_at"]) == remembered


async def test_feeds_are_listed_without_their_secret(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    of_group = await make_feed(client, group_id=group["id"])
    of_person = await make_feed(client, person_id=group["people"][0])
    everything = await client.get("/v1/calendar_feeds")
    assert [each["id"] for each in everything.json()["data"]] == [of_group["id"], of_person["id"]]
    for query, found in (
        ({"group_id": group["id"]}, [of_group["id"]]),
        ({"person_id": group["people"][0]}, [of_person["id"]]),
        ({"person_id": group["people"][1]}, []),
    ):
        page = await client.get("/v1/calendar_feeds", params=query)
        assert [each["id"] for each in page.json()["data"]] == found
    for feed in (of_group, of_person):
        token = feed["url"].rpartition("/")[2].removesuffix(".ics")
        assert token[33:] not in everything.text
        assert token[33:] not in (await client.get(f"/v1/calendar_feeds/{feed['id']}")).text


async def test_tokens_never_reach_a_log(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    group = await make_group(client, 4)
    feed = await make_feed(client, group_id=group["id"])
    with structlog.testing.capture_logs() as lines:
        await anybody.get(feed["url"])
        await anybody.get(feed["url"].replace(".ics", "x.ics"))
        await anybody.post(feed["url"])
    assert [line["status"] for line in lines] == [200, 404, 405]
    assert feed["url"].rpartition("/")[2][33:60] not in repr(lines)


async def test_another_tenant_sees_no_feed(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client, 4)
    feed = await make_feed(client, group_id=group["id"])
    where = f"/v1/calendar_feeds/{feed['id']}"
    assert (await other_client.get(where)).status_code == 404
    assert (await other_client.post(f"{where}/rotate")).status_code == 404
    assert (await other_client.delete(where)).status_code == 404
    assert (await other_client.get("/v1/calendar_feeds")).json()["data"] == []
    assert (await client.get(where)).status_code == 200


async def test_a_change_from_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    feed = await make_feed(client, group_id=group["id"])
    where = f"/v1/calendar_feeds/{feed['id']}"
    old = (await client.get(where)).headers["ETag"]
    made(await client.post(f"{where}/rotate", headers={"If-Match": old}))
    for answer in (
        await client.post(f"{where}/rotate", headers={"If-Match": old}),
        await client.delete(where, headers={"If-Match": old}),
    ):
        assert answer.status_code == 412


async def test_a_feed_takes_as_many_statements_for_50_meetings_as_for_one(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    group = await make_group(client, 4)
    feeds = [
        await make_feed(client, group_id=group["id"]),
        await make_feed(client, person_id=group["people"][0]),
    ]

    async def statements() -> list[int]:
        clock.advance(timedelta(hours=1))
        counts = []
        for feed in feeds:
            with count_statements(database) as counted:
                await anybody.get(feed["url"])
            counts.append(counted.count)
        return counts

    await _show(database, tenant, group, 0)
    with_one = await statements()
    for n in range(1, 50):
        await _show(database, tenant, group, n)
    assert await statements() == with_one
    assert len(events_in(await anybody.get(feeds[1]["url"]))) == 50


async def _show(database: Database, tenant: Tenant, group: dict[str, Any], n: int) -> None:
    """The n-th meeting, with a hot seat for the first member."""
    starts_at = THURSDAY + timedelta(days=n)
    meeting = await add_meeting(database, tenant.workspace_id, group["id"], starts_at, now=MONDAY)
    await add_hot_seat(database, meeting, group["memberships"][0], now=MONDAY)
