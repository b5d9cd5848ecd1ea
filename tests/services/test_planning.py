"""Planning a group's coming meetings, from rows to rows."""

from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from app.db.models import HotSeat, Meeting, MeetingRole
from app.db.session import Database
from app.domain import ids
from app.domain.versions import ANY
from app.services.hot_seats import update_hot_seat
from tests.support.builders import join, made, make_people
from tests.support.clock import ManualClock
from tests.support.events import event_types, events_of
from tests.support.rotation import A_WEEK, Rotation, make_rotation
from tests.support.statements import count_statements
from tests.support.tenants import Tenant


@pytest.fixture
async def rotation(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> Rotation:
    return await make_rotation(client, database, tenant, clock)


async def test_the_next_twelve_meetings_are_planned(rotation: Rotation) -> None:
    plan = await rotation.plan()
    assert [len(seats) for seats in plan] == [2] * 12 + [0, 0]
    assert all(len(set(seats)) == len(seats) for seats in plan)
    assert sorted(chain(*plan[:3])) == sorted(rotation.members), "six members, two at a time"

    seats = await rotation.seats()
    states = [seat["state"] for seat in seats]
    assert states == ["announced"] * 6 + ["planned"] * 18
    assert [seat["position"] for seat in seats] == [1, 2] * 12
    assert seats[0]["reason"]["text"] == "due 0.33, waited 0 meetings"

    events = await events_of(rotation.database, rotation.tenant, "hot_seat")
    assert [name for name, _ in events] == ["hot_seat.announced"] * 6
    assert {data["membership_id"] for _, data in events} == set(rotation.members)
    assert events[0][1].keys() >= {"person_external_id", "membership_external_id", "version"}
    assert "topic" not in events[0][1]


async def test_each_planned_meeting_has_roles_and_an_order(rotation: Rotation) -> None:
    meetings = await _meetings(rotation)
    roles = await _roles(rotation)
    for meeting in meetings[:12]:
        order = [UUID(text) for text in meeting.speaking_order]
        assert sorted(order) == sorted(_member_ids(rotation))
        assert set(roles[meeting.id]) == {"facilitator", "timekeeper", "scribe"}
        assert len(set(roles[meeting.id].values())) == 3
    assert meetings[12].speaking_order == []


async def test_planning_again_changes_nothing(rotation: Rotation) -> None:
    before = await rotation.versions()
    events = await event_types(rotation.database, rotation.tenant)
    rotation.clock.advance(timedelta(hours=1))
    await rotation.replan()
    assert await rotation.versions() == before
    assert await event_types(rotation.database, rotation.tenant) == events


async def test_whoever_will_be_absent_gives_the_seat_to_another(rotation: Rotation) -> None:
    first = rotation.meetings[0]
    (holder, other), *_ = await rotation.plan()
    before = await rotation.versions()
    await rotation.absent(first, holder)
    await rotation.replan()

    (seated, *_), roles = await rotation.plan(), await _roles(rotation)
    assert holder not in seated
    assert other in seated
    assert len(seated) == 2
    assert ids.decode("membership", holder) not in roles[ids.decode("meeting", first)].values()
    after = await rotation.versions()
    meeting_id = ids.decode("meeting", first)
    assert after[meeting_id] > before[meeting_id], "a seat's change is its meeting's"

    events = await events_of(rotation.database, rotation.tenant, "hot_seat.changed")
    assert holder in {data["membership_id"] for _, data in events}


async def test_a_leave_moves_seats(rotation: Rotation) -> None:
    member = (await rotation.plan())[0][0]
    leave = {"first_on": "2026-11-23", "last_on": "2026-12-10"}
    made(await rotation.client.post(f"/v1/memberships/{member}/leaves", json=leave))
    plan = await rotation.plan()
    assert all(member not in seats for seats in plan[:3])
    assert all(len(seats) == 2 for seats in plan[:12])
    assert member in set(chain(*plan[3:5])), "back, and due"


async def test_whoever_leaves_the_group_has_no_seat_after_it(rotation: Rotation) -> None:
    member = rotation.members[0]
    made(
        await rotation.client.post(f"/v1/memberships/{member}/end", json={"ends_on": "2026-12-05"})
    )
    assert all(member not in seats for seats in (await rotation.plan())[2:])


async def test_a_newcomer_is_planned_for(rotation: Rotation) -> None:
    (person,) = await make_people(rotation.client, 1)
    newcomer = await join(rotation.client, rotation.group_id, person, starts_on="2026-12-05")
    plan = await rotation.plan()
    assert all(newcomer not in seats for seats in plan[:2])
    assert newcomer in set(chain(*plan[2:7]))


async def test_a_topic_follows_its_member(rotation: Rotation) -> None:
    seat = (await rotation.seats())[0]
    await _give_topic(rotation, seat["id"], "Whether to stop")
    await rotation.absent(rotation.meetings[0], seat["membership_id"])
    await rotation.replan()
    own = await rotation.seats(membership_id=seat["membership_id"])
    assert [each["topic"] for each in own][:2] == ["Whether to stop", None]


async def test_a_topic_does_not_displace_another(rotation: Rotation) -> None:
    seat, later, *_ = await rotation.seats(membership_id=rotation.members[0])
    await _give_topic(rotation, seat["id"], "First")
    await _give_topic(rotation, later["id"], "Second")
    await rotation.absent(seat["meeting_id"], rotation.members[0])
    await rotation.replan()
    own = await rotation.seats(membership_id=rotation.members[0])
    assert {each["topic"] for each in own} == {"First", "Second", None}
    assert {each["topic"] for each in own if each["id"] == later["id"]} == {"Second"}


async def test_a_cancelled_meeting_costs_nobody_a_turn(rotation: Rotation) -> None:
    before = await rotation.plan()
    await _set_state(rotation, rotation.meetings[0], "cancelled")
    await rotation.replan()
    after = await rotation.plan()
    assert after[0] == []
    assert sorted(chain(*after[1:4])) == sorted(rotation.members)
    assert sum(map(len, after)) == sum(map(len, before)), "the thirteenth meeting moved up"
    changed = await events_of(rotation.database, rotation.tenant, "hot_seat.changed")
    assert set(before[0]) <= {data["membership_id"] for _, data in changed}


async def test_seats_beyond_the_horizon_are_given_back_unless_fixed(rotation: Rotation) -> None:
    fixed = (await rotation.plan())[11][0]
    await _pin(rotation, rotation.meetings[11], fixed)
    now = rotation.clock.now()
    await rotation.add_meetings(*(now + timedelta(hours=hours) for hours in (2, 6, 10)))
    plan = await rotation.plan()
    assert plan[9:12] == [[], [], [fixed]]
    assert [len(seats) for seats in plan[:9] + plan[14:]] == [2] * 12

    await rotation.absent(rotation.meetings[11], fixed)
    await rotation.replan()
    assert (await rotation.plan())[11] == []


async def test_a_meeting_that_runs_is_not_planned_anew(rotation: Rotation) -> None:
    first = rotation.meetings[0]
    await rotation.start(first)
    (holder, other), *_ = await rotation.plan()
    before = [seat["version"] for seat in await rotation.seats(first)]
    due = (await rotation.seats(membership_id=holder))[1]["reason"]["params"]["due"]
    await rotation.absent(first, holder)
    await rotation.replan()
    assert (await rotation.plan())[0] == [holder, other]
    assert [seat["version"] for seat in await rotation.seats(first)] == before
    assert (await rotation.seats(membership_id=holder))[1]["reason"]["params"]["due"] > due


async def test_a_past_meeting_that_nobody_recorded_takes_no_place_in_the_horizon(
    rotation: Rotation,
) -> None:
    rotation.clock.advance(2 * A_WEEK)
    await rotation.replan()
    assert [len(seats) for seats in await rotation.plan()] == [2] * 14
    states = {seat["state"] for seat in await rotation.seats(*rotation.meetings[2:5])}
    assert states == {"announced"}


async def test_a_fixed_seat_stays_until_its_holder_is_away(rotation: Rotation) -> None:
    meeting = rotation.meetings[5]
    seated = (await rotation.plan())[5]
    unseated = next(member for member in rotation.members if member not in seated)
    seat = (await rotation.seats(meeting))[0]
    await _pin(rotation, meeting, seat["membership_id"], holder=unseated)
    await rotation.replan()
    assert unseated in (await rotation.plan())[5]
    pinned = next(s for s in await rotation.seats(meeting) if s["pinned"])
    assert pinned["reason"]["code"] == "pinned"
    await rotation.absent(meeting, unseated)
    await rotation.replan()
    assert unseated not in (await rotation.plan())[5]
    assert not any(seat["pinned"] for seat in await rotation.seats(meeting))


async def test_a_fixed_role_stays_with_its_holder_and_no_other(rotation: Rotation) -> None:
    meeting_id = ids.decode("meeting", rotation.meetings[0])
    host = ids.decode("membership", rotation.members[0])
    async with rotation.database.transaction() as session:
        key = (rotation.tenant.workspace_id, meeting_id, "scribe")
        role = await session.get_one(MeetingRole, key)
        role.membership_id, role.pinned = host, True
    await rotation.replan()
    assert (await _roles(rotation))[meeting_id]["scribe"] == host
    await rotation.absent(rotation.meetings[0], rotation.members[0])
    await rotation.replan()
    async with rotation.database.transaction() as session:
        role = await session.get_one(MeetingRole, key)
        assert role.membership_id != host
        assert not role.pinned


async def test_statements_do_not_grow_with_history(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    rotation = await make_rotation(client, database, tenant, clock, weeks=15)
    counts = []
    for meeting in rotation.meetings[:2]:
        await rotation.replan()
        with count_statements(database) as counted:
            await rotation.replan()
        counts.append(counted.count)
        await rotation.hold(meeting)
    assert counts[0] == counts[1]


async def _meetings(rotation: Rotation) -> list[Meeting]:
    async with rotation.database.transaction() as session:
        query = (
            select(Meeting)
            .where(Meeting.workspace_id == rotation.tenant.workspace_id)
            .order_by(Meeting.starts_at)
        )
        return list((await session.execute(query)).scalars())


async def _roles(rotation: Rotation) -> dict[UUID, dict[str, UUID]]:
    found: dict[UUID, dict[str, UUID]] = {}
    query = select(MeetingRole).where(MeetingRole.workspace_id == rotation.tenant.workspace_id)
    async with rotation.database.transaction() as session:
        for role in (await session.execute(query)).scalars():
            found.setdefault(role.meeting_id, {})[role.role] = role.membership_id
    return found


async def _give_topic(rotation: Rotation, hot_seat: str, topic: str) -> None:
    async with rotation.database.transaction() as session:
        await update_hot_seat(
            session,
            rotation.tenant.workspace_id,
            ids.decode("hot_seat", hot_seat),
            {"topic": topic},
            ANY,
            rotation.clock.now(),
        )


async def _set_state(rotation: Rotation, meeting: str, state: str) -> None:
    await _execute(
        rotation,
        update(Meeting).where(Meeting.id == ids.decode("meeting", meeting)).values(state=state),
    )


async def _pin(rotation: Rotation, meeting: str, member: str, *, holder: str | None = None) -> None:
    new_holder = ids.decode("membership", holder or member)
    await _execute(
        rotation,
        update(HotSeat)
        .where(
            HotSeat.meeting_id == ids.decode("meeting", meeting),
            HotSeat.membership_id == ids.decode("membership", member),
        )
        .values(pinned=True, membership_id=new_holder),
    )


async def _execute(rotation: Rotation, statement: Any) -> None:
    async with rotation.database.transaction() as session:
        await session.execute(statement)


def _member_ids(rotation: Rotation) -> list[UUID]:
    return [ids.decode("membership", member) for member in rotation.members]
