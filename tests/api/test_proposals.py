"""A charter's terms over the API: the member hears first, the organizers later, the group never."""

import datetime as dt
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.queries import groups
from app.db.session import Database
from app.domain import ids
from app.services.charter import review_charter
from app.services.group_clock import advance_membership
from tests.support.builders import join, made, make_cadence, make_group, make_people, mark
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant, make_tenant


class Circle:
    """A group of four with a charter that asks for a day's notice, and a coach who organizes it."""

    def __init__(self, client: httpx.AsyncClient, clock: ManualClock) -> None:
        self.client, self.clock = client, clock
        self.held = 0

    async def found(self, **terms: Any) -> "Circle":
        charter = {"notice_hours": 24, "lookback_meetings": 3, **terms}
        group = await make_group(self.client, 4, charter=charter)
        self.id, self.people, self.members = group["id"], group["people"], group["memberships"]
        self.meetings = await make_cadence(self.client, self.id)
        (self.coach,) = await make_people(self.client, 1)
        where = f"/v1/groups/{self.id}/organizers"
        made(await self.client.post(where, json={"person_id": self.coach}))
        return self

    async def hold(self, **status: str) -> dict[str, Any]:
        """Hold the next meeting; `m0="no_show"` is what became of the first member."""
        meeting = self.meetings[self.held]
        self.held += 1
        self.clock.set(dt.datetime.fromisoformat(meeting["ends_at"]))
        attendance = [
            {"membership_id": self.members[int(who[1:])], "status": each}
            for who, each in status.items()
        ]
        where = f"/v1/meetings/{meeting['id']}/record"
        made(await self.client.post(where, json={"attendance": attendance}))
        return meeting

    async def proposals(self, actor: str | None = None, **filters: str) -> list[dict[str, Any]]:
        headers = {"Hotseat-Actor": actor} if actor else {}
        params = {"group_id": self.id, **filters}
        page = made(await self.client.get("/v1/proposals", params=params, headers=headers))
        found: list[dict[str, Any]] = page["data"]
        return found

    async def answer(
        self, proposal: dict[str, Any], verb: str, actor: str | None = None, **body: Any
    ) -> httpx.Response:
        headers = {"Hotseat-Actor": actor} if actor else {}
        where = f"/v1/proposals/{proposal['id']}/{verb}"
        return await self.client.post(where, json=body or None, headers=headers)


@pytest.fixture
async def circle(client: httpx.AsyncClient, clock: ManualClock) -> Circle:
    return await Circle(client, clock).found()


async def told(database: Database, tenant: Tenant) -> list[tuple[str, str, int, int]]:
    """Every event of a charter: type, status, numerator, denominator."""
    return [
        (name, data["status"], data["numerator"], data["denominator"])
        for name, data in await events_of(database, tenant, "charter.")
    ]


async def test_the_member_hears_first_then_the_organizers_never_the_group(
    circle: Circle, database: Database, tenant: Tenant
) -> None:
    me, peer = circle.people[:2]
    first = await circle.hold(m0="no_show")
    (mine,) = await circle.proposals(me)
    assert (mine["term"], mine["status"], mine["person_id"]) == ("notice", "open", me)
    assert (mine["numerator"], mine["denominator"], mine["required"]) == (0, 1, 24)
    assert mine["since_meeting_id"] == mine["last_meeting_id"] == first["id"]
    assert [offer["code"] for offer in mine["offers"]] == ["buddy", "leave", "smaller_promise"]
    assert await circle.proposals(circle.coach) == await circle.proposals(peer) == []
    assert [each["id"] for each in await circle.proposals()] == [mine["id"]], "as the app"

    await circle.hold()
    assert (await circle.proposals(me))[0]["status"] == "open"
    third = await circle.hold(m0="no_show")
    (mine,) = await circle.proposals(me)
    assert (mine["status"], mine["last_meeting_id"]) == ("escalated", third["id"])
    assert mine["escalated_at"] is not None
    assert await circle.proposals(circle.coach) == [mine]
    assert await circle.proposals(peer) == []
    assert await told(database, tenant) == [
        ("charter.breached", "open", 0, 1),
        ("charter.escalated", "escalated", 0, 2),
    ]


