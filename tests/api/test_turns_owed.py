"""Nobody loses a turn: covers and passes, meetings called off or lapsed, records put right."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from app.db.models import Meeting
from app.db.session import Database
from app.domain import ids
from app.services import meeting_duties
from tests.support.builders import made
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.rotation import Rotation, make_rotation
from tests.support.tenants import Tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock, weeks=8)


async def _line(rotation: Rotation, member: str) -> dict[str, Any]:
    view = made(await rotation.client.get(f"/v1/groups/{rotation.group_id}/rotation"))
    line: dict[str, Any] = next(x for x in view["ledger"] if x["membership_id"] == member)
    return line


async def _verb(rotation: Rotation, meeting: str, verb: str, **body: Any) -> Any:
    path = f"/v1/meetings/{meeting}/{verb}"
    return made(await rotation.client.post(path, json=body or None))


async def test_whoever_covers_is_charged_and_the_other_is_seated_soon(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    seat, beside = await rotation.seats(meeting)
    holder, taker = seat["membership_id"], (await rotation.plan())[2][0]
    await rotation.client.patch(f"/v1/hot_seats/{seat['id']}", json={"topic": "The ending"})
    covered = await rotation.do(seat["id"], "cover", membership_id=taker)
    assert (covered["membership_id"], covered["topic"]) == (taker, None)
    assert covered["reason"]["code"] == "pinned"
    plan = await rotation.plan()
    assert set(plan[0]) == {taker, beside["membership_id"]}
    own = await rotation.seats(membership_id=holder)
    assert own[0]["topic"] == "The ending", "it went along"
    changed = await events_of(rotation.database, rotation.tenant, "hot_seat.changed")
    assert taker in {data["membership_id"] for _, data in changed}

    await rotation.hold(meeting)
    assert (await _line(rotation, taker))["got"] == 1
    line = await _line(rotation, holder)
    assert (line["got"], line["credit"]) == (0, pytest.approx(1 / 3, abs=1e-6))


async def test_a_hot_seat_is_covered_on_the_evening(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    seat, _ = await rotation.seats(meeting)
    taker = (await rotation.plan())[1][0]
    await rotation.start(meeting)
    await rotation.do(seat["id"], "cover", membership_id=taker)
    begun = await rotation.do(seat["id"], "start")
    assert (begun["membership_id"], begun["state"]) == (taker, "live")
    late = await rotation.ask(seat["id"], "cover", membership_id=seat["membership_id"])
    assert (late.status_code, late.json()["code"]) == (409, "hot_seat_not_open")
    assert late.json()["facts"]["version"] == begun["version"]


async def test_covers_that_cannot_be(rotation: Rotation) -> None:
    seat, beside = await rotation.seats(rotation.meetings[0])

    async def refused(member: str) -> tuple[int, str, dict[str, Any]]:
        answer = await rotation.ask(seat["id"], "cover", membership_id=member)
        problem = answer.json()
        return answer.status_code, problem["code"], problem.get("facts", {})

    assert (await refused(seat["membership_id"]))[:2] == (422, "same_member")
    stranger = "mbr_01h455vb4pex5vsknk084sn02q"
    assert (await refused(stranger))[:2] == (422, "unknown_membership")
    status, code, facts = await refused(beside["membership_id"])
    assert (status, code) == (409, "already_seated")
    now_there = [(each["hot_seat_id"], each["version"]) for each in facts["hot_seats"]]
    assert now_there == [(each["id"], each["version"]) for each in (seat, beside)]
    away = (await rotation.plan())[1][0]
    await rotation.absent(rotation.meetings[0], away)
    assert (await refused(away))[:2] == (409, "member_not_expected")
    rotation.clock.advance(timedelta(days=2))
    assert (await refused(rotation.members[5]))[:2] == (409, "meeting_over")


async def test_a_pass_is_taken_back(rotation: Rotation) -> None:
    meeting = rotation.meetings[0]
    seat, _ = await rotation.seats(meeting)
    member = seat["membership_id"]
    early = await rotation.ask(seat["id"], "unpass")
    assert (early.status_code, early.json()["code"]) == (409, "hot_seat_not_passed")
    await rotation.do(seat["id"], "pass")
    back = await rotation.do(seat["id"], "unpass")
    holders = (await rotation.plan())[0]
    assert len(holders) == 2
    assert (back["hot_seat"] is not None) == (member in holders), "as the plan finds it fair"
    unpassed = await events_of(rotation.database, rotation.tenant, "hot_seat.unpassed")
    assert [data["hot_seat_id"] for _, data in unpassed] == [seat["id"]]

    await rotation.hold(meeting)
    assert (await _line(rotation, member))["attended"] == 1, "the meeting earns them their share"


async def test_a_pass_is_taken_back_before_the_meeting_only(rotation: Rotation) -> None:
    seat, _ = await rotation.seats(rotation.meetings[0])
    await rotation.do(seat["id"], "pass")
    await rotation.start(rotation.meetings[0])
    late = await rotation.ask(seat["id"], "unpass")
    assert (late.status_code, late.json()["code"]) == (409, "meeting_over")


async def test_a_passed_hot_seat_that_nobody_else_can_have_comes_back(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    rotation = await make_rotation(client, database, tenant, clock, weeks=3, members=4, seats=2)
    seat, beside = await rotation.seats(rotation.meetings[0])
    for member in rotation.members:
        if member not in {seat["membership_id"], beside["membership_id"]}:
            await rotation.absent(rotation.meetings[0], member)
    await rotation.do(seat["id"], "pass")
    assert len((await rotation.plan())[0]) == 1
    back = await rotation.do(seat["id"], "unpass")
    assert back["hot_seat"]["membership_id"] == seat["membership_id"]
    assert len((await rotation.plan())[0]) == 2


async def test_a_meeting_called_off_makes_its_holders_first_in_line(rotation: Rotation) -> None:
    first, second, *_ = rotation.meetings
    seats = await rotation.seats(first)
    holders = {seat["membership_id"] for seat in seats}
    await rotation.client.patch(f"/v1/hot_seats/{seats[0]['id']}", json={"topic": "The ending"})
    await _verb(rotation, first, "cancel")
    assert set((await rotation.plan())[1]) == holders
    reasons = {seat["reason"]["code"] for seat in await rotation.seats(second)}
    assert reasons == {"first_in_line"}
    kept = await rotation.seats(first)
    assert {(seat["state"], seat["reason"]["code"]) for seat in kept} == {
        ("skipped", "skipped_called_off")
    }
    own = await rotation.seats(membership_id=seats[0]["membership_id"])
    assert [seat["topic"] for seat in own][:2] == [None, "The ending"]
    for member in rotation.members:
        line = await _line(rotation, member)
        assert line["first_in_line"] == (member in holders)
        assert (line["credit"], line["attended"]) == (0, 0), "it consumes no turn"
    await rotation.hold(second)
    assert not any([(await _line(rotation, m))["first_in_line"] for m in rotation.members])


async def test_a_meeting_called_off_ahead_makes_its_holders_first_in_line_at_once(
    rotation: Rotation,
) -> None:
    """From when they would have spoken: whoever was told of a seat before that keeps it."""
    first, second, third, fourth, *_ = rotation.meetings
    before = await rotation.plan()
    holders = set(before[2])
    called_off = await _verb(rotation, third, "cancel")
    plan = await rotation.plan()
    assert plan[:2] == before[:2]
    assert set(plan[3]) == holders
    reasons = {seat["reason"]["code"] for seat in await rotation.seats(fourth)}
    assert reasons == {"first_in_line"}
    lines = [line for line in called_off["plan_change"]["seats"] if line["before"]]
    lost = {x["membership_id"]: x["after"] for x in lines if x["before"]["meeting_id"] == third}
    assert {who: after["meeting_id"] for who, after in lost.items()} == dict.fromkeys(
        holders, fourth
    )
    for member in rotation.members:
        line = await _line(rotation, member)
        assert line["first_in_line"] == (member in holders)
        since = line["first_in_line_from"]
        assert since == (called_off["starts_at"] if member in holders else None)

    late = next(iter(holders))
    path = f"/v1/meetings/{fourth}/attendance/{late}"
    made(await rotation.client.put(path, json={"status": "absent"}))
    assert late in (await rotation.plan())[4], "at the first one after it that they come to"
    made(await rotation.client.put(path, json={"status": "going"}))
    assert set((await rotation.plan())[3]) == holders
    for meeting in (first, second):
        await rotation.hold(meeting)
        assert set((await rotation.plan())[3]) == holders
    await rotation.hold(fourth)
    assert not any([(await _line(rotation, m))["first_in_line"] for m in rotation.members])


async def test_a_lapsed_meeting_makes_its_holders_first_in_line(rotation: Rotation) -> None:
    first, second, *_ = rotation.meetings
    holders = set((await rotation.plan())[0])
    await rotation.hold(second)
    key = (rotation.tenant.workspace_id, ids.decode("meeting", first))
    now = rotation.clock.advance(timedelta(days=2))
    async with rotation.database.transaction() as session:
        (await session.get_one(Meeting, key)).lapse_due_at = now
        await session.flush()
        await meeting_duties.lapse_or_close(session, *key, now)
    assert made(await rotation.client.get(f"/v1/meetings/{first}"))["state"] == "lapsed"
    spoke = {seat["membership_id"] for seat in await rotation.seats(second)}
    assert not holders & spoke
    waiting = [m for m in rotation.members if (await _line(rotation, m))["first_in_line"]]
    assert set(waiting) == holders
    assert set((await rotation.plan())[2]) == holders
    await _verb(rotation, first, "record")
    assert not any([(await _line(rotation, m))["first_in_line"] for m in rotation.members])


@pytest.mark.parametrize("called_off", range(4))
async def test_with_every_fourth_meeting_called_off_nobody_starves(
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
    called_off: int,
) -> None:
    """Meetings that are called off consume no turn: their holders come first at the next one, and
    the others follow as they would have. So the bounds are those of a group that meets every time:
    with all six there and two hot seats, every |credit| stays below 1 after every meeting held,
    nobody waits longer than 2 * 6 / 2 - 1 = 5 meetings, and all have had one within those six.
    """
    rotation = await make_rotation(client, database, tenant, clock, weeks=12)
    for number, meeting in enumerate(list(rotation.meetings)):
        if number % 4 == called_off:
            await _verb(rotation, meeting, "cancel")
        rotation.clock.advance(timedelta(days=7))
        if number % 4 != called_off:
            await _verb(rotation, meeting, "record")
    lines = [await _line(rotation, member) for member in rotation.members]
    assert max(line["largest_credit"] for line in lines) < 1
    assert max(line["longest_wait"] for line in lines) <= 5
    assert {line["got"] for line in lines} == {3}, "18 hot seats in nine meetings, for six"
    assert {line["credit"] for line in lines} == {0}


async def test_a_record_is_put_right(rotation: Rotation) -> None:
    first, second, *_ = rotation.meetings
    rotation.clock.advance(timedelta(days=14))
    said, other = (await rotation.plan())[0]
    for meeting in (first, second):
        await _verb(rotation, meeting, "record")
    got = {member: (await _line(rotation, member))["got"] for member in rotation.members}
    spoke = min(got, key=lambda member: got[member])
    path = f"/v1/meetings/{first}/correct"
    body: dict[str, Any] = {
        "attendance": [{"membership_id": said, "status": "no_show"}],
        "hot_seats": [
            {"membership_id": said, "state": "none"},
            {"membership_id": spoke, "topic": "The ending"},
            {"membership_id": other, "state": "interrupted"},
        ],
    }
    stale = await rotation.client.post(path, json=body, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    corrected = await _verb(rotation, first, "correct", **body)
    assert corrected["state"] == "held"
    seats = {seat["membership_id"]: seat["state"] for seat in await rotation.seats(first)}
    assert seats == {spoke: "done", other: "interrupted"}
    line = await _line(rotation, said)
    assert (line["got"], line["attended"]) == (0, 1), "only the second meeting counts for them"
    assert (await _line(rotation, spoke))["got"] == 1
    assert (await _line(rotation, other))["first_in_line"]
    ((_, data),) = await events_of(rotation.database, rotation.tenant, "meeting.corrected")
    assert (data["present"], data["hot_seats"]) == (5, 1)

    absent = {"hot_seats": [{"membership_id": said, "state": "done"}]}
    refused = await rotation.client.post(path, json=absent)
    assert (refused.status_code, refused.json()["code"]) == (422, "seated_absent")
    ahead = await rotation.client.post(f"/v1/meetings/{rotation.meetings[5]}/correct", json=body)
    assert (ahead.status_code, ahead.json()["code"]) == (409, "invalid_transition")


async def test_anyone_can_compute_the_ledger_again(rotation: Rotation) -> None:
    """From the answers alone: weights and who spoke give shares, shares and seats give credits."""
    heavy, owed, owes = rotation.members[:3]
    made(await rotation.client.patch(f"/v1/memberships/{heavy}", json={"weight": 2.5}))
    credits_ = [
        {"membership_id": owed, "credit": 0.4},
        {"membership_id": owes, "credit": -0.4},
    ]
    group = f"/v1/groups/{rotation.group_id}"
    opening = {"as_of": "2026-11-20", "credits": credits_}
    made(await rotation.client.post(f"{group}/rotation/opening", json=opening))
    for week, meeting in enumerate(rotation.meetings[:4]):
        away = [{"membership_id": rotation.members[week], "status": "absent"}]
        rotation.clock.advance(timedelta(days=7))
        await _verb(rotation, meeting, "record", attendance=away)
    view = made(await rotation.client.get(f"{group}/rotation"))
    held = made(await rotation.client.get(f"{group}/rotation/history"))["data"][::-1]
    credit = {line["membership_id"]: line["opening_credit"] for line in view["ledger"]}
    for meeting in held:
        weights = {line["membership_id"]: line["weight"] for line in meeting["members"]}
        due = _shares(weights, meeting["hot_seats"])
        for line in meeting["members"]:
            member = line["membership_id"]
            assert line["credit_before"] == pytest.approx(credit[member], abs=1e-5)
            credit[member] += due[member] - line["seated"]
            assert line["share"] == pytest.approx(due[member], abs=1e-5)
            assert line["credit"] == pytest.approx(credit[member], abs=1e-5)
    assert {line["membership_id"]: line["credit"] for line in view["ledger"]} == pytest.approx(
        credit, abs=1e-5
    )
    assert {line["weight"] for meeting in held for line in meeting["members"]} == {1.0, 2.5}
    assert all(one["starts_at"] < next_["starts_at"] for one, next_ in pairwise(held))


def _shares(weights: dict[str, float], seats: int) -> dict[str, float]:
    """In proportion to weight, nobody more than one: whoever would have more leaves the rest."""
    full: set[str] = set()
    while True:
        open_ones = {who: weight for who, weight in weights.items() if who not in full}
        level = (seats - len(full)) / sum(open_ones.values()) if open_ones else 0.0
        over = {who for who, weight in open_ones.items() if weight * level > 1}
        if not over:
            return {who: 1.0 if who in full else w * level for who, w in weights.items()}
        full |= over
