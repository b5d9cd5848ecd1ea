"""A group's settings of its rotation: each is checked, and each does something."""

from typing import Any

import httpx
import pytest

from app.db.session import Database
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=8, seats=1)


async def _set(rotation: Rotation, **settings: Any) -> httpx.Response:
    path = f"/v1/groups/{rotation.group_id}"
    return await rotation.client.patch(path, json={"rotation": settings})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hot_seats_per_meeting", 0),
        ("price_announced", -1),
        ("price_planned", 1001),
        ("price_planned", "much"),
        ("urgent_guard", 0.5),
        ("urgent_guard", -9),
        ("roles", ["facilitator", "jester"]),
        ("calm", "rather"),
    ],
)
async def test_settings_that_cannot_be(rotation: Rotation, name: str, value: Any) -> None:
    refused = await _set(rotation, **{name: value})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith(f"/rotation/{name}")


async def test_null_brings_the_default_back(rotation: Rotation) -> None:
    made(await _set(rotation, urgent_guard=-2, roles=[], price_planned=3))
    group = made(await _set(rotation, urgent_guard=None, roles=None, price_planned=None, calm=None))
    assert group["rotation"]["urgent_guard"] == -1.25
    assert group["rotation"]["roles"] == ["facilitator", "timekeeper", "scribe"]
    assert group["rotation"]["price_planned"] is None


async def test_the_guard_is_the_groups(rotation: Rotation) -> None:
    member = (await rotation.plan())[0][0]
    await rotation.hold(rotation.meetings[0])
    path = f"/v1/meetings/{rotation.meetings[1]}/urgent_requests"
    request = made(await rotation.client.post(path, json={"membership_id": member}))
    (seat,) = await rotation.seats(rotation.meetings[1])
    grant = f"/v1/urgent_requests/{request['id']}/grant"
    body = {"yields_hot_seat_id": seat["id"]}
    refused = await rotation.client.post(grant, json=body)
    assert (refused.json()["code"], refused.json()["facts"]["guard"]) == ("urgent_refused", -1.25)
    assert [each["hot_seat_id"] for each in refused.json()["facts"]["hot_seats"]] == [seat["id"]]
    made(await _set(rotation, urgent_guard=-2))
    granted = made(await rotation.client.post(grant, json=body))
    assert granted["decision"]["reason"]["params"]["guard"] == -2


async def test_only_the_roles_wanted_go_round(rotation: Rotation) -> None:
    path = f"/v1/meetings/{rotation.meetings[1]}/roles"
    made(await _set(rotation, roles=["timekeeper"]))
    roles = made(await rotation.client.get(path))
    assert roles["timekeeper"] is not None
    assert roles["facilitator"] is roles["scribe"] is None
    made(await _set(rotation, roles=None))
    assert made(await rotation.client.get(path))["scribe"] is not None


async def test_the_price_of_a_change_keeps_what_was_published(rotation: Rotation) -> None:
    """An absence far ahead, in a calm group: somebody moves for fairness if moving is free."""
    before = await rotation.plan()
    who = before[3][0]

    async def moved(**prices: Any) -> int:
        made(await _set(rotation, calm=True, **prices))
        stood = await rotation.plan()
        path = f"/v1/meetings/{rotation.meetings[3]}/attendance/{who}"
        dry = {"dry_run": "true"}
        away = made(await rotation.client.put(path, params=dry, json={"status": "absent"}))
        assert await rotation.plan() == stood
        lines = away["plan_change"]["seats"]
        return sum(
            line["change"] in {"moved", "taken"} and line["membership_id"] != who for line in lines
        )

    assert await moved(price_announced=1000, price_planned=1000) == 0
    assert await moved(price_announced=0, price_planned=0) > 0


async def test_opening_credits_can_be_corrected_until_a_meeting_was_held(
    rotation: Rotation,
) -> None:
    one, other, *_ = rotation.members
    path = f"/v1/groups/{rotation.group_id}/rotation/opening"

    async def opened(credit: float, as_of: str) -> dict[str, Any]:
        credits_ = [
            {"membership_id": one, "credit": credit},
            {"membership_id": other, "credit": -credit},
        ]
        answer: dict[str, Any] = made(
            await rotation.client.post(path, json={"as_of": as_of, "credits": credits_})
        )
        return answer

    await opened(0.9, "2026-10-01")
    right = await opened(-0.5, "2026-11-01")
    assert right["opening_on"] == "2026-11-01"
    assert [line["credit"] for line in right["ledger"]][:2] == [-0.5, 0.5]
    now = {line["membership_id"]: line["now"] for line in right["plan_change"]["credits"]}
    assert now[one] == {"before": 0.9, "after": -0.5}
    assert (await rotation.plan())[0] == [other]