async def test_it_waits_in_the_overview_of_those_whom_it_concerns(circle: Circle) -> None:
    async def waiting(person_id: str) -> list[str]:
        where = f"/v1/people/{person_id}/overview"
        read = made(await circle.client.get(where, headers={"Hotseat-Actor": person_id}))
        return [each["status"] for each in read["proposals"]]

    me, peer = circle.people[:2]
    for statuses in (["open"], ["escalated"]):
        await circle.hold(m0="no_show")
        assert await waiting(me) == statuses
        assert await waiting(circle.coach) == [each for each in statuses if each == "escalated"]
        assert await waiting(peer) == []
    (mine,) = await circle.proposals()
    made(await circle.answer(mine, "accept", circle.coach, offer="leave"))
    assert await waiting(me) == await waiting(circle.coach) == []
    export = made(await circle.client.get(f"/v1/people/{me}/export"))
    assert [(each["id"], each["offer"]) for each in export["proposals"]] == [(mine["id"], "leave")]


async def test_an_absence_that_is_announced_in_time_is_none_of_it(
    circle: Circle, client: httpx.AsyncClient, clock: ManualClock
) -> None:
    first, second = circle.meetings[:2]
    await mark(client, first["id"], circle.members[0], "absent")
    clock.set(dt.datetime.fromisoformat(first["starts_at"]) - dt.timedelta(hours=23))
    await mark(client, first["id"], circle.members[1], "absent")
    await circle.hold(m2="absent")
    assert {each["membership_id"] for each in await circle.proposals()} == {circle.members[1]}
    await mark(client, second["id"], circle.members[0], "absent")
    await circle.hold()
    (only,) = await circle.proposals()
    assert only["status"] == "open", "the second was announced in time, by somebody else"


