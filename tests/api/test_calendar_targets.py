"""Calendar targets over the API; what is written into calendars is shown by the worker's tests."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.support.builders import made, make_people

URL = "https://cal.example.org/jack/mastermind"
ACCOUNT = {"username": "jack", "password": "correct horse"}


def body(person_id: str, url: str = URL, **more: Any) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "kind": "caldav",
        "settings": {"url": url, **ACCOUNT},
        **more,
    }


def settings_read(**more: Any) -> dict[str, Any]:
    return {
        "url": f"{URL}/",
        "server_url": None,
        "calendar": None,
        "create_calendar": False,
        "username": "jack",
        "include": ["meetings", "hot_seats"],
        **more,
    }


async def test_a_target_is_made_read_changed_and_removed(client: httpx.AsyncClient) -> None:
    (person,) = await make_people(client, 1)
    created = await client.post("/v1/calendar_targets", json=body(person))
    assert created.status_code == 201
    where = created.headers["Location"]
    target = created.json()
    assert target["settings"] == settings_read()
    assert (target["state"], target["calendars"], target["last_error"]) == ("enabled", None, None)
    assert (await client.get(where)).json() == target

    old = created.headers["ETag"]
    change = {"state": "disabled", "settings": {"username": "clive"}}
    changed = made(await client.patch(where, json=change, headers={"If-Match": old}))
    assert changed["settings"] == settings_read(username="clive")
    assert (changed["state"], changed["version"]) == ("disabled", 2)
    for stale in (
        await client.patch(where, json={"state": "enabled"}, headers={"If-Match": old}),
        await client.delete(where, headers={"If-Match": old}),
    ):
        assert stale.status_code == 412
    # Nothing was ever written: there is nothing to wait for.
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404


async def test_targets_are_listed_by_person(client: httpx.AsyncClient) -> None:
    people = await make_people(client, 2)
    targets = [
        made(await client.post("/v1/calendar_targets", json=body(person, f"{URL}/{number}")))
        for number, person in enumerate(people)
    ]
    page = made(await client.get("/v1/calendar_targets"))
    assert page["data"] == targets
    page = made(await client.get("/v1/calendar_targets", params={"person_id": people[1]}))
    assert page["data"] == [targets[1]]


async def test_a_calendar_has_one_target(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    people = await make_people(client, 2)
    made(await client.post("/v1/calendar_targets", json=body(people[0])))
    taken = await client.post(
        "/v1/calendar_targets", json=body(people[1], URL.replace("cal.", "CAL.") + "//")
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "calendar_taken")
    (stranger,) = await make_people(other_client, 1)
    made(await other_client.post("/v1/calendar_targets", json=body(stranger)))


async def test_another_tenant_sees_no_target(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    (person,) = await make_people(client, 1)
    target = made(await client.post("/v1/calendar_targets", json=body(person)))
    where = f"/v1/calendar_targets/{target['id']}"
    assert (await other_client.get(where)).status_code == 404
    assert (await other_client.patch(where, json={"state": "disabled"})).status_code == 404
    for verb in ("test", "resync", "discover"):
        assert (await other_client.post(f"{where}/{verb}")).status_code == 404
    assert (await other_client.delete(where)).status_code == 404
    assert made(await other_client.get("/v1/calendar_targets"))["data"] == []
    unknown = await other_client.post("/v1/calendar_targets", json=body(person))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_person")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://cal.example.org/jack/", "url_refused"),
        ("https://jack:secret@cal.example.org/", "url_refused"),
        ("https://10.0.0.1/jack/", "url_refused"),
        ("https://cal.example.org:25/jack/", "url_refused"),
        ("https://cal.example.org/jack/?export", "not_a_collection"),
        ("https://cal.example.org/jack/#top", "not_a_collection"),
    ],
)
async def test_a_url_that_cannot_be_written_to_is_refused(
    client: httpx.AsyncClient, url: str, code: str
) -> None:
    (person,) = await make_people(client, 1)
    answer = await client.post("/v1/calendar_targets", json=body(person, url))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "/settings/url"
    by_server = {"server_url": url, **ACCOUNT}
    answer = await client.post("/v1/calendar_targets", json=body(person, settings=by_server))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "/settings/server_url"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "email"},
        {"settings": {"url": URL, "username": "ja:ck", "password": "x"}},
        {"settings": {"url": URL, "username": "jack", "password": "two\nlines"}},
        {"settings": {"url": URL, "username": "jack"}},
        {"settings": {"url": URL, **ACCOUNT, "include": []}},
        {"settings": {"url": URL, **ACCOUNT, "include": ["topics"]}},
        {"settings": {"server_url": URL, **ACCOUNT, "calendar": ""}},
        {"settings": {"server_url": URL, **ACCOUNT, "calendar": "x" * 201}},
    ],
)
async def test_what_makes_no_target_is_refused_without_an_echo(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    (person,) = await make_people(client, 1)
    answer = await client.post("/v1/calendar_targets", json=body(person, **change))
    assert answer.status_code == 422
    assert "two" not in answer.text


async def test_a_target_keeps_its_calendar(client: httpx.AsyncClient) -> None:
    (person,) = await make_people(client, 1)
    target = made(await client.post("/v1/calendar_targets", json=body(person)))
    where = f"/v1/calendar_targets/{target['id']}"
    for change in ({"settings": {"url": f"{URL}/2"}}, {"state": "removing"}, {"state": None}):
        assert (await client.patch(where, json=change)).status_code == 422
    other = await client.patch(where, json={"settings": {"calendar": "Other"}})
    assert (other.status_code, other.json()["code"]) == (409, "target_has_its_calendar")


@pytest.mark.parametrize("settings", [{}, {"url": URL, "server_url": "https://cal.example.org"}])
async def test_a_calendar_is_named_by_its_url_or_by_its_server(
    client: httpx.AsyncClient, settings: dict[str, str]
) -> None:
    (person,) = await make_people(client, 1)
    named = {**settings, **ACCOUNT}
    answer = await client.post("/v1/calendar_targets", json=body(person, settings=named))
    assert (answer.status_code, answer.json()["code"]) == (422, "one_address")


async def test_a_server_alone_is_enough_to_begin_with(client: httpx.AsyncClient) -> None:
    people = await make_people(client, 2)
    settings = {"server_url": "https://cal.example.org", "create_calendar": True, **ACCOUNT}
    # Two people may have accounts on one server.
    for person in people:
        named = {**settings, "calendar": " Inklings "}
        target = made(await client.post("/v1/calendar_targets", json=body(person, settings=named)))
        assert target["state"] == "connecting"
        assert target["settings"] == settings_read(
            url=None,
            server_url="https://cal.example.org",
            calendar="Inklings",
            create_calendar=True,
        )
        page = made(await client.get("/v1/deliveries", params={"target_id": target["id"]}))
        assert [each["action"] for each in page["data"]] == ["discover"]


async def test_without_private_networks_a_password_never_travels_in_the_clear(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.state.runtime.settings
    (person,) = await make_people(client, 1)
    url = "http://cal.example.org/jack/"
    made(await client.post("/v1/calendar_targets", json=body(person, url)))
    monkeypatch.setitem(settings.__dict__, "allowed_networks", ())
    answer = await client.post("/v1/calendar_targets", json=body(person, url + "2/"))
    assert (answer.status_code, answer.json()["code"]) == (422, "https_required")
