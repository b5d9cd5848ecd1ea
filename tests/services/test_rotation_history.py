"""The ledger follows from what happened: random evenings, counted again by hand."""

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.db.models import Meeting
from app.db.queries import meetings
from app.db.queries import rotation as queries
from app.db.session import Database
from app.domain import ids
from app.domain.attendance import AttendanceStatus
from app.domain.checkpoint import checkpoint_from_json, fold
from app.domain.versions import ANY
from app.services.attendance import Mark, put_attendance
from app.services.history import evenings_of
from app.services.meeting_day import reopen_meeting
from tests.support.builders import join, made
from tests.support.clock import ManualClock
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant

HERE = {"present", "late", "left_early"}


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=3)


@pytest.mark.parametrize("seed", range(3))
async def test_the_ledger_is_what_happened(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock, seed: int
) -> None:
    draw = random.Random(seed)
    rotation = await make_rotation(client, database, tenant, clock, weeks=5, members=5)
    for week in range(4):
        await _before(rotation, week, draw)
        await _evening(rotation, rotation.meetings[week], draw)
        await _check_ledger(rotation)
    await _correct(rotation, rotation.meetings[draw.randrange(3)])
    await _check_ledger(rotation)


async def test_a_debt_waits_for_its_member_and_a_credit_does_not(rotation: Rotation) -> None:
    client, clock = rotation.client, rotation.clock
    had = (await rotation.plan())[0][0]
    await rotation.hold(rotation.meetings[0])
    lines = await _lines(rotation)
    owed = next(member for member, line in lines.items() if line["credit"] > 0)
    back = {}
    for member in (had, owed):
        person = lines[member]["person_id"]
        made(await client.post(f"/v1/memberships/{member}/end"))
        clock.advance(timedelta(days=1))
        # The place is free once the daily duty, or the next change, has looked at the calendar.
        back[member] = await join(client, rotation.group_id, person)
    lines = await _lines(rotation)
    assert lines[back[had]]["credit"] == pytest.approx(1 / 3 - 1, abs=1e-6)
    assert lines[back[owed]]["credit"] == 0


async def test_a_debt_waits_for_who_comes_back_at_once_and_follows_a_correction(
    rotation: Rotation,
) -> None:
    client, clock = rotation.client, rotation.clock
    had = (await rotation.plan())[0][0]
    held = rotation.meetings[0]
    await rotation.hold(held)
    person = (await _lines(rotation))[had]["person_id"]
    today = clock.now().date()
    made(await client.post(f"/v1/memberships/{had}/end", json={"ends_on": f"{today}"}))
    tomorrow = today + timedelta(days=1)
    back = await join(client, rotation.group_id, person, starts_on=f"{tomorrow}")
    lines = await _lines(rotation)
    debt = pytest.approx(1 / 3 - 1, abs=1e-6)
    assert (lines[back]["opening_credit"], lines[back]["credit"]) == (debt, debt)
    await rotation.hold(rotation.meetings[1])
    await _check_fold(rotation)

    never = [{"membership_id": had, "state": "none"}]
    made(await client.post(f"/v1/meetings/{held}/correct", json={"hot_seats": never}))
    after = await _lines(rotation)
    assert after[back]["opening_credit"] == 0
    assert after[back]["credit"] == pytest.approx(after[back]["due"] - after[back]["got"], abs=1e-5)
    await _check_fold(rotation)


async def _before(rotation: Rotation, week: int, draw: random.Random) -> None:
    """Somebody announces an absence, somebody passes, two exchange their evenings."""
    meeting = rotation.meetings[week]
    if draw.random() < 0.5:
        await _mark(rotation, meeting, draw.choice(rotation.members), AttendanceStatus.ABSENT)
    seats = await rotation.seats(state="announced")
    tonight = [seat for seat in seats if seat["meeting_id"] == meeting]
    later = [seat for seat in seats if seat["meeting_id"] != meeting]
    if draw.random() < 0.5 and tonight and later:
        other = draw.choice(later)["id"]
        await rotation.ask(draw.choice(tonight)["id"], "swap", with_hot_seat_id=other)
    if draw.random() < 0.3 and tonight:
        await rotation.ask(draw.choice(tonight)["id"], "pass")
    for holders in await rotation.plan():
        assert len(set(holders)) == len(holders)


