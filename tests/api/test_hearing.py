"""The answer of `reschedule`: by which channels each member hears of it, how late, who by none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.db.session import Database
from app.main import create_app
from tests.support import smtp
from tests.support.builders import made, make_group, mark
from tests.support.clock import ManualClock
from tests.support.mail import name_people, opt_in, with_mail
from tests.support.statements import count_statements

TONIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
GOOGLE = "Google-Calendar-Importer"
APPLE = "macOS/15.1 (24B83) dataaccessd/1.0"


@pytest.fixture
async def app(runtime: Runtime) -> AsyncIterator[FastAPI]:
    async with smtp.running() as box:
        yield create_app(with_mail(runtime, box))


@pytest.fixture
async def group(client: httpx.AsyncClient) -> Any:
    group = await make_group(client, 5)
    await name_people(client, group["people"])
    return group


async def make_meeting(client: httpx.AsyncClient, group: Any) -> Any:
    body = {"group_id": group["id"], "starts_at": TONIGHT.isoformat(), "duration_minutes": 90}
    return made(await client.post("/v1/meetings", json=body))


async def subscribe(client: httpx.AsyncClient, agent: str | None, **whose: Any) -> None:
    url = made(await client.post("/v1/calendar_feeds", json=whose))["url"]
    if agent is not None:
        headers = {"User-Agent": agent}
        answer = await client.get(url.removeprefix("https://hotseat.test"), headers=headers)
        assert answer.status_code == 200


async def move(
    client: httpx.AsyncClient,
    meeting: Any,
    to: datetime = TONIGHT + timedelta(hours=1),
    **query: Any,
) -> Any:
    answer = await client.post(
        f"/v1/meetings/{meeting['id']}/reschedule",
        json={"starts_at": to.isoformat()},
        params=query,
    )
    return made(answer)


def ways(answer: Any) -> list[list[tuple[str, str | None, bool]]]:
    return [
        [(each["kind"], each["client"], each["in_time"]) for each in person["channels"]]
        for person in answer["hearing"]["people"]
    ]


async def test_each_member_hears_by_the_channels_they_have(
    client: httpx.AsyncClient, group: Any, clock: ManualClock
) -> None:
    meeting = await make_meeting(client, group)
    mail, google, apple, never, nothing = group["people"]
    await opt_in(client, mail)
    await subscribe(client, GOOGLE, person_id=mail)
    await subscribe(client, GOOGLE, person_id=google)
    await subscribe(client, APPLE, person_id=apple)
    # A feed that nobody reads is no channel; nor are reminders alone, nor promises alone.
    await subscribe(client, None, person_id=never)
    await opt_in(client, never, sends=["reminders"])
    await subscribe(client, GOOGLE, person_id=never, include=["commitments"])
    rehearsed = await move(client, meeting, dry_run="true")
    answer = await move(client, meeting)
    assert ways(rehearsed) == ways(answer)
    assert ways(answer) == [
        [("email", None, True), ("feed", "google", False)],
        [("feed", "google", False)],
        [("feed", "apple", False)],
        [],
        [],
    ]
    assert [each["person_id"] for each in answer["hearing"]["people"]] == group["people"]
    assert answer["hearing"]["unreached"] == [never, nothing]
    assert answer["hearing"]["late"] == [google, apple]
    (feed,) = answer["hearing"]["people"][1]["channels"]
    assert (feed["earliest_seconds"], feed["latest_seconds"]) == (8 * 3600, 24 * 3600)
    # Far ahead, everybody hears in time; what matters is where calendars show it until then.
    clock.set(TONIGHT)
    later = await move(client, meeting, TONIGHT + timedelta(days=20))
    assert later["hearing"]["late"] == [google, apple]
    clock.advance(timedelta(hours=2))
    latest = await move(client, meeting, TONIGHT + timedelta(days=30))
    assert latest["hearing"]["late"] == []
    # Who has not read their feed for long has left it.
    clock.advance(timedelta(days=14))
    gone = await move(client, meeting, TONIGHT + timedelta(days=40))
    assert gone["hearing"]["unreached"] == [google, apple, never, nothing]


async def test_a_webhook_reaches_everybody_that_the_app_does(
    client: httpx.AsyncClient, group: Any
) -> None:
    meeting = await make_meeting(client, group)
    other = await make_group(client, 4)
    for body in (
        {"event_types": ["commitment.*"]},
        {"event_types": ["*"], "group_ids": [other["id"]]},
    ):
        url = "http://127.0.0.1:9999/hook"
        made(await client.post("/v1/webhook_endpoints", json={"url": url, **body}))
    assert len((await move(client, meeting))["hearing"]["unreached"]) == 5
    body = {"url": "http://127.0.0.1:9999/hook", "event_types": ["meeting.*"]}
    endpoint = made(await client.post("/v1/webhook_endpoints", json=body))
    answer = await move(client, meeting, TONIGHT)
    assert ways(answer) == [[("webhook", None, True)]] * 5
    assert answer["hearing"]["unreached"] == []
    path = f"/v1/webhook_endpoints/{endpoint['id']}"
    made(await client.post(f"{path}/pause"))
    assert len((await move(client, meeting))["hearing"]["unreached"]) == 5


async def test_a_groups_feed_is_nobodys_in_particular(
    client: httpx.AsyncClient, group: Any
) -> None:
    meeting = await make_meeting(client, group)
    await subscribe(client, GOOGLE, group_id=group["id"])
    answer = await move(client, meeting)
    (feed,) = answer["hearing"]["group_feeds"]
    assert (feed["kind"], feed["client"], feed["in_time"]) == ("feed", "google", False)
    assert len(answer["hearing"]["unreached"]) == 5


async def test_whoever_was_going_is_asked_again(client: httpx.AsyncClient, group: Any) -> None:
    meeting = await make_meeting(client, group)
    await mark(client, meeting["id"], group["memberships"][0], "going")
    await mark(client, meeting["id"], group["memberships"][1], "absent")
    await move(client, meeting)
    page = made(await client.get(f"/v1/meetings/{meeting['id']}/attendance"))["data"]
    by_member = {each["membership_id"]: each["status"] for each in page}
    assert by_member.get(group["memberships"][0], "expected") == "expected"
    assert by_member[group["memberships"][1]] == "absent"


async def test_the_cost_does_not_grow_with_people_and_channels(
    client: httpx.AsyncClient, group: Any, database: Database
) -> None:
    meeting = await make_meeting(client, group)
    await move(client, meeting)
    with count_statements(database) as few:
        await move(client, meeting, TONIGHT, dry_run="true")
    for person in group["people"]:
        await opt_in(client, person)
        await subscribe(client, GOOGLE, person_id=person)
        await subscribe(client, APPLE, person_id=person)
    with count_statements(database) as many:
        await move(client, meeting, TONIGHT, dry_run="true")
    assert many.count <= few.count
