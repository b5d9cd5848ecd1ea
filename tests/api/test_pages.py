"""Lists in pages: nothing skipped, nothing twice, and cursors that open one list only."""

import random

import httpx
import pytest

from tests.support.builders import made, make_people


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_show_everything_once(client: httpx.AsyncClient, limit: int) -> None:
    people = await make_people(client, 7)
    pages = await _pages(client, f"/v1/people?limit={limit}")
    assert [person_id for page in pages for person_id in page] == people
    assert all(len(page) == limit for page in pages[:-1])


async def test_no_page_skips_or_repeats_while_rows_come_and_go(client: httpx.AsyncClient) -> None:
    people = await make_people(client, 12)
    gone = [people[1], people[5], people[6]]
    seen: list[str] = []
    path = "/v1/people?limit=3"
    for person_id in gone:
        page = made(await client.get(path))
        seen += [person["id"] for person in page["data"]]
        assert (await client.delete(f"/v1/people/{person_id}")).status_code == 204
        await make_people(client, 1)
        path = f"/v1/people?limit=3&cursor={page['next_cursor']}"
    seen += [person_id for page in await _pages(client, path) for person_id in page]
    assert len(seen) == len(set(seen))
    stayed = [person_id for person_id in people if person_id not in gone]
    assert [person_id for person_id in seen if person_id in stayed] == stayed


async def test_a_cursor_belongs_to_its_list(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await make_people(client, 3)
    await make_people(other_client, 3)
    cursor = made(await client.get("/v1/people?limit=1"))["next_cursor"]
    assert (await client.get(f"/v1/people?limit=2&cursor={cursor}")).status_code == 200
    for caller, path in (
        (other_client, "/v1/people"),
        (client, "/v1/groups"),
        (client, "/v1/people?external_id=x"),
        (client, "/v1/people?email=x@example.org"),
    ):
        assert (await caller.get(path)).status_code == 200
        answer = await caller.get(path, params={**httpx.URL(path).params, "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_a_tampered_cursor_is_refused(client: httpx.AsyncClient) -> None:
    await make_people(client, 2)
    cursor = made(await client.get("/v1/people?limit=1"))["next_cursor"]
    chance = random.Random(7)
    for _ in range(40):
        at = chance.randrange(len(cursor) - 1)  # the last character carries unused bits
        other = chance.choice("ABCxyz019-_.")
        tampered = cursor[:at] + other + cursor[at + 1 :]
        if tampered != cursor:
            answer = await client.get("/v1/people", params={"cursor": tampered})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def _pages(client: httpx.AsyncClient, first: str) -> list[list[str]]:
    """The ids on each page, from the one at `first` to the last."""
    pages: list[list[str]] = []
    url = httpx.URL(first)
    while True:
        page = made(await client.get(url))
        pages.append([item["id"] for item in page["data"]])
        if page["next_cursor"] is None:
            return pages
        url = url.copy_set_param("cursor", page["next_cursor"])
