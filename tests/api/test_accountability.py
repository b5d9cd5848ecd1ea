"""Accountability over the API: the figures are those of the domain, for whom they are meant."""

import datetime as dt
import math
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db.session import Database
from app.domain import ids
from app.domain.accountability import group_figures
from app.domain.dues import Closing
from app.domain.figures import AttendanceFact, AttendanceMark, Figures, HotSeatFact, Rate, Window
from app.domain.outcomes import DueResult
from app.domain.wall_clock import local_time
from app.services.commitments import make_commitments
from tests.support.builders import made, make_cadence, make_group, make_people, promise
from tests.support.clock import ManualClock
from tests.support.promise_rows import GroupWorld, Mark, insert_group_worlds
from tests.support.promise_worlds import MEETINGS, START, ends_at, figures_of, worlds
from tests.support.statements import count_statements
from tests.support.tenants import Tenant, make_tenant

THERE = {"present", "late", "left_early"}
MARKS = st.one_of(
    st.none(),
    st.builds(
        Mark,
        st.sampled_from(["present", "present", "late", "left_early", "absent", "no_show"]),
        st.booleans(),
        st.sampled_from([1.0, 1.0, 0.5, 2.0]),
    ),
)


@st.composite
def group_worlds(draw: st.DrawFn) -> GroupWorld:
    """Four members: two make promises; all come and go to the meetings of one world."""
    world = draw(worlds(promises=4))
    closed = [number for number in range(9) if MEETINGS[number] in world.closings]
    reopened = draw(st.sets(st.sampled_from(closed), max_size=1)) if closed else set()
    held = [number for number in closed if number not in reopened]
    group = GroupWorld(
        zone=draw(st.sampled_from(["UTC", "Pacific/Kiritimati", "America/New_York"])),
        now=world.now,
        histories=world.histories,
        owners=[draw(st.integers(0, 1)) for _ in world.histories],
        held=held,
    )
    for number in held:
        marks = [draw(MARKS) for _ in range(4)]
        there = [n for n, mark in enumerate(marks) if mark and mark.status in THERE]
        done = draw(st.sets(st.sampled_from(there), max_size=2)) if there else set()
        others = [n for n in there if n not in done]
        passed = draw(st.sets(st.sampled_from(others), max_size=1)) if others else set()
        group.marks[number], group.done[number], group.passed[number] = marks, done, passed
    if draw(st.booleans()):
        first = draw(st.integers(0, 8))
        group.leave = (day_of(first, group.zone), day_of(first, group.zone) + dt.timedelta(days=8))
    return group


def day_of(number: int, zone: str) -> dt.date:
    return local_time(ends_at(number) - dt.timedelta(hours=3), zone).date()


def wanted(group: GroupWorld, member: int, window: Window) -> Figures:
    """A member's figures, from the world and not from its rows."""
    attendance = []
    seats = []
    for number in group.held:
        day, mark = day_of(number, group.zone), group.marks[number][member]
        if mark is None:
            continue
        away = member == 0 and group.leave and group.leave[0] <= day <= group.leave[1]
        attendance.append(
            AttendanceFact(
                day, AttendanceMark(mark.status), expected=not away, presumed=mark.presumed
            )
        )
        if mark.status in THERE and member not in group.passed[number]:
            seats.append(
                HotSeatFact(day, int(member in group.done[number]), share(group, number, member))
            )
    return figures_of(
        [h for h, owner in zip(group.histories, group.owners, strict=True) if owner == member],
        attendance,
        seats,
        closings={
            MEETINGS[number]: Closing(day_of(number, group.zone), ends_at(number))
            for number in group.held
        },
        window=window,
        now=group.now,
    )