async def test_people_accept_or_dismiss_and_it_is_proposed_once(
    circle: Circle, database: Database, tenant: Tenant
) -> None:
    me, peer = circle.people[:2]
    await circle.hold(m0="no_show", m1="no_show")
    mine, of_peer = await circle.proposals()
    for who in (circle.coach, circle.people[2], peer):
        refused = await circle.answer(mine, "dismiss", who)
        assert refused.status_code == 404, "who may not see it may not answer it"
        hidden = await circle.client.get(
            f"/v1/proposals/{mine['id']}", headers={"Hotseat-Actor": who}
        )
        assert hidden.status_code == 404
    unknown = await circle.answer(mine, "accept", me, offer="expel")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_offer")
    stale = await circle.client.post(
        f"/v1/proposals/{mine['id']}/dismiss", headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412
    accepted = await circle.answer(mine, "accept", me, offer="buddy")
    assert (accepted.json()["status"], accepted.json()["offer"]) == ("accepted", "buddy")
    assert accepted.headers["ETag"] == f'"{accepted.json()["version"]}"'
    again = await circle.answer(mine, "dismiss", me)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert made(await circle.answer(of_peer, "dismiss"))["status"] == "dismissed"
    await circle.hold()
    assert [each["status"] for each in await circle.proposals()] == ["accepted", "dismissed"]
    assert [each["id"] for each in await circle.proposals(status="accepted")] == [mine["id"]]
    filtered = await circle.proposals(membership_id=circle.members[1])
    assert [each["id"] for each in filtered] == [of_peer["id"]]

    await circle.hold(m0="no_show", m1="no_show")
    anew = {each["membership_id"]: each for each in (await circle.proposals())[2:]}
    assert anew[circle.members[0]]["status"] == "open", "an offer was taken: the member first"
    assert anew[circle.members[1]]["status"] == "escalated", "it was waved away, and goes on"
    types = [each[0] for each in await told(database, tenant)]
    assert types.count("charter.breached") == 4
    assert types.count("charter.escalated") == types.count("charter.accepted") == 1


async def test_a_correction_of_history_takes_it_back(
    circle: Circle, client: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    first = await circle.hold(m0="no_show")
    second = await circle.hold(m0="no_show")

    async def correct(meeting: dict[str, Any]) -> str:
        attendance = [{"membership_id": circle.members[0], "status": "late"}]
        where = f"/v1/meetings/{meeting['id']}/correct"
        made(await client.post(where, json={"attendance": attendance}))
        (mine,) = await circle.proposals()
        return str(mine["status"])

    assert await correct(second) == "open"
    assert await circle.proposals(circle.coach) == []
    assert await correct(first) == "withdrawn"
    assert (await told(database, tenant))[-1][:2] == ("charter.withdrawn", "withdrawn")


async def test_a_reopened_meeting_is_looked_at_when_it_is_closed_again(
    circle: Circle, client: httpx.AsyncClient
) -> None:
    meeting = await circle.hold(m0="no_show")
    made(await client.post(f"/v1/meetings/{meeting['id']}/reopen"))
    await mark(client, meeting["id"], circle.members[0], "present")
    made(await client.post(f"/v1/meetings/{meeting['id']}/close"))
    (mine,) = await circle.proposals()
    assert mine["status"] == "withdrawn"


async def test_attendance_over_the_last_meetings_and_leaves_of_absence(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    circle = await Circle(client, clock).found(notice_hours=None, attendance_threshold=0.5)
    leave = {"first_on": "2026-11-26", "last_on": "2026-12-04"}
    made(await client.post(f"/v1/memberships/{circle.members[1]}/leaves", json=leave))
    for _ in range(2):
        await circle.hold(m0="absent")
    assert await circle.proposals() == [], "two meetings say nothing about three"
    await circle.hold(m1="absent")
    (mine,) = await circle.proposals()
    assert (mine["term"], mine["membership_id"]) == ("attendance", circle.members[0])
    assert (mine["numerator"], mine["denominator"], mine["required"]) == (1, 3, 0.5)
    assert mine["reason"]["code"] == "charter_attendance"
    await circle.hold()
    (mine,) = await circle.proposals()
    assert mine["status"] == "withdrawn", "there again: two of the last three"


async def test_a_trial_ends_with_a_question(client: httpx.AsyncClient, clock: ManualClock) -> None:
    circle = await Circle(client, clock).found(notice_hours=None, trial_months=1)
    await circle.hold()
    (newcomer,) = await make_people(client, 1)
    place = await join(client, circle.id, newcomer, starts_on="2026-11-27")
    for _ in range(5):
        await circle.hold()
    (question,) = await circle.proposals()
    assert (question["membership_id"], question["term"]) == (place, "trial")
    assert (question["numerator"], question["denominator"], question["required"]) == (4, 4, 1)
    assert question["status"] == "open"
    await circle.hold()
    (question,) = await circle.proposals(circle.coach)
    assert question["status"] == "escalated"
    made(await circle.answer(question, "accept", newcomer, offer="stay"))
    await circle.hold()
    assert len(await circle.proposals()) == 1


async def test_what_loses_its_ground_is_taken_back_at_once(
    circle: Circle,
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    async def statuses() -> list[str]:
        assert len(await told(database, tenant)) == 3 + [
            each["status"] for each in await circle.proposals()
        ].count("withdrawn")
        return [each["status"] for each in await circle.proposals()]

    meeting = await circle.hold(m0="no_show", m1="no_show", m2="no_show")
    that_day = meeting["local_start"][:10]
    leave = {"first_on": that_day, "last_on": that_day}
    made(await client.post(f"/v1/memberships/{circle.members[0]}/leaves", json=leave))
    assert await statuses() == ["withdrawn", "open", "open"]
    leaving = f"/v1/memberships/{circle.members[1]}/end"
    made(await client.post(leaving, json={"ends_on": that_day}))
    assert await statuses() == ["withdrawn", "open", "open"], "a member until midnight"
    clock.advance(dt.timedelta(days=1))
    async with database.transaction() as session:
        member = ids.decode("membership", circle.members[1])
        await advance_membership(session, tenant.workspace_id, member, clock.now())
    assert await statuses() == ["withdrawn", "withdrawn", "open"]
    where = f"/v1/groups/{circle.id}"
    made(await client.patch(where, json={"charter": {"notice_hours": None}}))
    assert await statuses() == ["withdrawn"] * 3


async def test_a_closed_group_asks_nothing_any_more(
    circle: Circle, client: httpx.AsyncClient
) -> None:
    await circle.hold(m0="no_show")
    made(await client.post(f"/v1/groups/{circle.id}/close"))
    (mine,) = await circle.proposals()
    assert mine["status"] == "withdrawn"


async def test_a_term_that_changes_escalates_nothing(
    circle: Circle,
    client: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    first, second = circle.meetings[:2]
    for meeting, hours in ((first, 10), (second, 40)):
        clock.set(dt.datetime.fromisoformat(meeting["starts_at"]) - dt.timedelta(hours=hours))
        await mark(client, meeting["id"], circle.members[0], "absent")
        await circle.hold()
    events = await told(database, tenant)

    async def after(notice_hours: int) -> tuple[str, int, int]:
        patch = {"charter": {"notice_hours": notice_hours}}
        made(await client.patch(f"/v1/groups/{circle.id}", json=patch))
        (mine,) = await circle.proposals()
        return mine["status"], mine["numerator"], mine["required"]

    assert await after(48) == ("open", 1, 24), "the second counts after the next meeting"
    assert await after(20) == ("open", 1, 20)
    made(await client.post(f"/v1/meetings/{first['id']}/reopen"))
    assert await after(12) == ("open", 1, 12), "the meeting that is corrected still counts"
    assert await told(database, tenant) == events
    assert await after(8) == ("withdrawn", 1, 12)


async def test_history_from_before_is_told_to_nobody(
    circle: Circle, client: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.advance(dt.timedelta(days=1))
    past = {
        "group_id": circle.id,
        "starts_at": "2026-11-23T19:00:00Z",
        "duration_minutes": 60,
        "backfill": True,
    }
    meeting = made(await client.post("/v1/meetings", json=past))
    attendance = [{"membership_id": circle.members[0], "status": "no_show"}]
    where = f"/v1/meetings/{meeting['id']}/record"
    made(await client.post(where, json={"attendance": attendance}))
    assert await circle.proposals() == []


async def test_looking_twice_changes_nothing(
    circle: Circle, database: Database, tenant: Tenant, clock: ManualClock
) -> None:
    await circle.hold(m0="no_show")
    before, events = await circle.proposals(), await told(database, tenant)
    for _ in range(2):
        async with database.transaction() as session:
            group_id = ids.decode("group", circle.id)
            group = await groups.lock(session, tenant.workspace_id, group_id)
            await review_charter(session, group, clock.now())
    assert (await circle.proposals(), await told(database, tenant)) == (before, events)


async def test_another_tenant_and_a_key_without_the_scope(
    circle: Circle,
    app: FastAPI,
    database: Database,
    tenant: Tenant,
    other_client: httpx.AsyncClient,
) -> None:
    await circle.hold(m0="no_show")
    (mine,) = await circle.proposals()
    where = f"/v1/proposals/{mine['id']}"
    assert (await other_client.get(where)).status_code == 404
    assert (await other_client.post(f"{where}/dismiss")).status_code == 404
    cases: list[tuple[list[Any], int, int]] = [(["read"], 200, 403), (["write"], 403, 200)]
    for scopes, read, write in cases:
        other_key = await make_tenant(database, scopes=scopes, workspace_id=tenant.workspace_id)
        async with other_key.client(app) as client:
            assert (await client.get(where)).status_code == read
            assert (await client.post(f"{where}/dismiss")).status_code == write
