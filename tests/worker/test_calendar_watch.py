"""What calendars cannot tell: a near change that a slow program misses, an hour that has moved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from app.worker.runner import Runner
from tests.conftest import MONDAY
from tests.support.builders import join, made, make_cadence, make_group, verb
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOGLE = "Google-Calendar-Importer"
THUNDERBIRD = "Mozilla/5.0 Gecko/20100101 Thunderbird/128.4.0"


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotseat.test") as client:
        yield client


@pytest.fixture
async def group(client: httpx.AsyncClient) -> dict[str, Any]:
    return await make_group(client, 4)


async def add_meeting(client: httpx.AsyncClient, group: dict[str, Any], starts_at: datetime) -> Any:
    body = {
        "group_id": group["id"],
        "starts_at": starts_at.isoformat(),
        "duration_minutes": 90,
    }
    return made(await client.post("/v1/meetings", json=body))


async def make_feed(client: httpx.AsyncClient, **body: Any) -> Any:
    return made(await client.post("/v1/calendar_feeds", json=body))


async def test_a_near_change_that_a_slow_program_misses_is_told_once(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    group: dict[str, Any],
) -> None:
    tonight = await add_meeting(client, group, MONDAY + 10 * HOUR)
    later = await add_meeting(client, group, MONDAY + 5 * DAY)
    feeds = {
        "group": await make_feed(client, group_id=group["id"]),
        "member": await make_feed(client, person_id=group["people"][0]),
        "own": await make_feed(client, person_id=group["people"][1], include=["commitments"]),
        "unread": await make_feed(client, person_id=group["people"][2]),
    }
    for name in ("group", "member", "own"):
        await anybody.get(feeds[name]["url"], headers={"User-Agent": GOOGLE})
    await anybody.get(feeds["group"]["url"], headers={"User-Agent": THUNDERBIRD})
    await runner.run_until_idle()

    async def stale() -> list[dict[str, Any]]:
        await runner.run_until_idle()
        return [data for _, data in await events_of(database, tenant, "calendar.stale")]

    assert await stale() == []
    clock.advance(timedelta(minutes=20))
    moved = await verb(
        client, tonight["id"], "reschedule", starts_at=(MONDAY + 9 * HOUR).isoformat()
    )
    told = await stale()
    assert {(each["calendar_feed_id"], each["client"]) for each in told} == {
        (feeds["group"]["id"], "google"),
        (feeds["member"]["id"], "google"),
    }
    for each in told:
        assert each["meeting_id"] == tonight["id"]
        assert datetime.fromisoformat(each["starts_at"]) == MONDAY + 9 * HOUR
        assert datetime.fromisoformat(each["last_fetched_at"]) == MONDAY
        assert datetime.fromisoformat(each["changed_at"]) == clock.now()
    assert {each["person_id"] for each in told} == {None, group["people"][0]}
    assert moved["state"] == "scheduled"
    assert await stale() == told

    # A change of what lies further ahead waits: Google comes before it matters.
    await verb(client, later["id"], "cancel")
    assert await stale() == told
    clock.set(MONDAY + 2 * DAY)
    for name in ("group", "member"):
        await anybody.get(feeds[name]["url"], headers={"User-Agent": GOOGLE})
    await anybody.get(feeds["group"]["url"], headers={"User-Agent": THUNDERBIRD})
    clock.set(MONDAY + 4 * DAY + HOUR)
    assert await stale() == told


async def test_a_change_that_nobody_fetched_in_days_is_told_a_day_before(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    group: dict[str, Any],
) -> None:
    meeting = await add_meeting(client, group, MONDAY + 5 * DAY)
    feed = await make_feed(client, group_id=group["id"])
    await anybody.get(feed["url"], headers={"User-Agent": THUNDERBIRD})
    clock.advance(HOUR)
    # From Saturday to the Saturday after: who has not heard will be there on the first one.
    await verb(client, meeting["id"], "reschedule", starts_at=(MONDAY + 12 * DAY).isoformat())
    for hours, told in ((3 * 24, 0), (4 * 24 - 1, 0), (4 * 24, 1), (12 * 24 + 1, 1)):
        clock.set(MONDAY + hours * HOUR)
        await runner.run_until_idle()
        assert len(await events_of(database, tenant, "calendar.stale")) == told, hours


async def test_members_whose_hour_moves_are_told_two_weeks_ahead(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    group: dict[str, Any],
) -> None:
    """London meets on Thursdays. New York changes its clocks on 14 March 2027, London on the 28th:
    in New York it is an hour later on the 18th and the 25th.
    """
    clock.set(datetime(2027, 2, 1, 9, tzinfo=UTC))
    zones = {"America/New_York": "", "Asia/Kolkata": "", "Europe/Paris": ""}
    for zone in zones:
        person = made(await client.post("/v1/people", json={"name": zone, "time_zone": zone}))
        zones[zone] = await join(client, group["id"], person["id"])
    await make_cadence(client, group["id"], local_start="2027-02-04T19:30:00")

    async def told_by(day: datetime) -> list[tuple[str, str, int, str]]:
        clock.set(day)
        await runner.run_until_idle()
        found = await events_of(database, tenant, "meeting.local_time_shifted")
        return [
            (
                data["person_time_zone"],
                data["person_local_start"],
                data["shifted_minutes"],
                data["membership_id"],
            )
            for _, data in found
        ]

    new_york, calcutta = zones["America/New_York"], zones["Asia/Kolkata"]
    first = [("America/New_York", "2027-03-18T15:30", 60, new_york)]
    second = [
        ("America/New_York", "2027-04-01T14:30", -60, new_york),
        ("Asia/Kolkata", "2027-04-02T00:00", -60, calcutta),
    ]
    assert await told_by(datetime(2027, 3, 4, 19, 29, tzinfo=UTC)) == []
    assert await told_by(datetime(2027, 3, 4, 19, 30, tzinfo=UTC)) == first
    assert await told_by(datetime(2027, 3, 18, 18, 29, tzinfo=UTC)) == first
    told = await told_by(datetime(2027, 3, 18, 19, 30, tzinfo=UTC))
    assert told[:1] == first
    assert sorted(told[1:]) == second
    assert await told_by(datetime(2027, 4, 9, 9, tzinfo=UTC)) == told


async def test_a_move_by_hand_is_no_shift_and_tells_nobody_twice(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    runner: Runner,
    clock: ManualClock,
    group: dict[str, Any],
) -> None:
    clock.set(datetime(2027, 3, 1, 9, tzinfo=UTC))
    body = {"name": "Owen", "time_zone": "America/New_York"}
    person = made(await client.post("/v1/people", json=body))
    await join(client, group["id"], person["id"])
    meetings = await make_cadence(client, group["id"], local_start="2027-03-04T19:30:00")
    await verb(client, meetings[1]["id"], "reschedule", starts_at="2027-03-11T15:00:00Z")
    # Made less than two weeks ahead: told at once.
    clock.set(datetime(2027, 3, 5, 9, tzinfo=UTC))
    await runner.run_until_idle()
    assert len(await events_of(database, tenant, "meeting.local_time_shifted")) == 1
    await verb(client, meetings[2]["id"], "reschedule", starts_at="2027-03-19T19:30:00Z")
    clock.set(datetime(2027, 3, 17, 9, tzinfo=UTC))
    await runner.run_until_idle()
    assert len(await events_of(database, tenant, "meeting.local_time_shifted")) == 1