def share(group: GroupWorld, number: int, member: int) -> float:
    """Water-filling by bisection: the level at which the shares use up the seats."""
    weights = {
        n: mark.weight
        for n, mark in enumerate(group.marks[number])
        if mark and mark.status in THERE and n not in group.passed[number]
    }
    seats = min(len(group.done[number]), len(weights))
    if not seats:
        return 0.0
    low, high = 0.0, 1e9
    for _ in range(200):
        level = (low + high) / 2
        used = sum(min(1.0, level * weight) for weight in weights.values())
        low, high = (level, high) if used < seats else (low, level)
    return min(1.0, high * weights[member])


def check(read: dict[str, Any], figures: Figures) -> None:
    for name in ("kept_rate", "on_time_notice", "attendance_rate"):
        rate: Rate = getattr(figures, name)
        assert read[name] == {
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "value": rate.value,
        }
    assert read["dues"] == {each.value: figures.dues[each] for each in DueResult}
    median = {"n": len(figures.days_late), "value": figures.median_days_late}
    assert read["median_days_late"] == median
    assert read["carries"] == figures.carries
    assert read["attendance"] == {
        **{each.value: figures.attendance[each] for each in AttendanceMark},
        "presumed": figures.presumed,
        "came_on_leave": figures.came_on_leave,
    }
    assert read["hot_seats"]["taken"] == figures.hot_seats
    assert read["hot_seats"]["n"] == figures.shared_at
    for name, value in (
        ("fair_share", figures.fair_share),
        ("largest_gap", figures.largest_gap),
    ):
        assert math.isclose(read["hot_seats"][name], value, abs_tol=1e-6)


@st.composite
def windows(draw: st.DrawFn) -> tuple[dt.date | None, dt.date | None]:
    """Short ones for the most part, which cut histories in pieces."""
    since = START.date() + dt.timedelta(days=draw(st.integers(-3, 75)))
    until = since + dt.timedelta(days=draw(st.integers(0, 10)))
    is_open = draw(st.sampled_from(["", "", "", "since", "until"]))
    return None if is_open == "since" else since, None if is_open == "until" else until


# Each example is a database of its own: to shrink a failure would take an hour.
@given(group=group_worlds(), cuts=st.lists(windows(), min_size=6, max_size=6))
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_figures_are_those_of_the_domain_on_the_same_histories(
    app: FastAPI,
    database: Database,
    clock: ManualClock,
    group: GroupWorld,
    cuts: list[tuple[dt.date | None, dt.date | None]],
) -> None:
    tenant = await make_tenant(database)
    (rows,) = await insert_group_worlds(database, [(tenant, group)])
    clock.set(group.now)
    async with tenant.client(app) as client:
        for number, (since, until) in enumerate([(None, None), *cuts]):
            window = Window(since, until, group.zone)
            members = [wanted(group, member, window) for member in range(4)]
            params = {name: str(day) for name, day in (("since", since), ("until", until)) if day}
            whole = made(await client.get(f"/v1/groups/{rows.group}/accountability", params=params))
            check(whole, group_figures(members))
            assert whole["meetings"] == sum(day_of(n, group.zone) in window for n in group.held)
            if number < 2:
                where = f"/v1/memberships/{rows.memberships[number]}/accountability"
                check(made(await client.get(where, params=params)), members[number])


