"""What a newcomer sees at /, with and without documentation, and what pages of others may do."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.main import create_app
from app.settings import Settings, SettingsError, load_settings
from tests.support.tenants import Tenant

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FETCHED = ("/", "/static/front.css", "/static/favicon.svg", "/favicon.ico")
DOCUMENTATION = ("/docs", "/openapi.json", "/static/swagger-ui.css", "/static/swagger-init.js")


def service(runtime: Runtime, **changes: Any) -> FastAPI:
    return create_app(replace(runtime, settings=runtime.settings.model_copy(update=changes)))


async def ask(
    app: FastAPI, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://hotseat.test"
    ) as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize("docs", [True, False])
async def test_a_browser_gets_a_page_under_a_strict_policy(runtime: Runtime, *, docs: bool) -> None:
    app = service(runtime, docs=docs)
    page = await ask(app, "/", headers=HTML)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Vary"] == "Accept"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.search(r"<script|<style|style=|onclick", page.text)
    assert "curl http://hotseat.test/v1/groups" in page.text
    links = set(re.findall(r'(?:href|src)="([^"]+)"', page.text))
    assert {"docs", "openapi.json"} <= links if docs else not {"docs", "openapi.json"} & links
    for link in links:
        assert (await ask(app, f"/{link}")).status_code == 200, link


@pytest.mark.parametrize("docs", [True, False])
async def test_a_program_gets_the_same_as_json(runtime: Runtime, *, docs: bool) -> None:
    app = service(runtime, docs=docs)
    answer = await ask(app, "/")
    assert answer.headers["Content-Type"] == "application/json"
    facts = answer.json()
    assert facts["api"] == "http://hotseat.test/v1"
    assert facts["documentation"] == ("http://hotseat.test/docs" if docs else None)
    assert facts["openapi"] == ("http://hotseat.test/openapi.json" if docs else None)


async def test_the_first_call_works_as_it_stands(app: FastAPI, tenant: Tenant) -> None:
    call = (await ask(app, "/")).json()["first_call"]
    async with tenant.client(app) as client:
        answer = await client.request(call["method"], call["url"], json=call["body"])
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", FETCHED)
async def test_head_options_and_what_is_not_allowed(app: FastAPI, path: str) -> None:
    whole, head = await ask(app, path), await ask(app, path, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    again = await ask(app, path, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304
    for method, status in (("OPTIONS", 204), ("POST", 405), ("DELETE", 405)):
        answer = await ask(app, path, method)
        assert (answer.status_code, answer.headers["Allow"]) == (status, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", DOCUMENTATION)
async def test_documentation_can_be_switched_off(runtime: Runtime, path: str) -> None:
    assert (await ask(service(runtime, docs=True), path)).status_code == 200
    assert (await ask(service(runtime, docs=False), path)).status_code == 404


PREFLIGHT = {
    "Origin": "https://app.example.org",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,idempotency-key,content-type",
}


async def test_pages_of_others_may_not_call(app: FastAPI, client: httpx.AsyncClient) -> None:
    preflight = await ask(app, "/v1/people", "OPTIONS", PREFLIGHT)
    read = await client.get("/v1/people", headers={"Origin": PREFLIGHT["Origin"]})
    assert read.status_code == 200
    for answer in (preflight, read):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_pages_that_the_settings_name_may(runtime: Runtime, tenant: Tenant) -> None:
    app = service(runtime, cors_origins=("https://app.example.org",))
    preflight = await ask(app, "/v1/people", "OPTIONS", PREFLIGHT)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    async with tenant.client(app) as client:
        read = await client.get("/v1/people", headers={"Origin": PREFLIGHT["Origin"]})
        assert read.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
        assert "ETag" in read.headers["Access-Control-Expose-Headers"]
        other = await client.get("/v1/people", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("origins", ["*", "https://app.example.org/path", "app.example.org"])
def test_an_origin_is_a_whole_one(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("HOTSEAT_CORS_ORIGINS", origins)
    with pytest.raises(SettingsError, match="HOTSEAT_CORS_ORIGINS"):
        load_settings()


def test_origins_are_read_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSEAT_CORS_ORIGINS", "https://a.example, http://localhost:3000")
    assert Settings().cors_origins == ("https://a.example", "http://localhost:3000")
