"""Commitments over the API: their whole life, and what they refuse."""

import httpx

from tests.support.builders import made, make_group
from tests.support.events import events_of


async def test_smoke(client: httpx.AsyncClient) -> None:
    group = await make_group(client, 4)
    r = made(await client.post("/v1/commitments", json={"membership_id": group["memberships"][0], "title": "Write", "due_on": "2026-12-01"}))
    print(r)
    url = f"/v1/commitments/{r['id']}"
    got = await client.get(url)
    assert got.json() == r, (got.json(), r)
    kept = made(await client.post(url + "/keep"))
    print(kept)
    made(await client.post(url + "/reopen"))
    made(await client.post(url + "/renegotiate", json={"due_on": "2026-12-05", "reason": "x"}))
    c = made(await client.post(url + "/check_ins", json={"note": "x", "percent": 50}))
    print(c)
    print((await client.get(url)).json())
