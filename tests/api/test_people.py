"""People over the API."""

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import made, make_group, make_people
from tests.support.events import event_types
from tests.support.tenants import Tenant

JACK = {"name": "Clive Lewis", "time_zone": "Europe/London", "email": "Jack@Example.org"}


async def test_a_person_is_created_read_and_changed(client: httpx.AsyncClient) -> None:
    created = await client.post("/v1/people", json=JACK)
    assert created.status_code == 201
    assert created.json()["email"] == "jack@example.org"
    where = created.headers["Location"]
    read = await client.get(where)
    assert read.json() == created.json()
    assert read.headers["ETag"] == created.headers["ETag"]

    patched = await client.patch(where, json={"background": {"role": "Author"}})
    assert patched.json()["background"]["role"] == "Author"
    assert patched.json()["version"] == 2


async def test_a_patch_merges_clears_and_keeps(client: httpx.AsyncClient) -> None:
    body = JACK | {"background": {"role": "Author"}, "metadata": {"a": 1, "b": {"c": 2}}}
    where = (await client.post("/v1/people", json=body)).headers["Location"]
    patch = {"email": None, "background": {"industry": "Books"}, "metadata": {"b": {"c": None}}}
    person = made(await client.patch(where, json=patch))
    assert person["email"] is None
    assert person["background"] == {"industry": "Books", "role": "Author", "goals": None}
    assert person["metadata"] == {"a": 1, "b": {}}
    assert person["name"] == JACK["name"]


async def test_a_patch_that_changes_nothing_raises_no_version(client: httpx.AsyncClient) -> None:
    where = (await client.post("/v1/people", json=JACK)).headers["Location"]
    same = made(await client.patch(where, json={"name": JACK["name"]}))
    assert same["version"] == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"time_zone": "Europe/Oxford"}, "/time_zone"),
        ({"email": "nobody"}, "/email"),
        ({"locale": "not a tag"}, "/locale"),
        ({"metadata": {"x": "y" * 2100}}, "/metadata"),
        ({"background": {"hobby": "walking"}}, "/background/hobby"),
        ({"id": "per_x"}, "/id"),
    ],
)
async def test_bad_fields_are_pointed_at(
    client: httpx.AsyncClient, change: dict[str, object], pointer: str
) -> None:
    refused = await client.post("/v1/people", json=JACK | change)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_email_and_external_id_are_the_person_s_own(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    body = JACK | {"external_id": "crm-1"}
    made(await client.post("/v1/people", json=body))
    same_email = await client.post("/v1/people", json=JACK)
    assert (same_email.status_code, same_email.json()["code"]) == (409, "email_taken")
    same_id = await client.post("/v1/people", json=body | {"email": None})
    assert (same_id.status_code, same_id.json()["code"]) == (409, "external_id_taken")
    assert (await other_client.post("/v1/people", json=body)).status_code == 201


async def test_put_by_external_id_creates_then_updates(client: httpx.AsyncClient) -> None:
    first = await client.put("/v1/people/external/crm-9", json=JACK)
    assert first.status_code == 201
    second = await client.put("/v1/people/external/crm-9", json=JACK | {"name": "Jack"})
    assert second.status_code == 200
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["name"] == "Jack"


async def test_people_are_found_by_external_id_and_email(client: httpx.AsyncClient) -> None:
    person = made(await client.post("/v1/people", json=JACK | {"external_id": "crm-2"}))
    await make_people(client, 2)
    for query in ("external_id=crm-2", "email=JACK@example.org"):
        found = made(await client.get(f"/v1/people?{query}"))
        assert [each["id"] for each in found["data"]] == [person["id"]]


async def test_a_person_without_history_can_be_removed(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    where = (await client.post("/v1/people", json=JACK)).headers["Location"]
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404
    types = await event_types(database, tenant, "person.")
    assert types == ["person.created", "person.deleted"]


async def test_a_member_cannot_be_removed(client: httpx.AsyncClient) -> None:
    group = await make_group(client, members=4)
    refused = await client.delete(f"/v1/people/{group['people'][0]}")
    assert (refused.status_code, refused.json()["code"]) == (409, "person_in_use")
