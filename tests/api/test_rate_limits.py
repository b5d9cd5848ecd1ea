"""How often a key may call, and an address may guess keys."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI, Request

from app.api.guesses import Guesses
from app.api.runtime import Runtime
from app.db.session import Database
from app.domain.api_keys import make_key
from app.main import create_app
from tests.support.builders import made, make_people
from tests.support.tenants import Tenant


@pytest.fixture
def strict_app(runtime: Runtime) -> FastAPI:
    """The same service, counting."""
    settings = runtime.settings.model_copy(
        update={"calls_per_minute": 5, "failed_auth_per_minute": 3}
    )
    return create_app(replace(runtime, settings=settings))


@pytest.fixture
async def strict(strict_app: FastAPI, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with tenant.client(strict_app) as client:
        yield client


async def answers(client: httpx.AsyncClient, count: int, **headers: str) -> list[httpx.Response]:
    return [await client.get("/v1/people", headers=headers) for _ in range(count)]


async def test_a_key_has_a_budget_and_is_told_what_is_left(strict: httpx.AsyncClient) -> None:
    # A window may end in between: then the budget starts anew, and is told so.
    found = await answers(strict, 12)
    left = [int(answer.headers["RateLimit"].split(";")[1].removeprefix("r=")) for answer in found]
    assert found[0].headers["RateLimit-Policy"] == '"key";q=5;w=60'
    assert left[0] == 4
    refused = [answer for answer in found if answer.status_code == 429]
    assert len(refused) >= 2
    for answer in refused:
        problem = answer.json()
        assert problem["code"] == "too_many_requests"
        assert problem["request_id"] == answer.headers["X-Request-Id"]
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["RateLimit"].startswith('"key";r=0;t=')


async def test_each_key_has_its_own(
    strict: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await answers(strict, 12)
    other = await answers(strict, 1, Authorization=other_client.headers["Authorization"])
    assert other[0].status_code == 200


async def test_wrong_keys_are_counted_by_address(
    strict: httpx.AsyncClient, strict_app: FastAPI, tenant: Tenant
) -> None:
    wrong = f"Bearer {make_key(bytes(32))}"
    found = await answers(strict, 8, Authorization=wrong)
    codes = [answer.status_code for answer in found]
    assert codes[:3] == [401, 401, 401]
    assert codes.count(429) >= 2
    assert "Retry-After" in found[codes.index(429)].headers
    elsewhere = httpx.ASGITransport(app=strict_app, client=("192.0.2.7", 1234))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://hotseat.test") as client:
        answer = await client.get(
            "/v1/people", headers={"Authorization": strict.headers["Authorization"]}
        )
    assert answer.status_code == 200, "another address is not held to account for it"


async def test_what_needs_no_key_is_not_counted(strict: httpx.AsyncClient) -> None:
    assert {(await strict.get("/livez")).status_code for _ in range(12)} == {200}


WRONG = f"Bearer {make_key(bytes(32))}"


def codes_of(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_no_more_wrong_keys_get_through_together_than_one_by_one(
    strict: httpx.AsyncClient,
) -> None:
    """A window may end in between, and the budget start anew: once in these moments at most."""
    calls = [strict.get("/v1/people", headers={"Authorization": WRONG}) for _ in range(40)]
    answers = await asyncio.gather(*calls)
    assert codes_of(answers).count(401) in {3, 6}
    assert set(codes_of(answers)) == {401, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    check_refusal(refused)


async def test_good_keys_together_wait_for_each_other_and_are_not_counted(
    runtime: Runtime, tenant: Tenant
) -> None:
    settings = runtime.settings.model_copy(update={"failed_auth_per_minute": 2})
    async with tenant.client(create_app(replace(runtime, settings=settings))) as caller:
        assert (await caller.get("/v1/people", headers={"Authorization": WRONG})).status_code == 401
        answers = await asyncio.gather(*(caller.get("/v1/people") for _ in range(30)))
        assert set(codes_of(answers)) == {200}
        assert (await caller.get("/v1/people", headers={"Authorization": WRONG})).status_code == 401


async def test_who_gives_up_waiting_holds_nobody_up(strict_app: FastAPI) -> None:
    guesses: Guesses = strict_app.state.guesses
    request = Request({"type": "http", "state": {}})
    for _ in range(3):
        await guesses.begin(request, "here")
    first, second = (asyncio.create_task(guesses.begin(request, "here")) for _ in range(2))
    await asyncio.sleep(0)
    guesses.end("here", right=True)
    first.cancel()
    await asyncio.wait_for(second, 5)
    for _ in range(3):
        guesses.end("here", right=True)
    assert first.cancelled()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/calendars/nobodys.ics"),
        ("HEAD", f"/calendars/{'0' * 32}-{'x' * 43}.ics"),
        ("GET", "/opt_out/nobodys"),
        ("POST", f"/opt_out/{'0' * 64}-{'x' * 43}"),
    ],
)
async def test_wrong_secret_addresses_are_counted_with_wrong_keys(
    strict: httpx.AsyncClient, method: str, path: str
) -> None:
    answers = await asyncio.gather(*(strict.request(method, path) for _ in range(40)))
    assert codes_of(answers).count(404) in {3, 6}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["RateLimit-Policy"] == '"failed-auth";q=3;w=60'
    assert (await strict.get("/v1/people", headers={"Authorization": WRONG})).status_code == 429


def check_refusal(answer: httpx.Response) -> None:
    assert answer.json()["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit"].startswith('"failed-auth";r=0;t=')
    assert answer.headers["RateLimit-Policy"] == '"failed-auth";q=3;w=60'


async def test_a_feed_that_is_read_is_no_wrong_address(
    strict: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    (person,) = await make_people(client, 1)
    url = made(await client.post("/v1/calendar_feeds", json={"person_id": person}))["url"]
    answers = await asyncio.gather(*(strict.get(url) for _ in range(12)))
    assert set(codes_of(answers)) == {200}


async def test_a_stranger_waits_for_no_writer(
    client: httpx.AsyncClient, database: Database
) -> None:
    """So no stranger is a writer who holds up others: on SQLite there is one at a time."""
    async with asyncio.timeout(10), database.transaction() as session:
        await session.connection()
        for method in ("GET", "POST"):
            answer = await client.request(method, f"/opt_out/{'0' * 64}-{'x' * 43}")
            assert answer.status_code == 404