async def _evening(rotation: Rotation, meeting: str, draw: random.Random) -> None:
    """A meeting in which anything may happen to a hot seat."""
    await rotation.start(meeting)
    while waiting := [s for s in await rotation.seats(meeting) if s["state"] == "announced"]:
        seat = waiting[0]["id"]
        chance = draw.random()
        if chance < 0.15:
            await rotation.do(seat, "skip", because="absent")
        elif chance < 0.25:
            await rotation.do(seat, "skip", because="no_time")
        elif chance < 0.35:
            await rotation.do(seat, "pass")
        else:
            await rotation.do(seat, "start")
            rotation.clock.advance(timedelta(minutes=5))
            await rotation.do(seat, "finish", interrupted=chance < 0.5)
    if draw.random() < 0.5:
        done = {s["membership_id"] for s in await rotation.seats(meeting) if s["state"] == "done"}
        others = [member for member in rotation.members if member not in done]
        await _mark(rotation, meeting, draw.choice(others), AttendanceStatus.NO_SHOW)
    await rotation.close(meeting)


async def _correct(rotation: Rotation, meeting: str) -> None:
    """Open the record again: somebody without a hot seat was not there after all."""
    seated = {s["membership_id"] for s in await rotation.seats(meeting) if s["state"] == "done"}
    member = next(member for member in rotation.members if member not in seated)
    workspace_id = rotation.tenant.workspace_id
    async with rotation.database.transaction() as session:
        await reopen_meeting(
            session, workspace_id, ids.decode("meeting", meeting), ANY, rotation.clock.now()
        )
    await _mark(rotation, meeting, member, AttendanceStatus.NO_SHOW)
    await rotation.close(meeting)


async def _check_ledger(rotation: Rotation) -> None:
    """What the API says is what attendance and hot seats add up to, and what a fold gives."""
    due: dict[str, float] = defaultdict(float)
    got: dict[str, int] = defaultdict(int)
    for meeting in rotation.meetings:
        if made(await rotation.client.get(f"/v1/meetings/{meeting}"))["state"] != "held":
            continue
        seats = await rotation.seats(meeting)
        path = f"/v1/meetings/{meeting}/attendance"
        marks = made(await rotation.client.get(path))["data"]
        here = {mark["membership_id"] for mark in marks if mark["status"] in HERE}
        here -= {seat["membership_id"] for seat in seats if seat["state"] == "passed"}
        done = [seat["membership_id"] for seat in seats if seat["state"] == "done"]
        assert set(done) <= here
        for member in here:
            due[member] += len(done) / len(here)
            got[member] += member in done
    for member, line in (await _lines(rotation)).items():
        assert line["due"] == pytest.approx(due[member], abs=1e-5)
        assert line["got"] == got[member]
        assert line["credit"] == pytest.approx(due[member] - got[member], abs=1e-5)
    await _check_fold(rotation)


async def _check_fold(rotation: Rotation) -> None:
    workspace_id = rotation.tenant.workspace_id
    group_id = ids.decode("group", rotation.group_id)
    async with rotation.database.transaction() as session:
        first: Meeting = await session.get_one(
            Meeting, (workspace_id, ids.decode("meeting", rotation.meetings[0]))
        )
        held = await meetings.held_since(session, workspace_id, group_id, first.starts_at)
        opening = await queries.opening(session, workspace_id, group_id)
        evenings = await evenings_of(session, workspace_id, held)
        for meeting, folded in zip(held, fold(evenings, opening), strict=True):
            assert meeting.standings is not None
            assert checkpoint_from_json(meeting.standings) == folded


async def _mark(rotation: Rotation, meeting: str, member: str, status: AttendanceStatus) -> None:
    async with rotation.database.transaction() as session:
        await put_attendance(
            session,
            rotation.tenant.workspace_id,
            ids.decode("meeting", meeting),
            ids.decode("membership", member),
            Mark(status),
            ANY,
            rotation.clock.now(),
        )


async def _lines(rotation: Rotation) -> dict[str, dict[str, Any]]:
    path = f"/v1/groups/{rotation.group_id}/rotation"
    ledger = made(await rotation.client.get(path))["ledger"]
    return {line["membership_id"]: line for line in ledger}