async def test_by_default_all_is_counted_and_nothing_is_null_by_chance(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    empty = made(await client.get(f"/v1/groups/{group['id']}/accountability"))
    assert empty["kept_rate"] == {"numerator": 0, "denominator": 0, "value": None}
    assert empty["median_days_late"] == {"n": 0, "value": None}
    first, second = (await make_cadence(client, group["id"]))[:2]
    kept, left = group["memberships"][:2]
    done = await promise(client, kept)
    await promise(client, left)
    made(await client.post(f"/v1/commitments/{done['id']}/keep"))
    clock.set(dt.datetime.fromisoformat(second["ends_at"]))
    absent = {"membership_id": left, "status": "absent"}
    for meeting, body in ((first, {"attendance": [absent]}), (second, {})):
        made(await client.post(f"/v1/meetings/{meeting['id']}/record", json=body))

    whole = made(await client.get(f"/v1/groups/{group['id']}/accountability"))
    assert whole["kept_rate"] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert whole["attendance_rate"] == {"numerator": 7, "denominator": 8, "value": 0.875}
    assert (whole["meetings"], whole["carries"]) == (2, 2)
    assert whole["hot_seats"]["taken"] == whole["hot_seats"]["fair_share"] > 0
    assert "memberships" not in str(whole)
    one = made(await client.get(f"/v1/memberships/{left}/accountability"))
    assert one["kept_rate"] == {"numerator": 0, "denominator": 1, "value": 0.0}
    assert one["attendance"]["absent"] == 1
    assert (one["carries"], one["dues"]["overdue"]) == (2, 1)

    where = f"/v1/groups/{group['id']}/accountability"
    last = made(await client.get(where, params={"meetings": "1"}))
    assert (last["since"], last["meetings"]) == (second["local_start"][:10], 1)
    assert last["kept_rate"]["denominator"] == 0, "due at the one before"
    until = made(await client.get(where, params={"meetings": "5", "until": "2026-11-30"}))
    assert (until["since"], until["until"]) == (first["local_start"][:10], "2026-11-30")
    assert until["meetings"] == 1


async def test_a_window_has_one_beginning_and_does_not_end_before_it(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 1, active=False)
    where = f"/v1/groups/{group['id']}/accountability"
    cases = [
        ({"since": "2026-02-01", "until": "2026-01-31"}, "window_reversed"),
        ({"since": "2026-02-01", "meetings": "3"}, "two_beginnings"),
        ({"meetings": "0"}, "validation_failed"),
        ({"last": "3"}, "unknown_parameter"),
    ]
    for params, code in cases:
        answer = await client.get(where, params=params)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    empty = made(await client.get(where, params={"meetings": "3"}))
    assert (empty["since"], empty["meetings"]) == (None, 0)


async def test_figures_are_for_those_whom_they_concern(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    group = await make_group(client, 2, active=False)
    organizer, stranger = await make_people(client, 2)
    made(await client.post(f"/v1/groups/{group['id']}/organizers", json={"person_id": organizer}))
    me, peer = group["people"]
    whole = f"/v1/groups/{group['id']}/accountability"
    mine = f"/v1/memberships/{group['memberships'][0]}/accountability"
    cases = [
        (None, 200, 200),
        (me, 200, 200),
        (peer, 200, 403),
        (organizer, 200, 200),
        (stranger, 403, 403),
    ]
    for actor, of_group, of_member in cases:
        headers = {"Hotseat-Actor": actor} if actor else {}
        answers = [await client.get(where, headers=headers) for where in (whole, mine)]
        assert [answer.status_code for answer in answers] == [of_group, of_member], actor
    assert (await client.get(whole, headers={"Hotseat-Actor": stranger})).json()["code"] == (
        "not_your_group"
    )
    assert (await client.get(mine, headers={"Hotseat-Actor": peer})).json()["code"] == (
        "not_your_figures"
    )
    for where in (whole, mine):
        assert (await other_client.get(where)).status_code == 404


async def test_nobody_makes_themselves_one_whom_figures_concern(
    client: httpx.AsyncClient,
) -> None:
    group = await make_group(client, 2, active=False)
    (organizer,) = await make_people(client, 1)
    me, peer = group["people"]
    path = f"/v1/groups/{group['id']}/organizers"
    appoint = [
        (None, organizer, 201),
        (me, me, 403),
        (organizer, me, 201),
    ]
    for actor, person, status in appoint:
        headers = {"Hotseat-Actor": actor} if actor else {}
        answer = await client.post(path, json={"person_id": person}, headers=headers)
        assert answer.status_code == status, answer.text
    for actor, person, status in [(peer, me, 403), (me, me, 204), (me, organizer, 403)]:
        headers = {"Hotseat-Actor": actor}
        answer = await client.delete(f"{path}/{person}", headers=headers)
        assert answer.status_code == status, answer.text
        assert status != 403 or answer.json()["code"] == "organizers_only"


@pytest.mark.parametrize("log", ["events", "events/stream", "audit_entries"])
async def test_the_logs_of_a_workspace_are_not_for_members(
    client: httpx.AsyncClient, log: str
) -> None:
    """They tell of a charter's breach, which the member alone hears of."""
    (person,) = await make_people(client, 1)
    answer = await client.get(f"/v1/{log}", headers={"Hotseat-Actor": person})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_for_members")


async def test_who_facilitates_is_no_organizer_and_who_left_sees_their_own(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    first = (await make_cadence(client, group["id"]))[0]
    mine, of_peer = group["memberships"][:2]
    roles = {"facilitator": of_peer, "timekeeper": mine, "scribe": mine}
    clock.set(dt.datetime.fromisoformat(first["starts_at"]))
    made(await client.put(f"/v1/meetings/{first['id']}/roles", json=roles))
    made(await client.post(f"/v1/meetings/{first['id']}/start"))
    made(await client.post(f"/v1/memberships/{mine}/end", json={"ends_on": "2026-11-25"}))

    async def status(membership_id: str, person_id: str) -> int:
        where = f"/v1/memberships/{membership_id}/accountability"
        return (await client.get(where, headers={"Hotseat-Actor": person_id})).status_code

    me, facilitator = group["people"][:2]
    assert await status(mine, facilitator) == 403
    assert await status(of_peer, facilitator) == 200
    assert await status(mine, me) == 200, "their own, after they left"
    assert await status(of_peer, me) == 403
    whole = f"/v1/groups/{group['id']}/accountability"
    assert (await client.get(whole, headers={"Hotseat-Actor": facilitator})).status_code == 200
    assert (await client.get(whole, headers={"Hotseat-Actor": me})).status_code == 403


async def test_a_key_reads_figures_within_its_scopes(
    client: httpx.AsyncClient, app: FastAPI, database: Database, tenant: Tenant
) -> None:
    group = await make_group(client, 1, active=False)
    me = group["people"][0]
    paths = (
        f"/v1/groups/{group['id']}/accountability",
        f"/v1/memberships/{group['memberships'][0]}/accountability",
        f"/v1/people/{me}/overview",
    )
    for scopes, status in ((["read"], 200), (["write"], 403), (["admin"], 403)):
        key = await make_tenant(database, scopes=scopes, workspace_id=tenant.workspace_id)
        async with key.client(app) as reader:
            for where in paths:
                assert (await reader.get(where)).status_code == status, (scopes, where)
                acting = await reader.get(where, headers={"Hotseat-Actor": me})
                assert acting.status_code == status, "a person widens no key"


async def test_the_statements_do_not_grow_with_the_history(
    client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    counts = []
    for promises in (1, 40):
        group = await make_group(client, 4)
        group_id = ids.decode("group", group["id"])
        owner = ids.decode("membership", group["memberships"][0])
        items = [{"membership_id": owner, "title": "Write"}] * promises
        await make_cadence(client, group["id"])
        async with database.transaction() as session:
            await make_commitments(session, tenant.workspace_id, group_id, items, clock.now())
        for where in (
            f"/v1/groups/{group['id']}/accountability",
            f"/v1/memberships/{group['memberships'][0]}/accountability",
        ):
            made(await client.get(where))
            with count_statements(database) as counted:
                made(await client.get(where))
            counts.append(counted.count)
    assert counts[:2] == counts[2:]


async def test_each_figure_is_described_by_its_definition(client: httpx.AsyncClient) -> None:
    document = made(await client.get("/openapi.json"))
    properties = document["components"]["schemas"]["GroupAccountability"]["properties"]
    for name, words in {
        "kept_rate": "Denominator (n): all due dates that arrived in the window",
        "on_time_notice": "Numerator: renegotiations before the due date",
        "median_days_late": "the median, in days",
        "attendance_rate": "An announced absence counts as expected",
    }.items():
        assert words in properties[name]["description"]
