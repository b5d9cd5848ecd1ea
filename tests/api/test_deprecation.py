"""Deprecated operations tell of it, in the document and with every answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from app.api.deprecation import deprecated
from app.api.deps import CallerDep
from app.api.route import router
from app.api.runtime import Runtime
from app.domain.errors import Conflict
from app.main import create_app
from tests.support.tenants import Tenant

ON = datetime(2026, 1, 1, tzinfo=UTC)
SUNSET = datetime(2027, 1, 1, tzinfo=UTC)
LINK = "https://hotseat.example/changes#old"
TOLD = {
    "Deprecation": "@1767225600",
    "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
    "Link": f'<{LINK}>; rel="deprecation"; type="text/html", '
    f'<{LINK}>; rel="sunset"; type="text/html"',
}
routes = router("old")


@routes.get("/old", openapi_extra=deprecated(on=ON, sunset=SUNSET, link=LINK))
async def get_old(_: CallerDep, fail: str = "") -> dict[str, str]:
    """What is fine, what a rule refuses, and what nobody expects."""
    if fail == "conflict":
        raise Conflict("It is not possible any more.", code="gone_old")
    if fail == "bug":
        raise RuntimeError("a bug")
    return {}


@routes.get("/older", openapi_extra=deprecated(on=ON, link=LINK))
async def get_older() -> dict[str, str]:
    """Nobody knows when it goes."""
    return {}


@pytest.fixture
async def old_app(runtime: Runtime) -> FastAPI:
    app = create_app(runtime)
    app.include_router(routes, prefix="/v1")
    return app


@pytest.fixture
async def old(old_app: FastAPI, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with tenant.client(old_app) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"If-None-Match": "*"}, 304),
        ("", {"Authorization": "Bearer nobody"}, 401),
        ("?fail=conflict", {}, 409),
        ("?unknown=1", {}, 422),
        ("?fail=bug", {}, 500),
    ],
)
async def test_every_answer_tells(
    old: httpx.AsyncClient, query: str, headers: dict[str, str], status: int
) -> None:
    answer = await old.get(f"/v1/old{query}", headers=headers)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in TOLD} == TOLD


async def test_an_operation_may_have_no_sunset_yet(old: httpx.AsyncClient) -> None:
    answer = await old.get("/v1/older")
    assert answer.headers["Deprecation"] == TOLD["Deprecation"]
    assert answer.headers["Link"] == f'<{LINK}>; rel="deprecation"; type="text/html"'
    assert "Sunset" not in answer.headers


async def test_others_tell_nothing(old: httpx.AsyncClient) -> None:
    answer = await old.get("/v1/workspace")
    assert answer.status_code == 200
    assert not set(TOLD) & {name.title() for name in answer.headers}


def test_the_document_says_it(old_app: FastAPI) -> None:
    paths = old_app.openapi()["paths"]
    assert paths["/v1/old"]["get"]["deprecated"] is True
    assert "deprecated" not in paths["/v1/workspace"]["get"]


def test_a_sunset_comes_after_the_deprecation() -> None:
    with pytest.raises(ValueError, match="before its sunset"):
        deprecated(on=SUNSET, sunset=ON, link=LINK)
