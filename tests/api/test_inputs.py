"""What callers send in paths and as times: one form of each, and nothing that looks like it."""

from urllib.parse import quote

import httpx
import pytest

from tests.support.builders import made, make_group

ANN = {"name": "Ann", "time_zone": "Europe/London"}


@pytest.mark.parametrize(
    "external_id", ["a/b", "/", "a/b/", "ü", "a b", ".", "..", "a.b", "%2F", "?", "#", "😀" * 200]
)
async def test_any_external_id_can_stand_in_a_path(
    client: httpx.AsyncClient, external_id: str
) -> None:
    path = f"/v1/people/external/{quote(external_id, safe='').replace('.', '%2E')}"
    for status in (201, 200):
        answer = await client.put(path, json=ANN)
        assert (answer.status_code, answer.json().get("external_id")) == (status, external_id)
    found = made(await client.get("/v1/people", params={"external_id": external_id}))["data"]
    assert [each["external_id"] for each in found] == [external_id]
    entries = made(await client.get(f"/v1/audit_entries?resource_id={found[0]['id']}"))["data"]
    assert {each["path"] for each in entries} == {"/v1/people/external/{external_id}"}
    assert len(entries) == 2


@pytest.mark.parametrize("rest", ["", "a/b", "a/", "/"])
async def test_a_plain_slash_is_no_part_of_an_external_id(
    client: httpx.AsyncClient, rest: str
) -> None:
    answer = await client.put(f"/v1/people/external/{rest}", json=ANN)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("external_id", ["x" * 201, "%00"])
async def test_what_no_external_id_can_be_is_refused(
    client: httpx.AsyncClient, external_id: str
) -> None:
    answer = await client.put(f"/v1/people/external/{external_id}", json=ANN)
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    "day",
    [1, "1", 1.5, True, "20261123", "2026-11-23T00:00:00", "2026-11-23T00:00:00Z", "2026-W48-1"],
)
async def test_a_date_is_a_full_date(client: httpx.AsyncClient, day: object) -> None:
    group = await make_group(client, 4)
    path = f"/v1/groups/{group['id']}/memberships"
    body = {"person_id": group["people"][0], "starts_on": day}
    refused = await client.post(path, json=body)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/starts_on"]
    query = await client.get("/v1/commitments", params={"due_on[lte]": str(day)})
    assert query.status_code == 422


@pytest.mark.parametrize(
    "at", [1, "1", 1795424400, "2026-11-23", "2026-11-23T09:00:00", "2026-11-23T09:00:00 Z", "now"]
)
async def test_an_instant_has_an_offset(client: httpx.AsyncClient, at: object) -> None:
    for path in ("/v1/meetings?starts_at[gte]", "/v1/audit_entries?at[lt]"):
        name = path.partition("?")[2]
        refused = await client.get(path.partition("?")[0], params={name: str(at)})
        assert refused.status_code == 422
        assert [each["pointer"] for each in refused.json()["errors"]] == [f"#query/{name}"]
    body = {"name": "x", "scopes": ["read"], "expires_at": at}
    refused = await client.post("/v1/api_keys", json=body)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/expires_at"]


@pytest.mark.parametrize("at", ["2199-11-23T09:00:00Z", "2199-11-23t09:00:00.5z"])
async def test_an_instant_may_have_fractions_and_small_letters(
    client: httpx.AsyncClient, at: str
) -> None:
    made(await client.get("/v1/meetings", params={"starts_at[gte]": at}))
