"""People over the API."""

import httpx

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
