"""ETags: If-Match before a change, If-None-Match before a repeated read, strict workspaces."""

import httpx
import pytest

from tests.support.builders import join, made, make_group, make_people


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
    # What has no version of its own can't be asked for it.
    organizers = f"{group_at}/organizers"
    assert (await client.post(organizers, json={"person_id": other})).status_code == 201
    assert (await client.delete(f"{organizers}/{other}")).status_code == 204


async def test_a_verb_of_a_stale_version_is_refused(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    where = f"/v1/groups/{group['id']}"
    etag = (await client.get(where)).headers["ETag"]
    (person_id,) = await make_people(client, 1)
    await join(client, group["id"], person_id)
    stale = await client.post(f"{where}/close", headers={"If-Match": etag})
    assert stale.status_code == 412
    assert made(await client.get(where))["state"] == "active"
