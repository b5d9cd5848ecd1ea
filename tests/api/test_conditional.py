"""ETags: If-Match before a change, If-None-Match before a repeated read, strict workspaces."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.support.builders import THURSDAYS, join, made, make_cadence, make_group, make_people
from tests.support.tenants import Tenant


def named(name: str) -> dict[str, str]:
    """A person of this name."""
    return {"name": name, "time_zone": "Europe/London"}


def agenda_of(title: str) -> dict[str, Any]:
    """An agenda that begins with a segment of this title."""
    arrive = {"id": "arrive", "kind": "plenary", "title": title, "minutes": 10}
    seats = {"id": "seats", "kind": "hot_seats", "title": "Hot seat", "minutes_each": 30}
    return {"segments": [arrive, {**seats, "seats": 1, "minimum_minutes": 20}]}


async def test_a_change_of_a_stale_version_is_refused(client: httpx.AsyncClient) -> None:
    (person_id,) = await make_people(client, 1)
    where = f"/v1/people/{person_id}"
    etag = (await client.get(where)).headers["ETag"]
    first = await client.patch(where, json={"name": "Jack"}, headers={"If-Match": etag})
    assert first.status_code == 200
    assert first.headers["ETag"] != etag
    for call in (
        client.patch(where, json={"name": "Warnie"}, headers={"If-Match": etag}),
        client.delete(where, headers={"If-Match": etag}),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
        assert answer.json()["facts"] == {"etag": first.headers["ETag"]}
    assert made(await client.get(where))["name"] == "Jack"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("*", 200),
        ('"1"', 200),
        ('"7", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),  # RFC 9110, 13.1.1: the comparison is strong
        ("1", 412),
        ("", 412),
        ('"', 412),
    ],
)
async def test_if_match_compares_strongly(
    client: httpx.AsyncClient, header: str, status: int
) -> None:
    (person_id,) = await make_people(client, 1)
    answer = await client.patch(
        f"/v1/people/{person_id}", json={"name": "Jack"}, headers={"If-Match": header}
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("header", "status"),
    [("*", 304), ('"1"', 304), ('W/"1"', 304), ('"7", W/"1"', 304), ('"2"', 200), ("1", 200)],
)
async def test_if_none_match_compares_weakly(
    client: httpx.AsyncClient, header: str, status: int
) -> None:
    (person_id,) = await make_people(client, 1)
    answer = await client.get(f"/v1/people/{person_id}", headers={"If-None-Match": header})
    assert answer.status_code == status
    assert answer.headers["ETag"] == '"1"'
    assert bool(answer.content) is (status == 200)


async def test_a_list_has_an_etag_of_its_content(client: httpx.AsyncClient) -> None:
    await make_people(client, 1)
    etag = (await client.get("/v1/people")).headers["ETag"]
    headers = {"If-None-Match": etag}
    assert (await client.get("/v1/people", headers=headers)).status_code == 304
    await make_people(client, 1)
    changed = await client.get("/v1/people", headers=headers)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


async def test_a_strict_workspace_demands_if_match(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4, active=False)
    made(await client.patch("/v1/workspace", json={"require_if_match": True}))
    (person_id,) = await make_people(client, 1)
    membership_id = await join(client, group["id"], person_id)
    group_at, membership_at = f"/v1/groups/{group['id']}", f"/v1/memberships/{membership_id}"
    for method, path, where in (
        ("PATCH", group_at, group_at),
        ("POST", f"{group_at}/activate", group_at),
        ("POST", f"{group_at}/pause", group_at),
        ("POST", f"{group_at}/resume", group_at),
        ("PATCH", membership_at, membership_at),
        ("POST", f"{membership_at}/end", membership_at),
        ("PATCH", "/v1/workspace", "/v1/workspace"),
    ):
        bare = await client.request(method, path, json={})
        assert (bare.status_code, bare.json()["code"]) == (428, "if_match_required"), path
        headers = {"If-Match": (await client.get(where)).headers["ETag"]}
        assert (await client.request(method, path, json={}, headers=headers)).status_code == 200
    (other,) = await make_people(client, 1)
    assert (await client.delete(f"/v1/people/{other}")).status_code == 428
    # What is added changes nothing that was read, and what is taken away does.
    organizers = f"{group_at}/organizers"
    assert (await client.post(organizers, json={"person_id": other})).status_code == 201
    assert (await client.delete(f"{organizers}/{other}")).status_code == 428
    tag = (await client.get(f"{organizers}/{other}")).headers["ETag"]
    gone = await client.delete(f"{organizers}/{other}", headers={"If-Match": tag})
    assert gone.status_code == 204


async def test_a_verb_of_a_stale_version_is_refused(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    etag = (await client.get(where)).headers["ETag"]
    (person_id,) = await make_people(client, 1)
    await join(client, group["id"], person_id)
    stale = await client.post(f"{where}/close", headers={"If-Match": etag})
    assert stale.status_code == 412
    assert made(await client.get(where))["state"] == "active"


async def test_a_put_creates_only_where_that_is_wanted(client: httpx.AsyncClient) -> None:
    where, only_new = "/v1/people/external/crm-1", {"If-None-Match": "*"}
    for tag in ('"1"', "*"):
        early = await client.put(where, json=named("Jack"), headers={"If-Match": tag})
        assert (early.status_code, early.json()["code"]) == (412, "no_such_version")
    assert made(await client.get("/v1/people"))["data"] == []
    first = await client.put(where, json=named("Jack"), headers=only_new)
    assert first.status_code == 201
    again = await client.put(where, json=named("Warnie"), headers=only_new)
    assert (again.status_code, again.json()["code"]) == (412, "already_exists")
    assert again.json()["facts"] == {"etag": first.headers["ETag"]}
    assert made(await client.get(first.headers["Location"]))["name"] == "Jack"


async def test_a_put_of_what_exists_takes_the_version_that_was_read(
    client: httpx.AsyncClient,
) -> None:
    where = "/v1/people/external/crm-1"
    first = await client.put(where, json=named("Jack"))
    read = {"If-Match": (await client.get(first.headers["Location"])).headers["ETag"]}
    second = await client.put(where, json=named("Warnie"), headers=read)
    assert (second.status_code, second.json()["name"]) == (200, "Warnie")
    late = await client.put(where, json=named("Tollers"), headers=read)
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    assert late.json()["facts"] == {"etag": second.headers["ETag"]}


async def test_a_strict_workspace_demands_nothing_of_what_a_put_creates(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 4, active=False)
    made(await client.patch("/v1/workspace", json={"require_if_match": True}))
    for where, body, status in (
        ("/v1/people/external/crm-1", named("Jack"), 201),
        (f"/v1/groups/{group['id']}/cadence", THURSDAYS, 200),
    ):
        first = await client.put(where, json=body)
        assert first.status_code == status, first.text
        bare = await client.put(where, json=body)
        assert (bare.status_code, bare.json()["code"]) == (428, "if_match_required")
        only_new = await client.put(where, json=body, headers={"If-None-Match": "*"})
        assert (only_new.status_code, only_new.json()["code"]) == (412, "already_exists")
        headers = {"If-Match": first.headers["ETag"]}
        assert (await client.put(where, json=body, headers=headers)).status_code == 200


async def test_two_who_write_one_agenda_do_not_lose_a_change(client: httpx.AsyncClient) -> None:
    group = await make_group(client)
    meeting = (await make_cadence(client, group["id"]))[0]
    where = f"/v1/meetings/{meeting['id']}/agenda"
    read = {"If-Match": (await client.get(where)).headers["ETag"]}
    mine = await client.put(where, json=agenda_of("Mine"), headers=read)
    theirs = await client.put(where, json=agenda_of("Theirs"), headers=read)
    assert mine.status_code == 200
    assert (theirs.status_code, theirs.json()["code"]) == (412, "stale_version")
    present = await client.get(where)
    assert present.json()["segments"][0]["title"] == "Mine"
    for tag in (mine.headers["ETag"], present.headers["ETag"]):
        assert tag.startswith(theirs.json()["facts"]["etag"][:-1])
    anew = {"If-Match": present.headers["ETag"]}
    assert (await client.put(where, json=agenda_of("Theirs"), headers=anew)).status_code == 200


async def test_the_tag_of_a_view_has_all_that_it_shows(client: httpx.AsyncClient) -> None:
    """What a change starts from stays the same where only somebody's name is another."""
    group = await make_group(client)
    meeting = (await make_cadence(client, group["id"]))[0]
    where = f"/v1/meetings/{meeting['id']}/attendance"
    tag = (await client.get(where)).headers["ETag"]
    assert (await client.get(where, headers={"If-None-Match": tag})).status_code == 304
    made(await client.patch(f"/v1/people/{group['people'][0]}", json={"name": "Jack"}))
    renamed = await client.get(where, headers={"If-None-Match": tag})
    assert renamed.status_code == 200
    assert renamed.headers["ETag"] != tag
    mark = f"{where}/{group['memberships'][0]}"
    going = await client.put(mark, json={"status": "going"}, headers={"If-Match": tag})
    assert going.status_code == 200
    late = await client.put(mark, json={"status": "absent"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    headers = {"If-Match": going.headers["ETag"]}
    assert (await client.put(mark, json={"status": "absent"}, headers=headers)).status_code == 200


async def test_a_key_that_was_used_is_the_same_version(
    app: FastAPI, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    key = made(await client.post("/v1/api_keys", json={"name": "App", "scopes": ["read"]}))
    where = f"/v1/api_keys/{key['id']}"
    before = (await client.get(where)).headers["ETag"]
    async with Tenant(tenant.workspace_id, key["key"]).client(app) as caller:
        made(await caller.get("/v1/people"))
    used = await client.get(where, headers={"If-None-Match": before})
    assert used.status_code == 200
    assert used.json()["last_used_at"] is not None
    rotated = await client.post(f"{where}/rotate", headers={"If-Match": before})
    assert rotated.status_code == 201
    for stale in (before, used.headers["ETag"]):
        late = await client.delete(where, headers={"If-Match": stale})
        assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    present = (await client.get(where)).headers["ETag"]
    assert (await client.delete(where, headers={"If-Match": present})).status_code == 204
