"""Keys: a wrong one costs no query, a revoked one is of no use anywhere from that moment on."""

import asyncio
import re
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.api.routes import events
from app.api.runtime import Runtime
from app.db.session import Database
from app.domain.api_keys import make_key
from app.main import create_app
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.live import serving
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

SECURITY = Path(__file__).resolve().parents[2] / "docs" / "security.md"


async def test_a_wrong_checksum_asks_the_database_nothing(
    app: FastAPI, runtime: Runtime, tenant: Tenant
) -> None:
    mistyped = ("0" if tenant.key[-1] != "0" else "1").join([tenant.key[:-1], ""])
    with count_statements(runtime.database) as counted:
        for key in (mistyped, tenant.key[:-1], tenant.key.replace("live", "test"), "é"):
            async with Tenant(tenant.workspace_id, "").client(app) as client:
                sent = {b"Authorization": f"Bearer {key}".encode("latin-1")}
                answer = await client.get("/v1/people", headers=sent)
            assert answer.status_code == 401
    assert counted.statements == []
    async with tenant.client(app) as client:
        with count_statements(runtime.database) as counted:
            assert (await client.get("/v1/people")).status_code == 200
    assert counted.count > 0


async def test_a_revoked_key_is_refused_by_every_process_at_once(
    runtime: Runtime, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    """Another process has connections and memory of its own; it has seen the key work."""
    here = runtime.database
    url = here.engine.url.render_as_string(hide_password=False)
    database = Database(url, row_level_security=here.row_level_security)
    elsewhere = create_app(replace(runtime, database=database))
    created = await client.post("/v1/api_keys", json={"name": "app", "scopes": ["read"]})
    async with Tenant(tenant.workspace_id, created.json()["key"]).client(elsewhere) as caller:
        for _ in range(3):
            assert (await caller.get("/v1/people")).status_code == 200
        assert (await client.delete(created.headers["Location"])).status_code == 204
        assert (await caller.get("/v1/people")).status_code == 401
    await database.dispose()


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_an_open_stream_ends_with_its_key(
    runtime: Runtime,
    client: httpx.AsyncClient,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.02)
    body = {
        "name": "app",
        "scopes": ["read"],
        "expires_at": (clock.now() + timedelta(hours=1)).isoformat(),
    }
    created = await client.post("/v1/api_keys", json=body)
    headers = {"Authorization": f"Bearer {made(created)['key']}"}
    async with (
        asyncio.timeout(60),
        serving(runtime) as (url, _),
        httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as caller,
        caller.stream("GET", "/v1/events/stream") as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == ": hotseat"
        if how == "revoked":
            assert (await client.delete(created.headers["Location"])).status_code == 204
        else:
            clock.advance(timedelta(hours=1))
        async for _ in lines:
            pass
        assert (await caller.get("/v1/people")).status_code == 401


def test_the_pattern_for_secret_scanners() -> None:
    """As the documentation has it: every key is found, and its checksum told right from wrong."""
    found = re.search(r"```regex\n(.+)\n```", SECURITY.read_text())
    assert found is not None
    pattern = re.compile(found[1])
    for number in range(200):
        key = make_key(number.to_bytes(4, "big") * 8)
        assert pattern.search(f'KEY="{key}"')[0] == key  # type: ignore[index]
        secret, checksum = key[8:40], key[40:]
        assert _base62(zlib.crc32(secret.encode())) == checksum
        assert pattern.search(f"x{key}") is None
        assert pattern.search(f"{key}x") is None


def _base62(number: int) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join(alphabet[number // 62**place % 62] for place in range(5, -1, -1))
