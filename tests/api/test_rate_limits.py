"""How often a key may call, and an address may guess keys."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.domain.api_keys import make_key
from app.main import create_app
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
