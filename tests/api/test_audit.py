"""The audit log: who did what, when, to what."""

from datetime import timedelta

import httpx

from tests.support.builders import made, make_group, make_people
from tests.support.clock import ManualClock

LEWIS = {"name": "Jack Lewis", "time_zone": "Europe/London"}


async def entries(client: httpx.AsyncClient, **filters: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = made(await client.get("/v1/audit_entries", params=filters))[
        "data"
    ]
    return found


async def test_a_write_leaves_one_entry_with_names_and_no_values(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    answer = await client.post("/v1/people", json=LEWIS)
    person = made(answer)
    (entry,) = await entries(client)
    assert entry["operation"] == "create_person"
    assert (entry["path"], entry["status"]) == ("/v1/people", 201)
    assert entry["resource_id"] == person["id"]
    assert entry["fields"] == ["name", "time_zone"]
    assert entry["actor_id"] is None
    assert entry["request_id"] == answer.headers["X-Request-Id"]
    assert str(entry["api_key_id"]).startswith("key_")
    assert str(entry["at"]).startswith(f"{clock.now():%Y-%m-%dT%H:%M:%S}")
    assert "Lewis" not in str(entry)


async def test_what_changed_nothing_leaves_no_entry(client: httpx.AsyncClient) -> None:
    group = await make_group(client, members=4)
    before = await entries(client, limit="100")
    await client.get("/v1/people")
    assert (await client.post("/v1/people", json={"name": 1})).status_code == 422
    paused = await client.post(f"/v1/groups/{group['id']}/pause?dry_run=true")
    assert paused.status_code == 200
    assert await entries(client, limit="100") == before


async def test_a_repeated_call_is_one_write(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        made(await client.post("/v1/people", json=LEWIS, headers={"Idempotency-Key": "once"}))
    assert len(await entries(client)) == 1


async def test_it_is_searched_by_actor_resource_operation_and_time(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    ann, bob = await make_people(client, 2)
    clock.advance(timedelta(hours=1))
    later = clock.now()
    acting = {"Hotseat-Actor": ann}
    made(await client.patch(f"/v1/people/{bob}", json={"name": "Robert"}, headers=acting))
    (change,) = await entries(client, actor_id=ann)
    assert (change["operation"], change["resource_id"]) == ("update_person", bob)
    assert change["actor_id"] == ann
    of_bob = await entries(client, resource_id=bob)
    assert [entry["operation"] for entry in of_bob] == ["update_person", "create_person"]
    assert await entries(client, operation="update_person") == [change]
    assert await entries(client, **{"at[gte]": later.isoformat()}) == [change]
    assert change not in await entries(client, **{"at[lt]": later.isoformat()})


async def test_pages_neither_skip_nor_repeat(client: httpx.AsyncClient) -> None:
    people = await make_people(client, 5)
    seen: list[object] = []
    query = {"limit": "2"}
    while True:
        page = made(await client.get("/v1/audit_entries", params=query))
        seen += [entry["resource_id"] for entry in page["data"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == people[::-1]


async def test_it_is_for_administrators_and_stays_in_the_workspace(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await make_people(client, 1)
    assert await entries(other_client) == []
    made_key = made(await client.post("/v1/api_keys", json={"name": "reader", "scopes": ["read"]}))
    headers = {"Authorization": f"Bearer {made_key['key']}"}
    assert (await client.get("/v1/audit_entries", headers=headers)).status_code == 403
