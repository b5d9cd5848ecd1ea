"""What people do to a plan, in whatever order, leaves a finished plan that keeps its promises."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from app.db.session import Database
from tests.support.clock import ManualClock
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant

SEEDS = range(40 if os.environ.get("HOTSEAT_SOAK") else 3)
STEPS = 10
Verb = Callable[[Rotation, random.Random], Awaitable[httpx.Response | None]]


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
async def test_planning_again_changes_nothing_after_any_verb(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock, seed: int
) -> None:
    draw = random.Random(seed)
    rotation = await make_rotation(
        client, database, tenant, clock, weeks=14, members=draw.randint(4, 7), seats=seed % 3 + 1
    )
    for _ in range(STEPS):
        verb = draw.choice(VERBS)
        answer = await verb(rotation, draw)
        if answer is not None:
            assert answer.status_code < 500, answer.text
        before = await rotation.versions()
        await rotation.replan()
        assert await rotation.versions() == before, verb.__name__
        await _check_plan(rotation)


async def test_twenty_different_verbs_at_once_follow_one_another(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    """A meeting is held, the next one runs; whoever comes too late hears a clear no."""
    rotation = await make_rotation(client, database, tenant, clock, weeks=8, members=6, seats=2)
    await rotation.hold(rotation.meetings[0])
    await rotation.start(rotation.meetings[1])
    live, waiting = (seat["id"] for seat in await rotation.seats(rotation.meetings[1]))
    await rotation.do(live, "start")
    grants = await _grants(rotation, rotation.meetings[6])
    ahead = await rotation.seats(*rotation.meetings[2:])
    answers = await asyncio.gather(
        *(rotation.ask(live, "finish", interrupted=True) for _ in range(2)),
        *await _corrections(rotation, rotation.meetings[0]),
        *(_says_absent(rotation, meeting) for meeting in rotation.meetings[2:6]),
        *(rotation.ask(waiting, "cover", membership_id=who) for who in rotation.members),
        *(rotation.client.post(grant) for grant in grants),
        *(rotation.ask(ahead[0]["id"], "swap", with_hot_seat_id=s["id"]) for s in ahead[2:5]),
        *(rotation.ask(ahead[0]["id"], "pass") for _ in range(2)),
    )
    assert len(answers) > 20
    assert {answer.status_code for answer in answers} <= {200, 404, 409, 422}
    assert [answer.status_code for answer in answers[:2]].count(200) == 1, "broken off once"
    assert all(answer.status_code == 200 for answer in answers[2:4]), "both were struck"

    before = await rotation.versions()
    await rotation.replan()
    assert await rotation.versions() == before, "the last verb left a finished plan"
    await _check_plan(rotation)
    view = (await client.get(f"/v1/groups/{rotation.group_id}/rotation")).json()
    assert {(line["got"], line["credit"]) for line in view["ledger"]} == {(0, 0)}


async def _grants(rotation: Rotation, meeting: str) -> list[str]:
    """Everybody who can asks for an urgent hot seat; where each request would be granted."""
    path = f"/v1/meetings/{meeting}/urgent_requests"
    asked = [
        await rotation.client.post(path, json={"membership_id": who}) for who in rotation.members
    ]
    return [f"/v1/urgent_requests/{a.json()['id']}/grant" for a in asked if a.is_success]


async def _corrections(rotation: Rotation, meeting: str) -> list[Awaitable[httpx.Response]]:
    """One for each hot seat of a held meeting, which did not happen after all."""
    had = [seat["membership_id"] for seat in await rotation.seats(meeting)]
    struck = [[{"membership_id": who, "state": "none"}] for who in had]
    path = f"/v1/meetings/{meeting}/correct"
    return [rotation.client.post(path, json={"hot_seats": each}) for each in struck]


async def _says_absent(rotation: Rotation, meeting: str) -> httpx.Response:
    path = f"/v1/meetings/{meeting}/attendance/{rotation.members[0]}"
    return await rotation.client.put(path, json={"status": "absent"})


async def _check_plan(rotation: Rotation) -> None:
    """No double seats, nobody absent seated."""
    away = {
        (meeting, mark["membership_id"])
        for meeting in rotation.meetings[:6]
        for mark in (await rotation.client.get(f"/v1/meetings/{meeting}/attendance")).json()["data"]
        if mark["status"] in {"absent", "no_show"}
    }
    for meeting, holders in zip(rotation.meetings, await rotation.plan(), strict=True):
        assert len(set(holders)) == len(holders)
        assert not away & {(meeting, holder) for holder in holders}


async def _swap(rotation: Rotation, draw: random.Random) -> httpx.Response:
    one, other = draw.sample(await _announced_or_planned(rotation), 2)
    return await rotation.ask(one, "swap", with_hot_seat_id=other)


async def _pass(rotation: Rotation, draw: random.Random) -> httpx.Response:
    return await rotation.ask(draw.choice(await _announced_or_planned(rotation)), "pass")


async def _unpass(rotation: Rotation, draw: random.Random) -> httpx.Response | None:
    passed = [seat["id"] for seat in await rotation.seats(state="passed")]
    return await rotation.ask(draw.choice(passed), "unpass") if passed else None


async def _cover(rotation: Rotation, draw: random.Random) -> httpx.Response:
    seat = draw.choice(await _announced_or_planned(rotation))
    return await rotation.ask(seat, "cover", membership_id=draw.choice(rotation.members))


async def _topic(rotation: Rotation, draw: random.Random) -> httpx.Response:
    seat = draw.choice(await _announced_or_planned(rotation))
    topic = f"Topic {draw.random()}"
    return await rotation.client.patch(f"/v1/hot_seats/{seat}", json={"topic": topic})


async def _attend(rotation: Rotation, draw: random.Random) -> httpx.Response:
    meeting, member = draw.choice(rotation.meetings[:6]), draw.choice(rotation.members)
    status = draw.choice(["absent", "absent", "going"])
    path = f"/v1/meetings/{meeting}/attendance/{member}"
    return await rotation.client.put(path, json={"status": status})


async def _urgent(rotation: Rotation, draw: random.Random) -> httpx.Response:
    meeting, member = draw.choice(rotation.meetings[:6]), draw.choice(rotation.members)
    path = f"/v1/meetings/{meeting}/urgent_requests"
    asked = await rotation.client.post(path, json={"membership_id": member})
    if asked.status_code != 201:
        return asked
    grant = f"/v1/urgent_requests/{asked.json()['id']}/grant"
    return await rotation.client.post(grant, json={"overrule_because": "A trial by lot"})


async def _cancel(rotation: Rotation, draw: random.Random) -> httpx.Response:
    return await rotation.client.post(f"/v1/meetings/{draw.choice(rotation.meetings[:4])}/cancel")


async def _settings(rotation: Rotation, draw: random.Random) -> httpx.Response:
    wish = {"calm": draw.random() < 0.5, "hot_seats_per_meeting": draw.randint(1, 3)}
    path = f"/v1/groups/{rotation.group_id}"
    return await rotation.client.patch(path, json={"rotation": wish})


async def _hold(rotation: Rotation, draw: random.Random) -> httpx.Response | None:
    """The next meeting is over: it went to plan."""
    listed = await rotation.client.get(
        "/v1/meetings", params={"group_id": rotation.group_id, "state": "scheduled"}
    )
    first = listed.json()["data"][0]
    rotation.clock.set(rotation.clock.now().fromisoformat(first["ends_at"]))
    rotation.clock.advance(timedelta(hours=1))
    return await rotation.client.post(f"/v1/meetings/{first['id']}/record")


async def _announced_or_planned(rotation: Rotation) -> list[str]:
    seats = [s for s in await rotation.seats() if s["state"] in {"announced", "planned"}]
    return [seat["id"] for seat in seats[:12]]


VERBS: list[Verb] = [
    *(_swap, _swap, _pass, _unpass, _cover, _cover, _topic, _topic),
    *(_attend, _attend, _urgent, _urgent, _cancel, _settings, _hold),
]
