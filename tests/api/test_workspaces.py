"""The caller's own workspace, and the keys to it."""

import os
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant, make_tenant


async def test_the_workspace_is_read_and_changed(client: httpx.AsyncClient) -> None:
    read = await client.get("/v1/workspace")
    assert read.json()["id"].startswith("wsp_")
    assert read.json()["require_if_match"] is False
    patched = await client.patch(
        "/v1/workspace", json={"name": "Oxford"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert (patched.json()["name"], patched.json()["version"]) == ("Oxford", 2)
    assert made(await client.patch("/v1/workspace", json={"name": "Oxford"}))["version"] == 2
    stale = await client.patch(
        "/v1/workspace", json={"name": "Cambridge"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert stale.status_code == 412
    for bad in ({"name": None}, {"name": ""}, {"id": "wsp_x"}, {"require_if_match": None}):
        assert (await client.patch("/v1/workspace", json=bad)).status_code == 422


async def all_keys(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(await client.get("/v1/api_keys"))["data"]
    return found


async def test_a_key_is_made_shown_once_used_and_revoked(
    app: FastAPI, client: httpx.AsyncClient, tenant: Tenant, clock: ManualClock
) -> None:
    created = await client.post("/v1/api_keys", json={"name": "reader", "scopes": ["read", "read"]})
    assert created.status_code == 201
    assert created.headers["Cache-Control"] == "no-store"
    body = created.json()
    key = body.pop("key")
    assert body["scopes"] == ["read"]
    assert body["hint"] == "…" + key[-4:]
    where = created.headers["Location"]
    assert made(await client.get(where)) == body
    assert key not in (await client.get("/v1/api_keys")).text

    async with Tenant(tenant.workspace_id, key).client(app) as reader:
        assert (await reader.get("/v1/workspace")).status_code == 200
        assert made(await client.get(where))["last_used_at"] is not None
        refused = await reader.get("/v1/api_keys")
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
        assert refused.json()["facts"] == {"required_scope": "admin"}
        for _ in range(2):
            assert (await client.delete(where)).status_code == 204
        assert (await client.get(where)).status_code == 404
        (listed,) = [each for each in await all_keys(client) if each["id"] == body["id"]]
        assert listed["revoked_at"] is not None
        assert (await reader.get("/v1/workspace")).status_code == 401
    rotated = await client.post(f"{where}/rotate")
    assert (rotated.status_code, rotated.json()["code"]) == (409, "key_not_active")


async def test_a_rotated_key_works_beside_its_successor_for_a_while(
    app: FastAPI, client: httpx.AsyncClient, tenant: Tenant, clock: ManualClock
) -> None:
    old = made(await client.post("/v1/api_keys", json={"name": "app", "scopes": ["read"]}))
    rotated = await client.post(f"/v1/api_keys/{old['id']}/rotate", json={"overlap_hours": 1})
    assert rotated.status_code == 201
    new = rotated.json()
    assert new["id"] != old["id"]
    assert (new["name"], new["scopes"], new["expires_at"]) == ("app", ["read"], None)
    async with (
        Tenant(tenant.workspace_id, old["key"]).client(app) as before,
        Tenant(tenant.workspace_id, new["key"]).client(app) as after,
    ):
        clock.advance(timedelta(minutes=59))
        assert (await before.get("/v1/workspace")).status_code == 200
        clock.advance(timedelta(minutes=1))
        assert (await before.get("/v1/workspace")).status_code == 401
        assert (await after.get("/v1/workspace")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"name": ""},
        {"expires_at": "2026-11-23T09:00:00Z"},
        {"expires_at": "2199-01-01T00:00:00"},
        {"key": "hs_live_mine"},
    ],
)
async def test_a_key_that_is_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    body = {"name": "app", "scopes": ["read"], **change}
    answer = await client.post("/v1/api_keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{next(iter(change))}")


async def test_a_repeated_call_shows_the_same_new_key(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": os.urandom(8).hex()}
    body = {"name": "app", "scopes": ["read"]}
    first, second = [
        await client.post("/v1/api_keys", json=body, headers=headers) for _ in range(2)
    ]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Cache-Control"] == "no-store"


async def test_keys_and_the_workspace_are_the_admins(app: FastAPI, database: Database) -> None:
    tenant = await make_tenant(database, scopes=["read", "write"])
    async with tenant.client(app) as client:
        calls = [
            client.get("/v1/api_keys"),
            client.post("/v1/api_keys", json={"name": "x", "scopes": ["admin"]}),
            client.patch("/v1/workspace", json={"name": "x"}),
        ]
        for call in calls:
            assert (await call).status_code == 403
        assert (await client.get("/v1/workspace")).status_code == 200


async def test_nobody_gives_away_the_reading_of_texts_without_having_it(
    app: FastAPI, client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    mine = (await all_keys(client))[0]["id"]
    body = {"name": "x", "scopes": ["read", "write", "admin"]}
    with_texts = {**body, "scopes": [*body["scopes"], "text:read"]}
    admin = await make_tenant(database, scopes=["admin"], workspace_id=tenant.workspace_id)
    async with admin.client(app) as caller:
        before = await all_keys(caller)
        for call in (
            caller.post("/v1/api_keys", json=with_texts),
            caller.post(f"/v1/api_keys/{mine}/rotate"),
        ):
            refused = await call
            assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
            assert refused.json()["facts"] == {"required_scope": "text:read"}
        assert await all_keys(caller) == before
        plain = made(await caller.post("/v1/api_keys", json=body))["id"]
        made(await caller.post(f"/v1/api_keys/{plain}/rotate"))
    given = made(await client.post("/v1/api_keys", json=with_texts))
    made(await client.post(f"/v1/api_keys/{given['id']}/rotate"))
