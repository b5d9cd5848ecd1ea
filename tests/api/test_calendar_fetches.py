"""A feed's URL as HTTP: tokens that open nothing, validators, encodings, and who was there."""

import email.utils
import gzip
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from app.db.session import Database
from tests.conftest import MONDAY
from tests.support.builders import made, make_group
from tests.support.calendars import assert_clean
from tests.support.clock import ManualClock
from tests.support.meetings import add_meeting
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

GOOGLE = {"User-Agent": "Google-Calendar-Importer"}
APPLE = {"User-Agent": "macOS/15.1 (24B83) CalendarAgent/1165"}


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A calendar program: no key, and no header that it was not told to send."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotseat.test") as client:
        client.headers.clear()
        yield client


@pytest.fixture
async def group(client: httpx.AsyncClient, database: Database, tenant: Tenant) -> dict[str, Any]:
    group = await make_group(client, 1, active=False)
    await add_meeting(
        database, tenant.workspace_id, group["id"], MONDAY + timedelta(days=3), now=MONDAY
    )
    return group


@pytest.fixture
async def feed(client: httpx.AsyncClient, group: dict[str, Any]) -> dict[str, Any]:
    body = {"person_id": group["people"][0]}
    feed: dict[str, Any] = made(await client.post("/v1/calendar_feeds", json=body))
    return feed


async def rename(client: httpx.AsyncClient, group: dict[str, Any], name: str) -> None:
    made(await client.patch(f"/v1/groups/{group['id']}", json={"name": name}))


