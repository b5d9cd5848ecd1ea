"""Lists in the caller's order, and what their items refer to in the same answer."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import inspect

from app.api.routes import ALL_ROUTES
from app.db.queries import audit, commitments, groups, hot_seats, meetings, memberships, people
from app.db.queries.pages import Sorts
from app.db.session import Database
from tests.support.builders import (
    made,
    make_cadence,
    make_group,
    make_people,
    promise,
    seats_of,
)
from tests.support.clock import ManualClock
from tests.support.statements import count_statements
from tests.support.tenants import Tenant

SORTS: dict[str, tuple[Sorts, str]] = {
    "/v1/people": (people.SORTS, "people"),
    "/v1/groups": (groups.SORTS, "groups"),
    "/v1/meetings": (meetings.SORTS, "meetings"),
    "/v1/hot_seats": (hot_seats.SORTS, "meetings"),
    "/v1/commitments": (commitments.SORTS, "commitments"),
    "/v1/audit_entries": (audit.SORTS, "audit_entries"),
    "/v1/groups/{group_id}/memberships": (memberships.SORTS, "memberships"),
}


async def _all(client: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    """The items of all pages, two on each."""
    found: list[dict[str, Any]] = []
    params = {"limit": "2", **query}
    while True:
        page = made(await client.get(path, params=params))
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def _furnished(client: httpx.AsyncClient, clock: ManualClock) -> dict[str, Any]:
    group = await make_group(client, 4)
    clock.advance(timedelta(minutes=1))
    await make_group(client, 3, active=False, name="Another")
    group["meetings"] = await make_cadence(client, group["id"])
    for number in (2, 0, 1):
        await promise(client, group["memberships"][number], due_on="2199-01-01")
    return group


@pytest.mark.parametrize("path", list(SORTS))
async def test_each_order_has_pages_forward_and_backward(
    client: httpx.AsyncClient, clock: ManualClock, path: str
) -> None:
    group = await _furnished(client, clock)
    path = path.format(group_id=group["id"])
    sorts = SORTS[path.replace(group["id"], "{group_id}")][0]
    for name in sorts.names:
        if name.startswith("-"):
            continue
        forward = await _all(client, path, sort=name)
        assert len(forward) > 1
        assert len({each["id"] for each in forward}) == len(forward)
        if name in forward[0]:
            values = [each[name] for each in forward]
            assert values == sorted(values), (path, name)
        backward = await _all(client, path, sort=f"-{name}")
        assert [each["id"] for each in backward] == [each["id"] for each in forward][::-1]
    by_default = await _all(client, path)
    assert by_default == await _all(client, path, sort=sorts.default)


async def test_people_of_one_name_are_neither_skipped_nor_repeated(
    client: httpx.AsyncClient,
) -> None:
    body = {"time_zone": "Europe/London"}
    for name in ("Ann", "Bob", "Ann", "Ann", "Bob", "Ä" * 200, "😀" * 200):
        made(await client.post("/v1/people", json={**body, "name": name}))
    forward = [each["id"] for each in await _all(client, "/v1/people", sort="name")]
    backward = [each["id"] for each in await _all(client, "/v1/people", sort="-name")]
    assert len(set(forward)) == 7
    assert backward == forward[::-1]


async def test_an_unknown_order_is_told_the_known_ones(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/meetings?sort=title")
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#query/sort", "unknown_sort")
    assert error["detail"] == "must be one of starts_at, -starts_at, created_at, -created_at"


async def test_a_cursor_belongs_to_its_order(client: httpx.AsyncClient) -> None:
    await make_people(client, 3)
    cursor = made(await client.get("/v1/people?limit=1&sort=name"))["next_cursor"]
    for other in ({"sort": "-name"}, {"sort": "created_at"}, {}):
        refused = await client.get("/v1/people", params={"cursor": cursor, **other})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_cursor")


def test_this_file_knows_every_sorted_list() -> None:
    sorted_paths = {
        f"/v1{route.path_format}"
        for routes in ALL_ROUTES
        for route in routes.routes
        if isinstance(route, APIRoute) and "sort" in _parameters(route.dependant)
    }
    assert sorted_paths == set(SORTS)


def _parameters(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_parameters(each) for each in dependant.dependencies))


@pytest.mark.parametrize("path", list(SORTS))
async def test_an_index_stands_behind_each_order(database: Database, path: str) -> None:
    """One that begins with the workspace, perhaps a filter that the list always has, and goes on
    with the columns of the order.
    """
    sorts, table = SORTS[path]
    async with database.engine.connect() as connection:
        indexes = await connection.run_sync(_indexes, table)
    for name in sorts.names:
        columns = [each.key for each in sorts.columns(name) if each.class_.__tablename__ == table]
        before = ["workspace_id", "group_id"] if "{group_id}" in path else ["workspace_id"]
        # The list of hot seats goes through the meetings in the order of their index.
        wanted = [*before, *(["starts_at", "id"] if path == "/v1/hot_seats" else columns)]
        assert wanted in [index[: len(wanted)] for index in indexes], (path, name, indexes)


def _indexes(connection: Any, table: str) -> list[list[str]]:
    look = inspect(connection)
    found = [index["column_names"] for index in look.get_indexes(table)]
    return [*found, look.get_pk_constraint(table)["constrained_columns"]]


async def test_included_resources_are_those_of_their_own_address(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await _furnished(client, clock)
    page = made(
        await client.get(f"/v1/groups/{group['id']}/memberships?include=person,group&limit=3")
    )
    included = page["included"]
    assert set(included) == {"people", "groups"}
    assert {each["id"] for each in included["people"]} == {
        each["person_id"] for each in page["data"]
    }
    for noun in ("people", "groups"):
        for each in included[noun]:
            assert each == made(await client.get(f"/v1/{noun}/{each['id']}"))
    assert len(included["groups"]) == 1


async def test_each_noun_includes_what_its_fields_name(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await _furnished(client, clock)
    seat = (await seats_of(client, group["meetings"][0]["id"]))[0]
    first, second = group["memberships"][:2]
    body = {"buddy_membership_id": second, "hot_seat_id": seat["id"]}
    body["due_meeting_id"] = group["meetings"][1]["id"]
    commitment = await promise(client, first, **body)
    every = "person,group,membership,buddy_membership,meeting,due_meeting,hot_seat"
    answer = await client.get(f"/v1/commitments/{commitment['id']}?include={every}")
    assert {
        noun: {each["id"] for each in found} for noun, found in answer.json()["included"].items()
    } == {
        "people": {group["people"][0]},
        "groups": {group["id"]},
        "memberships": {first, second},
        "meetings": {seat["meeting_id"], group["meetings"][1]["id"]},
        "hot_seats": {seat["id"]},
    }
    of_seat = made(await client.get(f"/v1/hot_seats/{seat['id']}?include=person,membership"))
    (person,) = of_seat["included"]["people"]
    (membership,) = of_seat["included"]["memberships"]
    assert (membership["id"], membership["person_id"]) == (seat["membership_id"], person["id"])
    of_meeting = made(await client.get(f"/v1/meetings?group_id={group['id']}&include=group"))
    assert [each["id"] for each in of_meeting["included"]["groups"]] == [group["id"]]


async def test_nothing_is_included_that_was_not_asked_for(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await _furnished(client, clock)
    path = f"/v1/memberships/{group['memberships'][0]}"
    plain = await client.get(path)
    assert "included" not in plain.json()
    assert "included" not in made(await client.get("/v1/commitments"))
    assert plain.headers["ETag"] == f'"{plain.json()["version"]}"'
    for include in ("", "people", "person,", "group.person", "person, group"):
        refused = await client.get(path, params={"include": include})
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["code"]) == (422, "unknown_include")
        assert error["detail"] == "must be some of person, group, with commas"


async def test_a_view_has_a_tag_of_all_that_it_shows(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await _furnished(client, clock)
    path = f"/v1/memberships/{group['memberships'][0]}"
    view = await client.get(f"{path}?include=person")
    tag = view.headers["ETag"]
    again = await client.get(f"{path}?include=person", headers={"If-None-Match": tag})
    assert again.status_code == 304
    made(await client.patch(f"/v1/people/{group['people'][0]}", json={"name": "Jack"}))
    changed = await client.get(f"{path}?include=person", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    refused = await client.patch(path, json={"weight": 2}, headers={"If-Match": tag})
    assert refused.status_code == 412


async def test_includes_leave_out_the_texts_that_a_key_may_not_read(
    app: FastAPI, client: httpx.AsyncClient, clock: ManualClock, tenant: Tenant
) -> None:
    group = await _furnished(client, clock)
    seat = (await seats_of(client, group["meetings"][0]["id"]))[0]
    made(await client.patch(f"/v1/hot_seats/{seat['id']}", json={"topic": "A secret"}))
    await promise(client, group["memberships"][0], hot_seat_id=seat["id"])
    key = made(await client.post("/v1/api_keys", json={"name": "r", "scopes": ["read"]}))["key"]
    path = "/v1/commitments?include=hot_seat"
    (seen,) = made(await client.get(path))["included"]["hot_seats"]
    assert seen["topic"] == "A secret"
    async with Tenant(tenant.workspace_id, key).client(app) as reader:
        (seen,) = made(await reader.get(path))["included"]["hot_seats"]
    assert seen["topic"] is None


async def test_an_include_costs_one_statement(
    client: httpx.AsyncClient, clock: ManualClock, api_database: Database
) -> None:
    group = await _furnished(client, clock)
    path = f"/v1/groups/{group['id']}/memberships"
    counts = []
    for query in ("", "?include=person", "?include=person,group", "?include=person&limit=1"):
        with count_statements(api_database) as counted:
            made(await client.get(path + query))
        counts.append(counted.count)
    plain = counts[0]
    assert counts == [plain, plain + 1, plain + 2, plain + 1]
