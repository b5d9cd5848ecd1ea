"""What callers send in paths and as times: one form of each, and nothing that looks like it."""

from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.api.schemas.examples import sample_text
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


async def test_a_longer_external_id_is_nobodys(client: httpx.AsyncClient) -> None:
    assert (await client.put(f"/v1/people/external/{'x' * 201}", json=ANN)).status_code == 404


NOUNS = ("people", "groups", "memberships", "meetings", "commitments")
BODIES = {
    "groups": {"name": "Ann's", "time_zone": "Europe/London"},
    "memberships": {"group_id": sample_text("group"), "person_id": sample_text("person")},
    "meetings": {
        "group_id": sample_text("group"),
        "local_start": "2199-06-06T19:30:00",
        "time_zone": "Europe/London",
    },
    "commitments": {"membership_id": sample_text("membership"), "title": "Write"},
}


@pytest.mark.parametrize("sends_raw_path", [True, False])
@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    "sent", ["%FF", "a%FEb", "%ED%A0%80", "a%0Ab", "a%0A", "%0D", "%7F", "%C2%85"]
)
async def test_what_is_no_text_is_refused_in_a_path(
    app: FastAPI, client: httpx.AsyncClient, noun: str, sent: str, *, sends_raw_path: bool
) -> None:
    """Not taken for another's id: broken bytes all become the same character."""

    async def without(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "raw_path": None}, receive, send)

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app if sends_raw_path else without),
        base_url="http://hotseat.test",
        headers=client.headers,
    ) as caller:
        answer = await caller.put(f"/v1/{noun}/external/{sent}", json=BODIES.get(noun, ANN))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_characters")
    fault = ("#path/external_id", "invalid_characters")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [fault]


@pytest.mark.parametrize("external_id", ["a\nb", "a\n", "\t", "\x7f", "\x85", "\ufffd"])
async def test_what_no_path_can_name_is_refused_everywhere(
    client: httpx.AsyncClient, external_id: str
) -> None:
    group = await make_group(client, 4)
    own = {"external_id": external_id}
    bodies = {**BODIES, "people": ANN, "groups": {"name": "x", "time_zone": "Europe/London"}}
    calls = [
        *(("POST", f"/v1/{noun}", {**bodies[noun], **own}) for noun in NOUNS if noun != NOUNS[2]),
        ("POST", f"/v1/groups/{group['id']}/memberships", {**own, "person_id": group["people"][0]}),
        ("PATCH", f"/v1/people/{group['people'][0]}", own),
        ("POST", "/v1/people/batch", {"items": [{**ANN, **own}]}),
    ]
    for method, path, body in calls:
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 422, path
        faults = [each for each in answer.json()["errors"] if "external_id" in each["pointer"]]
        assert [each["code"] for each in faults] == ["invalid_characters"], path
    for noun in (
        "people",
        "groups",
        "meetings",
        "commitments",
        f"groups/{group['id']}/memberships",
    ):
        answer = await client.get(f"/v1/{noun}", params=own)
        pointers = [each["pointer"] for each in answer.json()["errors"]]
        assert (answer.status_code, pointers) == (422, ["#query/external_id"]), noun


async def test_other_names_in_paths_are_no_text_either(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    for name in ("%FF", "a%0A", "a%FFb"):
        path = f"/v1/groups/{group['id']}/hot_seat_formats/{name}"
        phase = {"name": "ask", "minutes": 10, "guidance": "All ask."}
        body = {"title": "Ask", "phases": [phase]}
        assert (await client.get(path)).status_code == 404
        assert (await client.put(path, json=body)).json()["code"] == "format_name_malformed"
        assert (await client.get(f"/v1/groups/{group['id']}{name}")).status_code == 404


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
