"""What every route does alike, seen over people: bodies, parameters, keys, scopes, actors."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.db.models import Workspace
from app.db.session import Database
from app.domain.api_keys import make_key
from tests.support.builders import made, make_group, make_people
from tests.support.clock import ManualClock
from tests.support.tenants import Tenant, make_tenant

JACK = {"name": "Clive Lewis", "time_zone": "Europe/London"}
JSON = {"Content-Type": "application/json"}
PROBLEM_KEYS = {"type", "title", "status", "code", "detail", "request_id", "errors"}


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an answer that must be this problem, in the form that all problems have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) - {"facts"} == PROBLEM_KEYS
    assert (body["code"], body["status"]) == (code, status)
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"'", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b'{"name": NaN}', 400, "malformed_json"),
        (b'{"name": -Infinity}', 400, "malformed_json"),
        (b'{"metadata": {"x": 1e999}}', 400, "malformed_json"),
        (b'{"metadata": {"x": ' + b"9" * 5000 + b"}}", 400, "malformed_json"),
        (b'{"name": "a", "name": "b"}', 400, "malformed_json"),
        (b'{"metadata": {"x": {"y": 1, "y": 1}}}', 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b"[" * 33 + b"]" * 33, 400, "malformed_json"),
        (b'{"name": "a\x00b"}', 400, "malformed_json"),
        (rb'{"name": "a\u0000b"}', 422, "invalid_characters"),
        (rb'{"name": "\ud83d"}', 422, "invalid_characters"),
        (rb'{"name": "\udca9\ud83d"}', 422, "invalid_characters"),
        (rb'{"metadata": {"\u0000": 1}}', 422, "invalid_characters"),
        (rb'{"metadata": {"x": [["\ud83d"]]}}', 422, "invalid_characters"),
        (b"", 422, "validation_failed"),
        (b"null", 422, "validation_failed"),
        (b"[]", 422, "validation_failed"),
        (b'"text"', 422, "validation_failed"),
        (b"1", 422, "validation_failed"),
    ],
)
async def test_a_body_that_is_no_good(
    client: httpx.AsyncClient, raw: bytes, status: int, code: str
) -> None:
    answer = await client.post("/v1/people", content=raw, headers=JSON)
    check_problem(answer, status, code)
    (person_id,) = await make_people(client, 1)
    assert (
        await client.patch(f"/v1/people/{person_id}", content=raw, headers=JSON)
    ).is_client_error


async def test_texts_of_all_scripts_come_back_unharmed(client: httpx.AsyncClient) -> None:
    body = {**JACK, "name": "C. S. «Джек» 🦁\u200b", "metadata": {"ключ": [None, 1.5, "\t"]}}
    escaped = json.dumps(body, ensure_ascii=True)
    for raw in (escaped.encode(), json.dumps(body, ensure_ascii=False).encode()):
        created = await client.post("/v1/people", content=raw, headers=JSON)
        person = made(await client.get(created.headers["Location"]))
        assert (person["name"], person["metadata"]) == (body["name"], body["metadata"])


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("application/merge-patch+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        (None, 415),
    ],
)
async def test_the_media_type_is_json(
    client: httpx.AsyncClient, media_type: str | None, status: int
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    answer = await client.post("/v1/people", content=json.dumps(JACK), headers=headers)
    assert answer.status_code == status
    if status == 415:
        check_problem(answer, 415, "unsupported_media_type")


async def test_a_body_has_a_largest_size(client: httpx.AsyncClient) -> None:
    large = b" " * 1_048_577

    async def chunks() -> Any:
        for _ in range(33):
            yield b" " * 32_768

    for content in (large, chunks()):
        answer = await client.post("/v1/people", content=content, headers=JSON)
        check_problem(answer, 413, "body_too_large")
    lying: Any = {**JSON, "Content-Length": "²".encode("latin-1")}
    assert (await client.post("/v1/people", content=b"{}", headers=lying)).is_client_error
    fits = json.dumps(JACK).encode().ljust(1_048_576)
    assert (await client.post("/v1/people", content=fits, headers=JSON)).status_code == 201


async def test_unknown_fields_and_parameters_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/people", json={**JACK, "nmae": "x", "a/b~c": 1})
    body = check_problem(answer, 422, "validation_failed")
    pointers = {(error["pointer"], error["code"]) for error in body["errors"]}
    assert pointers == {("/nmae", "extra_forbidden"), ("/a~1b~0c", "extra_forbidden")}

    answer = await client.get("/v1/people?limit=1&colour=red")
    assert "colour" in check_problem(answer, 422, "unknown_parameter")["detail"]
    check_problem(await client.get("/v1/workspace?limit=1"), 422, "unknown_parameter")
    check_problem(await client.post("/v1/people?dry_run=true", json=JACK), 422, "unknown_parameter")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=many", "limit=", "cursor=x", "cursor=", "cursor=é"]
)
async def test_a_bad_parameter_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/v1/people?{query}")).status_code == 422


@pytest.mark.parametrize("character", ["%00", "a%00b"])
async def test_null_characters_in_an_address_are_refused(
    client: httpx.AsyncClient, character: str
) -> None:
    for query in ("external_id", "email", "cursor"):
        answer = await client.get(f"/v1/people?{query}={character}")
        assert answer.status_code == 422, query
    answer = await client.put(f"/v1/people/external/{character}", json=JACK)
    check_problem(answer, 422, "invalid_characters")
    assert (await client.get(f"/v1/people/{character}")).is_client_error


async def test_bytes_that_are_no_text_in_an_address_make_no_server_error(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/v1/people/%ff", "/v1/people?email=%ff%fe", "/v1/people?external_id=%ed%a0%80"):
        assert not (await client.get(path)).is_server_error


async def test_what_is_not_there_and_what_is_not_known(client: httpx.AsyncClient) -> None:
    check_problem(await client.get("/v1/nothing"), 404, "not_found")
    check_problem(await client.get("/v1/people/"), 404, "not_found")
    for person_id in ("x", "per_01h455vb4pex5vsknk084sn02q", "grp_01h455vb4pex5vsknk084sn02q"):
        check_problem(await client.get(f"/v1/people/{person_id}"), 404, "not_found")
    answer = await client.put("/v1/people", json=JACK)
    check_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"]


async def test_what_a_caller_sends_is_not_echoed_in_problems(client: httpx.AsyncClient) -> None:
    secret = "hunter2-hunter2"
    for body in (
        {**JACK, "name": [secret]},
        {**JACK, "time_zone": secret},
        {**JACK, "email": f"{secret}@"},
        {**JACK, "locale": f"{secret}!"},
    ):
        answer = await client.post("/v1/people", json=body)
        check_problem(answer, 422, "validation_failed")
        assert secret not in answer.text


# Keys, scopes, actors


def _bad_authorizations() -> Iterator[str]:
    key = make_key(bytes(32))
    yield from ("", "Bearer", "Bearer ", f"Basic {key}", key, f"Bearer {key[:-1]}0")
    yield from ("Bearer hs_live_", f"Bearer {key}x", "Bearer é", f"Bearer {key} {key}")
    yield f"Bearer {key}"  # well formed, but nobody's


async def test_a_key_is_needed(client: httpx.AsyncClient) -> None:
    for value in _bad_authorizations():
        answer = await client.get("/v1/people", headers={"Authorization": value.encode("latin-1")})
        check_problem(answer, 401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert make_key(bytes(32)) not in answer.text
    del client.headers["Authorization"]
    check_problem(await client.get("/v1/people"), 401, "unauthenticated")


async def test_an_expired_key_is_refused(
    app: FastAPI, client: httpx.AsyncClient, tenant: Tenant, clock: ManualClock
) -> None:
    expires_at = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"name": "brief", "scopes": ["read"], "expires_at": expires_at}
    key = made(await client.post("/v1/api_keys", json=body))["key"]
    async with Tenant(tenant.workspace_id, key).client(app) as brief:
        clock.advance(timedelta(minutes=59, seconds=59))
        assert (await brief.get("/v1/people")).status_code == 200
        clock.advance(timedelta(seconds=1))
        check_problem(await brief.get("/v1/people"), 401, "unauthenticated")


async def test_authentication_comes_before_validation(client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = f"Bearer {make_key(bytes(32))}"
    calls = [
        client.post("/v1/people", content=b"{", headers=JSON),
        client.post("/v1/people", content=b"x", headers={"Content-Type": "text/plain"}),
        client.post("/v1/people", content=b" " * 2_000_000, headers=JSON),
        client.post("/v1/people", json={}),
        client.get("/v1/people?colour=red"),
        client.get("/v1/people/not-an-id"),
    ]
    for call in calls:
        check_problem(await call, 401, "unauthenticated")


async def test_a_scope_is_needed_before_anything_is_validated(
    app: FastAPI, database: Database
) -> None:
    for scopes, allowed in ((["read"], "GET"), (["write"], "POST"), (["admin"], None)):
        async with (await make_tenant(database, scopes=scopes)).client(app) as client:
            answers = {
                "GET": await client.get("/v1/people"),
                "POST": await client.post("/v1/people", content=b"{", headers=JSON),
            }
        for method, answer in answers.items():
            if method == allowed:
                assert answer.status_code in {200, 400}
            else:
                check_problem(answer, 403, "missing_scope")


async def test_an_actor_is_a_person_of_the_workspace(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    (mine,), (theirs,) = await make_people(client, 1), await make_people(other_client, 1)
    answer = await client.get("/v1/people", headers={"Hotseat-Actor": mine})
    assert answer.status_code == 200
    for actor in (theirs, "per_01h455vb4pex5vsknk084sn02q", "grp_x", "", "é"):
        refused = await client.get("/v1/people", headers={"Hotseat-Actor": actor.encode("latin-1")})
        check_problem(refused, 403, "bad_actor")


# The database under it


async def test_a_reader_does_not_wait_for_a_writer(
    client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    (person_id,) = await make_people(client, 1)
    async with database.transaction() as session:
        await session.execute(
            update(Workspace).where(Workspace.id == tenant.workspace_id).values(name="Busy")
        )
        answer = await asyncio.wait_for(client.get(f"/v1/people/{person_id}"), timeout=5)
        assert answer.status_code == 200
        assert made(await client.get("/v1/workspace"))["name"] == "Test"


async def test_the_use_of_a_key_is_remembered(client: httpx.AsyncClient) -> None:
    (key,) = made(await client.get("/v1/api_keys"))["data"]
    assert key["last_used_at"] == "2026-11-23T09:00:00Z"


async def test_a_constraint_that_a_race_has_hit_says_which(client: httpx.AsyncClient) -> None:
    body = {**JACK, "email": "place@example.org", "external_id": "people.email"}
    answers = await asyncio.gather(*(client.post("/v1/people", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes <= {"external_id_taken", "email_taken"}
    body = {**JACK, "external_id": "people.email"}
    check_problem(await client.post("/v1/people", json=body), 409, "external_id_taken")


async def test_a_dry_run_of_a_failing_verb_fails_alike(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 1, active=False)
    answer = await client.post(f"/v1/groups/{group['id']}/activate?dry_run=true")
    check_problem(answer, 409, "too_few_members")
