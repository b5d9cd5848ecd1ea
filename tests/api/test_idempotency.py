"""Idempotency-Key: a repeated POST has one effect and one answer."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.db import idempotency
from app.db.queries import groups
from app.db.session import Database
from app.domain import ids
from tests.support.builders import made, make_group, make_people
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant

JACK = {"name": "Clive Lewis", "time_zone": "Europe/London"}
KEY = {"Idempotency-Key": "2c1b6f3e"}
REPLAYED = "Idempotency-Replayed"


async def _count(client: httpx.AsyncClient) -> int:
    return len(made(await client.get("/v1/people?limit=100"))["data"])


async def test_a_repeated_call_gets_the_first_ones_answer(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/people", json=JACK, headers=KEY)
    second = await client.post("/v1/people", json=JACK, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    for name in ("ETag", "Location", "Content-Type"):
        assert second.headers[name] == first.headers[name]
    assert second.headers[REPLAYED] == "true"
    assert REPLAYED not in first.headers
    assert await _count(client) == 1


async def test_the_answer_is_the_first_ones_even_when_the_resource_has_changed(
    client: httpx.AsyncClient,
) -> None:
    first = await client.post("/v1/people", json=JACK, headers=KEY)
    made(await client.patch(first.headers["Location"], json={"name": "Jack"}))
    again = await client.post("/v1/people", json=JACK, headers=KEY)
    assert again.json()["name"] == "Clive Lewis"


async def test_another_request_with_the_same_key_is_refused(client: httpx.AsyncClient) -> None:
    made(await client.post("/v1/people", json=JACK, headers=KEY))
    group = {"name": "The Inklings", "time_zone": "Europe/London"}
    for call in (
        client.post("/v1/people", json={**JACK, "name": "Warnie"}, headers=KEY),
        client.post("/v1/groups", json=group, headers=KEY),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await _count(client) == 1


async def test_another_actor_is_not_shown_the_first_ones_answer(client: httpx.AsyncClient) -> None:
    first, second = await make_people(client, 2)
    body = {"scopes": ["read"], "name": "app"}
    mine = {**KEY, "Hotseat-Actor": first}
    made(await client.post("/v1/api_keys", json=body, headers=mine))
    for others in ({**KEY, "Hotseat-Actor": second}, KEY):
        answer = await client.post("/v1/api_keys", json=body, headers=others)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    again = await client.post("/v1/api_keys", json=body, headers=mine)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")


@pytest.mark.parametrize("callers", [2, 8])
async def test_concurrent_duplicates_have_one_effect_and_the_same_answer(
    client: httpx.AsyncClient, callers: int
) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/people", json=JACK, headers=KEY) for _ in range(callers))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == callers - 1
    assert await _count(client) == 1


async def test_a_failing_call_is_not_kept(client: httpx.AsyncClient) -> None:
    invalid = await client.post("/v1/people", json={"name": "Jack"}, headers=KEY)
    assert invalid.status_code == 422
    created = await client.post("/v1/people", json=JACK, headers=KEY)
    assert created.status_code == 201
    assert REPLAYED not in created.headers

    group = await make_group(client, 3, active=False)
    where = f"/v1/groups/{group['id']}/activate"
    verb = {"Idempotency-Key": "activate"}
    assert (await client.post(where, headers=verb)).status_code == 409
    (person_id,) = await make_people(client, 1)
    body = {"person_id": person_id}
    made(await client.post(f"/v1/groups/{group['id']}/memberships", json=body))
    for replayed in (False, True):
        answer = await client.post(where, headers=verb)
        assert (answer.status_code, REPLAYED in answer.headers) == (200, replayed)


async def test_a_dry_run_is_not_kept(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}/pause?dry_run=true"
    for _ in range(2):
        answer = await client.post(where, headers=KEY)
        assert (answer.status_code, REPLAYED in answer.headers) == (200, False)


async def test_a_key_is_each_api_keys_own(
    app: FastAPI, client: httpx.AsyncClient, other_client: httpx.AsyncClient, tenant: Tenant
) -> None:
    body = {"name": "second", "scopes": ["write"]}
    key = made(await client.post("/v1/api_keys", json=body))["key"]
    async with Tenant(tenant.workspace_id, key).client(app) as second:
        ids = [
            made(await each.post("/v1/people", json=JACK, headers=KEY))["id"]
            for each in (client, second, other_client)
        ]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f\x00", "é"])
async def test_a_bad_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers: Any = {"Idempotency-Key": key.encode("latin-1")}
    answer = await client.post("/v1/people", json=JACK, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")
    longest = await client.post("/v1/people", json=JACK, headers={"Idempotency-Key": "x" * 255})
    assert longest.status_code == 201


async def test_an_answer_is_replayed_for_a_day_and_no_longer(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    """Nobody has forgotten it meanwhile: no worker runs here."""
    first = made(await client.post("/v1/people", json=JACK, headers=KEY))
    clock.advance(timedelta(hours=23, minutes=59))
    again = await client.post("/v1/people", json=JACK, headers=KEY)
    assert (again.json()["id"], REPLAYED in again.headers) == (first["id"], True)
    clock.advance(timedelta(minutes=1))
    warnie = {**JACK, "name": "Warnie"}
    for replayed in (False, True):
        answer = await client.post("/v1/people", json=warnie, headers=KEY)
        assert (answer.status_code, REPLAYED in answer.headers) == (201, replayed)
        assert answer.json()["name"] == "Warnie"
    assert await _count(client) == 2


async def test_a_call_with_a_key_waits_for_its_group_like_any_other(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on the wait for a call with the same key."""
    monkeypatch.setattr(idempotency, "LOCK_WAIT_MS", 1)
    group = await make_group(client, 0, active=False)
    (person_id,) = await make_people(client, 1)
    where = f"/v1/groups/{group['id']}/memberships"
    async with database.transaction() as session:
        await groups.lock(session, tenant.workspace_id, ids.decode("group", group["id"]))
        joining = asyncio.create_task(
            client.post(where, json={"person_id": person_id}, headers=KEY)
        )
        if not database.is_sqlite:
            await _until_somebody_waits(database)
            await session.execute(text("SELECT pg_sleep(0.1)"))
    assert (await joining).status_code == 201


async def _until_somebody_waits(database: Database) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    async with database.reader() as connection:
        while not (await connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
