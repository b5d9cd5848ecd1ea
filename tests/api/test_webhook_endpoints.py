"""Webhook endpoints over the API; tests/worker/test_deliveries.py sends to them."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.db.queries.webhook_endpoints import load
from app.db.session import Database
from app.domain import ids
from app.main import create_app
from tests.conftest import MONDAY
from tests.support.builders import made, make_group
from tests.support.events import event_types
from tests.support.tenants import Tenant, make_tenant

PATH = "/v1/webhook_endpoints"
HOOK = {"url": "https://example.com/hooks"}


async def create(client: httpx.AsyncClient, **fields: Any) -> Any:
    return made(await client.post(PATH, json={**HOOK, **fields}))


def path_of(endpoint: Any) -> str:
    return f"{PATH}/{endpoint['id']}"


async def test_an_endpoint_is_created_and_shows_its_secret_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={**HOOK, "description": "Our app"})
    assert answer.status_code == 201
    created = answer.json()
    assert created.pop("secret").startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    read = await client.get(answer.headers["Location"])
    assert read.json() == created
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert created["event_types"] == ["*"]
    assert (created["state"], created["disabled_reason"]) == ("enabled", None)
    assert made(await client.get(PATH))["data"] == [created]


async def test_a_repeated_creation_shows_the_same_secret(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await client.post(PATH, json=HOOK, headers=headers)
    second = await client.post(PATH, json=HOOK, headers=headers)
    assert second.json() == first.json()
    assert len(made(await client.get(PATH))["data"]) == 1


async def test_an_endpoint_is_changed_by_merge_patch(client: httpx.AsyncClient) -> None:
    endpoint = await create(client, description="Old")
    patch = {"description": None, "event_types": ["meeting.*"], "url": "https://example.org/x"}
    answer = await client.patch(path_of(endpoint), json=patch, headers={"If-Match": '"1"'})
    changed = made(answer)
    assert {name: changed[name] for name in patch} == patch
    assert changed["version"] == 2
    stale = await client.patch(path_of(endpoint), json=patch, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_an_endpoint_may_be_limited_to_groups(client: httpx.AsyncClient) -> None:
    group = await make_group(client, members=0, active=False)
    endpoint = await create(client, group_ids=[group["id"]])
    assert made(await client.get(path_of(endpoint)))["group_ids"] == [group["id"]]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"url": "http://10.0.0.1/"}, "url_refused", "/url"),
        ({"url": "ftp://example.com/"}, "url_refused", "/url"),
        ({"url": "https://user:pw@example.com/"}, "url_refused", "/url"),
        ({"event_types": ["meeting.*", "meting.closed"]}, "unknown_event_type", "/event_types/1"),
        (
            {"group_ids": ["grp_01h455vb4pex5vsknk084sn02q"]},
            "unknown_group",
            "/group_ids/0",
        ),
    ],
)
async def test_what_can_never_be_delivered_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], code: str, pointer: str
) -> None:
    endpoint = await create(client)
    for answer in (
        await client.post(PATH, json={**HOOK, **fields}),
        await client.patch(path_of(endpoint), json=fields),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == code
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert "pw" not in answer.text


@pytest.mark.parametrize("fields", [{"event_types": []}, {"state": "paused"}, {"secret": "x"}])
async def test_bad_fields_are_refused(client: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    endpoint = await create(client)
    answer = await client.patch(path_of(endpoint), json=fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_an_endpoint_is_removed(client: httpx.AsyncClient) -> None:
    endpoint = await create(client)
    assert (await client.delete(path_of(endpoint))).status_code == 204
    assert (await client.get(path_of(endpoint))).status_code == 404
    assert (await client.delete(path_of(endpoint))).status_code == 404


async def test_a_rotation_shows_the_new_secret_once(client: httpx.AsyncClient) -> None:
    endpoint = await create(client)
    rotated = made(await client.post(f"{path_of(endpoint)}/rotate_secret"))
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["previous_secret_until"] == "2026-11-24T09:00:00Z"
    assert "secret" not in made(await client.get(path_of(endpoint)))


async def test_pausing_and_resuming(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    endpoint = await create(client)
    paused = made(await client.post(f"{path_of(endpoint)}/pause", headers={"If-Match": '"1"'}))
    assert (paused["state"], paused["version"]) == ("paused", 2)
    again = made(await client.post(f"{path_of(endpoint)}/pause"))
    assert again == paused, "pausing twice changes nothing"
    refused = await client.post(f"{path_of(endpoint)}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_not_enabled")
    stale = await client.post(f"{path_of(endpoint)}/resume", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    resumed = made(await client.post(f"{path_of(endpoint)}/resume"))
    assert (resumed["state"], resumed["version"]) == ("enabled", 3)
    for name in ("resume", "enable"):
        assert made(await client.post(f"{path_of(endpoint)}/{name}")) == resumed
    assert await event_types(database, tenant) == ["endpoint.paused", "endpoint.resumed"]


async def test_what_the_service_disabled_is_enabled_and_neither_paused_nor_resumed(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    endpoint = await create(client)
    async with database.transaction() as session:
        row = await load(
            session, tenant.workspace_id, ids.decode("webhook_endpoint", endpoint["id"])
        )
        row.state, row.disabled_reason, row.probe_due_at = "disabled", "failing", MONDAY
    for name in ("pause", "resume"):
        refused = await client.post(f"{path_of(endpoint)}/{name}")
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")
        assert refused.json()["facts"] == {"reason": "failing"}
    enabled = made(await client.post(f"{path_of(endpoint)}/enable"))
    assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
    assert enabled["probe_due_at"] is None
    assert await event_types(database, tenant) == ["endpoint.enabled"]


async def test_a_workspace_has_so_many_endpoints(runtime: Runtime, tenant: Tenant) -> None:
    settings = runtime.settings.model_copy(update={"max_webhook_endpoints": 3})
    app = create_app(replace(runtime, settings=settings))
    async with tenant.client(app) as client:
        answers = await asyncio.gather(*(client.post(PATH, json=HOOK) for _ in range(6)))
        refused = [answer.json() for answer in answers if answer.status_code != 201]
        assert [(each["status"], each["code"]) for each in refused] == [
            (409, "too_many_endpoints")
        ] * 3
        assert refused[0]["facts"] == {"most": 3}
        (first, *_) = made(await client.get(PATH))["data"]
        assert (await client.delete(path_of(first))).status_code == 204
        await create(client)


async def test_a_test_answers_with_a_delivery_to_poll(client: httpx.AsyncClient) -> None:
    endpoint = await create(client)
    answer = await client.post(f"{path_of(endpoint)}/test")
    assert answer.status_code == 202
    polled = made(await client.get(answer.headers["Location"]))
    assert polled.pop("attempt_log") == []
    assert polled == answer.json()
    assert (polled["status"], polled["number"]) == ("pending", 1)
    second = made(await client.post(f"{path_of(endpoint)}/test"))
    assert second["number"] == 2
    assert made(await client.get(path_of(endpoint)))["version"] == 1


async def test_deliveries_are_listed_the_newest_first(client: httpx.AsyncClient) -> None:
    one, other = await create(client), await create(client)
    tests = [made(await client.post(f"{path_of(each)}/test")) for each in (one, one, other)]
    every = made(await client.get("/v1/deliveries"))["data"]
    assert [each["id"] for each in every] == [each["id"] for each in reversed(tests)]
    filters = {"endpoint_id": one["id"], "status": "pending", "limit": "1"}
    page = made(await client.get("/v1/deliveries", params=filters))
    assert page["data"] == [tests[1]]
    page = made(
        await client.get("/v1/deliveries", params={**filters, "cursor": page["next_cursor"]})
    )
    assert (page["data"], page["next_cursor"]) == ([tests[0]], None)
    assert made(await client.get("/v1/deliveries", params={"status": "failed"}))["data"] == []


async def test_only_admins_touch_endpoints(app: FastAPI, database: Database) -> None:
    tenant = await make_tenant(database)
    async with tenant.client(app) as admin:
        endpoint = await create(admin)
        delivery = made(await admin.post(f"{path_of(endpoint)}/test"))
    plain = await make_tenant(database, scopes=["read", "write"], workspace_id=tenant.workspace_id)
    async with plain.client(app) as client:
        refused = [
            await client.post(PATH, json=HOOK),
            await client.patch(path_of(endpoint), json={}),
            await client.delete(path_of(endpoint)),
            *[
                await client.post(f"{path_of(endpoint)}/{verb}", json={})
                for verb in ("test", "rotate_secret", "pause", "resume", "enable", "recover")
            ],
            await client.post(f"/v1/deliveries/{delivery['id']}/resend"),
        ]
        assert [answer.status_code for answer in refused] == [403] * len(refused)
        assert (await client.get(path_of(endpoint))).status_code == 200


async def test_another_tenants_endpoints_are_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    endpoint = await create(client)
    delivery = made(await client.post(f"{path_of(endpoint)}/test"))
    since = {"since": "2026-11-20T00:00:00Z"}
    answers = [
        await other_client.get(path_of(endpoint)),
        await other_client.patch(path_of(endpoint), json={}),
        await other_client.delete(path_of(endpoint)),
        await other_client.post(f"{path_of(endpoint)}/test"),
        await other_client.post(f"{path_of(endpoint)}/rotate_secret"),
        *[
            await other_client.post(f"{path_of(endpoint)}/{verb}")
            for verb in ("pause", "resume", "enable")
        ],
        await other_client.post(f"{path_of(endpoint)}/recover", json=since),
        await other_client.get(f"/v1/deliveries/{delivery['id']}"),
        await other_client.post(f"/v1/deliveries/{delivery['id']}/resend"),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert made(await other_client.get("/v1/deliveries"))["data"] == []


async def test_recovery_reaches_back_a_fortnight(client: httpx.AsyncClient) -> None:
    endpoint = await create(client)
    path = f"{path_of(endpoint)}/recover"
    assert made(await client.post(path, json={"since": "2026-11-09T09:00:00Z"}))["id"]
    answer = await client.post(path, json={"since": "2026-11-09T08:59:59Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_long_ago")