async def read(client: httpx.AsyncClient, feed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made(await client.get(f"/v1/calendar_feeds/{feed['id']}"))
    return found


async def test_every_token_that_opens_nothing_takes_the_same_way(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    database: Database,
    feed: dict[str, Any],
) -> None:
    """As many statements, the same headers, the same body: for a revoked one, a wrong one, none."""
    made(await client.post(f"/v1/calendar_feeds/{feed['id']}/rotate"))
    token = feed["url"].rpartition("/")[2].removesuffix(".ics")
    seen = []
    for wrong in (token, token[:-2] + "xx", token[:32] + "-" + "A" * 43, "0" * 32, "x", token * 9):
        with count_statements(database) as counted:
            answer = await anybody.get(f"/calendars/{wrong}.ics")
        body = answer.text.replace(answer.headers.pop("x-request-id"), "")
        seen.append((answer.status_code, counted.statements, dict(answer.headers), body))
    assert seen[0][0] == 404
    assert all(each == seen[0] for each in seen)
    nowhere = await anybody.get("/nowhere")
    assert nowhere.text.replace(nowhere.headers["x-request-id"], "") == seen[0][3]
    head = await anybody.head(f"/calendars/{token}.ics")
    assert head.status_code == 404


async def test_a_head_is_the_get_without_its_body(
    anybody: httpx.AsyncClient, feed: dict[str, Any]
) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        head = await anybody.head(feed["url"], headers=headers)
        get = await anybody.get(feed["url"], headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        for answer in (head, get):
            answer.headers.pop("x-request-id")
        assert head.headers == get.headers
        known = {**headers, "If-None-Match": get.headers["ETag"]}
        assert (await anybody.head(feed["url"], headers=known)).status_code == 304


async def test_a_head_is_no_fetch(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, feed: dict[str, Any]
) -> None:
    for method, readers in (("HEAD", 0), ("GET", 1)):
        assert (await anybody.request(method, feed["url"])).status_code == 200
        read = made(await client.get(f"/v1/calendar_feeds/{feed['id']}"))
        assert (len(read["readers"]), read["last_fetched_at"] is None) == (readers, not readers)


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/html;q=0.9", "image/png"]
)
async def test_any_accept_is_answered_with_a_calendar(
    anybody: httpx.AsyncClient, feed: dict[str, Any], accept: str | None
) -> None:
    answer = await anybody.get(feed["url"], headers={"Accept": accept} if accept else {})
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert_clean(answer.content)


ENCODINGS = [
    ("gzip", True),
    ("gzip, deflate, br", True),
    ("GZIP;q=0.5", True),
    ("*", True),
    ("br;q=1, *;q=0.1", True),
    ("", False),
    ("identity", False),
    ("gzip;q=0", False),
    ("gzip; q=0.0, *", False),
    ("gzip;q=high", False),
    ("deflate, br", False),
]


async def test_a_program_gets_gzip_if_it_takes_it(
    anybody: httpx.AsyncClient, feed: dict[str, Any]
) -> None:
    plain = await anybody.get(feed["url"])
    for accepted, zipped in ENCODINGS:
        answer = await anybody.get(feed["url"], headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("Content-Encoding") == "gzip") == zipped, accepted
        assert answer.content == plain.content
        assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert (answer.headers["ETag"] != plain.headers["ETag"]) == zipped
        assert answer.headers["ETag"].startswith('"')


async def test_gzip_has_a_tag_and_bytes_of_its_own(
    anybody: httpx.AsyncClient, feed: dict[str, Any], clock: ManualClock
) -> None:
    zipped = {"Accept-Encoding": "gzip"}

    async def raw() -> tuple[bytes, str]:
        async with anybody.stream("GET", feed["url"], headers=zipped) as answer:
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert int(answer.headers["Content-Length"]) == len(body)
        return body, answer.headers["ETag"]

    first, tag = await raw()
    clock.advance(timedelta(hours=2))
    assert await raw() == (first, tag)
    plain = await anybody.get(feed["url"])
    assert gzip.decompress(first) == plain.content
    for headers, status in (
        ({**zipped, "If-None-Match": tag}, 304),
        ({**zipped, "If-None-Match": plain.headers["ETag"]}, 200),
        ({"If-None-Match": plain.headers["ETag"]}, 304),
        ({"If-None-Match": tag}, 200),
        ({"If-None-Match": "*"}, 304),
    ):
        answer = await anybody.get(feed["url"], headers=headers)
        assert answer.status_code == status, headers
        if status == 304:
            assert answer.content == b""
            assert answer.headers["Vary"] == "Accept-Encoding"


def date_of(answer: httpx.Response) -> datetime:
    return email.utils.parsedate_to_datetime(answer.headers["Last-Modified"])


async def test_last_modified_is_when_the_feed_came_to_be_so(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    group: dict[str, Any],
    feed: dict[str, Any],
    clock: ManualClock,
) -> None:
    first = await anybody.get(feed["url"])
    assert date_of(first) == MONDAY
    clock.advance(timedelta(hours=1))
    assert date_of(await anybody.get(feed["url"])) == MONDAY

    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert (await anybody.get(feed["url"], headers=since)).status_code == 304
    earlier = email.utils.format_datetime(MONDAY - timedelta(seconds=1), usegmt=True)
    for dated in (earlier, "yesterday", "", "Mon, 99 Nov 2026 09:00:00 GMT"):
        answer = await anybody.get(feed["url"], headers={"If-Modified-Since": dated})
        assert answer.status_code == 200, dated
    # RFC 9110, 13.1.3: not where there is an If-None-Match.
    both = {**since, "If-None-Match": '"another"'}
    assert (await anybody.get(feed["url"], headers=both)).status_code == 200

    # What only goes away changes the feed too: no entry is younger than before.
    membership = group["memberships"][0]
    made(await client.post(f"/v1/memberships/{membership}/end", json={}))
    clock.advance(timedelta(hours=1))
    changed = await anybody.get(feed["url"], headers=since)
    assert changed.status_code == 200
    assert date_of(changed) == MONDAY + timedelta(hours=2)


async def test_two_revisions_in_one_second_are_told_apart(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    group: dict[str, Any],
    feed: dict[str, Any],
    clock: ManualClock,
) -> None:
    first = await anybody.get(feed["url"])
    clock.advance(timedelta(milliseconds=300))
    await rename(client, group, "The Coalbiters")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    for _ in range(2):
        answer = await anybody.get(feed["url"], headers=since)
        assert answer.status_code == 200
        assert "The Coalbiters" in answer.text
        # Never later than the answer itself.
        assert date_of(answer) <= clock.now()
    clock.advance(timedelta(seconds=1))
    again = await anybody.get(feed["url"])
    since = {"If-Modified-Since": again.headers["Last-Modified"]}
    assert (await anybody.get(feed["url"], headers=since)).status_code == 304


async def test_a_feed_knows_who_has_seen_what(
    client: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    group: dict[str, Any],
    feed: dict[str, Any],
    clock: ManualClock,
) -> None:
    before = await read(client, feed)
    assert (before["revision"], before["revision_at"], before["readers"]) == (None, None, [])
    first = await anybody.get(feed["url"], headers=GOOGLE)
    old = first.headers["ETag"].strip('"')
    clock.advance(timedelta(minutes=5))
    await rename(client, group, "The Coalbiters")
    # Within the grain, but it is news that somebody has seen the other revision.
    second = await anybody.get(feed["url"], headers={**APPLE, "Accept-Encoding": "gzip"})
    new = second.headers["ETag"].strip('"').removesuffix("-gzip")
    seen = await read(client, feed)
    assert seen["revision"] == new
    later = MONDAY + timedelta(minutes=5)
    assert datetime.fromisoformat(seen["revision_at"]) == later
    assert [(each["client"], each["revision"]) for each in seen["readers"]] == [
        ("apple", new),
        ("google", old),
    ]
    at = [datetime.fromisoformat(each["fetched_at"]) for each in seen["readers"]]
    assert at == [later, MONDAY]

    # A 304 says as well that the client has it.
    clock.advance(timedelta(minutes=1))
    unchanged = {**GOOGLE, "If-None-Match": f'"{new}"'}
    assert (await anybody.get(feed["url"], headers=unchanged)).status_code == 304
    seen = await read(client, feed)
    assert [(each["client"], each["revision"]) for each in seen["readers"]] == [
        ("google", new),
        ("apple", new),
    ]

    # Another URL: whoever read the old one reads no more.
    rotated = made(await client.post(f"/v1/calendar_feeds/{feed['id']}/rotate"))
    assert (rotated["readers"], rotated["last_fetched_at"]) == ([], None)


async def test_a_fetch_within_the_grain_writes_nothing(
    anybody: httpx.AsyncClient,
    api_database: Database,
    feed: dict[str, Any],
    clock: ManualClock,
) -> None:
    for minutes, writes in ((0, 1), (9, 0), (2, 1)):
        clock.advance(timedelta(minutes=minutes))
        with count_statements(api_database) as counted:
            await anybody.get(feed["url"])
        assert sum("UPDATE" in each for each in counted.statements) == writes


async def test_the_token_is_in_no_log_whatever_happens(
    anybody: httpx.AsyncClient,
    feed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = feed["url"].rpartition("/")[2].removesuffix(".ics")
    with structlog.testing.capture_logs() as lines:
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            await anybody.request(method, feed["url"])
        for url in (
            feed["url"] + "x",
            feed["url"] + "?x=1",
            feed["url"] + "/",
            feed["url"].replace(".ics", ""),
            f"/calendars/{token}{token}.ics",
        ):
            await anybody.get(url)

        async def fail(*_: Any) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr("app.api.routes.calendars.content_of", fail)
        assert (await anybody.get(feed["url"])).status_code == 500
    assert len(lines) >= 11
    text = repr(lines)
    assert token not in text
    assert token[33:] not in text
