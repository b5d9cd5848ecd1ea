"""Opting in to mail over the API, and out of it with the link that every mail has."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.runtime import Runtime
from app.db.models import CalendarTarget
from app.db.session import Database
from app.domain import ids
from app.domain.opt_out_tokens import make_secret, parse_token, token_of
from app.main import create_app
from tests.support import smtp
from tests.support.builders import made, make_people
from tests.support.mail import name_people, opt_in, with_mail
from tests.support.smtp import Mailbox
from tests.support.tenants import Tenant

ALL = ["invitations", "reminders", "owed"]


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with smtp.running() as box:
        yield box


@pytest.fixture
def app(runtime: Runtime, box: Mailbox) -> FastAPI:
    return create_app(with_mail(runtime, box))


@pytest.fixture
async def person(client: httpx.AsyncClient) -> str:
    (person,) = await make_people(client, 1)
    await name_people(client, [person])
    return person


async def post(client: httpx.AsyncClient, person_id: str, settings: Any) -> httpx.Response:
    body = {"person_id": person_id, "kind": "email", "settings": settings}
    return await client.post("/v1/calendar_targets", json=body)


async def link_of(database: Database, runtime: Runtime, tenant: Tenant, target: Any) -> str:
    target_id = ids.decode("calendar_target", target["id"])
    async with database.transaction() as session:
        row = await session.get(CalendarTarget, (tenant.workspace_id, target_id))
        assert row is not None
        assert row.secret is not None
        secret = runtime.keyring.decrypt(row.secret)
        assert secret.encode() not in row.secret
    return f"/opt_out/{token_of(tenant.workspace_id, target_id, secret)}"


async def test_a_person_opts_in(client: httpx.AsyncClient, person: str) -> None:
    answer = await post(client, person, {})
    assert answer.status_code == 201
    target = answer.json()
    assert answer.headers["Location"] == f"/v1/calendar_targets/{target['id']}"
    assert (target["kind"], target["state"]) == ("email", "enabled")
    assert target["settings"] == {"address": "p1@example.org", "sends": ALL}
    read = await client.get(answer.headers["Location"])
    assert read.json() == target
    changed = made(
        await client.patch(answer.headers["Location"], json={"settings": {"sends": ["owed"]}})
    )
    assert changed["settings"] == {"address": "p1@example.org", "sends": ["owed"]}
    page = made(await client.get("/v1/calendar_targets", params={"person_id": person}))["data"]
    assert page == [changed]


async def test_another_address_can_be_named_once(client: httpx.AsyncClient, person: str) -> None:
    target = await opt_in(client, person, address="Jack@Example.ORG", sends=["reminders"])
    assert target["settings"] == {"address": "jack@example.org", "sends": ["reminders"]}
    again = await post(client, person, {"address": "jack@example.org"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"address": "nobody"}, "/settings/address"),
        ({"address": "a@b.org\r\nBcc: c@d.org"}, "/settings/address"),
        ({"sends": []}, "/settings/sends"),
        ({"sends": ["everything"]}, "/settings/sends/0"),
        ({"url": "https://cal.example.org/"}, "/settings/url"),
        ([], "/settings"),
    ],
)
async def test_what_cannot_be_is_refused_where_it_is_wrong(
    client: httpx.AsyncClient, person: str, settings: Any, pointer: str
) -> None:
    answer = await post(client, person, settings)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_person_without_an_address_names_one(client: httpx.AsyncClient) -> None:
    (person,) = await make_people(client, 1)
    answer = await post(client, person, {})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_missing")
    assert answer.json()["errors"][0]["pointer"] == "/settings/address"
    assert (await post(client, person, {"address": "p@example.org"})).status_code == 201


async def test_settings_are_of_the_targets_kind(client: httpx.AsyncClient, person: str) -> None:
    target = await opt_in(client, person)
    where = f"/v1/calendar_targets/{target['id']}"
    answer = await client.patch(where, json={"settings": {"username": "jack"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "settings_of_another_kind")
    answer = await client.post(f"{where}/resync")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_for_mail")


async def test_without_a_mail_server_nobody_can_opt_in(
    runtime: Runtime, tenant: Tenant, person: str
) -> None:
    async with tenant.client(create_app(runtime)) as client:
        answer = await post(client, person, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "mail_not_configured")
    assert "HOTSEAT_SMTP_URL" in answer.json()["detail"]


async def test_the_link_asks_and_its_button_stops(
    client: httpx.AsyncClient,
    app: FastAPI,
    database: Database,
    runtime: Runtime,
    tenant: Tenant,
    person: str,
) -> None:
    target = await opt_in(client, person)
    link = await link_of(database, runtime, tenant, target)
    where = f"/v1/calendar_targets/{target['id']}"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://hotseat.test"
    ) as anyone:
        page = await anyone.get(link)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"].startswith("default-src 'none';")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert '<form method="post">' in page.text
        assert "p1@example.org" in page.text
        assert made(await client.get(where))["state"] == "enabled"
        # As mail programs send it (RFC 8058), and as the page's button does.
        done = await anyone.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert "Nothing more is sent to p1@example.org." in done.text
        assert (await anyone.post(link)).status_code == 200
    stopped = made(await client.get(where))
    assert (stopped["state"], stopped["disabled_reason"]) == ("disabled", "opted_out")
    again = made(await client.patch(where, json={"state": "enabled"}))
    assert (again["state"], again["disabled_reason"]) == ("enabled", None)


async def test_no_other_link_does_anything(
    client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    app: FastAPI,
    database: Database,
    runtime: Runtime,
    tenant: Tenant,
    person: str,
) -> None:
    target = await opt_in(client, person)
    link = await link_of(database, runtime, tenant, target)
    parsed = parse_token(link.removeprefix("/opt_out/"))
    assert parsed is not None
    wrong = token_of(parsed.workspace_id, parsed.target_id, make_secret(bytes(32)))
    swapped = token_of(parsed.target_id, parsed.workspace_id, parsed.secret)
    absent = (await client.get("/calendars/unknown.ics")).json()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://hotseat.test"
    ) as anyone:
        for path in (f"/opt_out/{wrong}", f"/opt_out/{swapped}", "/opt_out/x", link[:-1]):
            for answer in (await anyone.get(path), await anyone.post(path)):
                assert answer.status_code == 404
                body = answer.json()
                assert {**body, "request_id": ""} == {**absent, "request_id": ""}
    read = await client.get(f"/v1/calendar_targets/{target['id']}")
    assert read.json()["state"] == "enabled"
    assert parsed.secret not in read.text
    assert (await other_client.get(f"/v1/calendar_targets/{target['id']}")).status_code == 404


def test_a_secret_takes_32_random_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        make_secret(b"short")
