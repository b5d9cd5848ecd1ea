"""A group's life as its calendars see it: a series of feeds, each read by two independent readers.

Each step is one announced change. `icalendar` reads the properties, `recurring-ical-events` says
which instants a program would show; the linter compares each feed with the one before.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
import recurring_ical_events
from fastapi import FastAPI

from app.db.session import Database
from tests.support.builders import join, made, make_cadence, make_group, make_people, verb
from tests.support.calendars import assert_clean, assert_follows
from tests.support.clock import ManualClock
from tests.support.events import events_of
from tests.support.tenants import Tenant

WINDOW = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotseat.test") as client:
        yield client


@dataclass
class Reader:
    """A calendar program over the months."""

    program: httpx.AsyncClient
    url: str
    data: bytes = b""
    sequences: dict[str, int] = field(default_factory=dict)

    async def look(self) -> None:
        """Fetch again, and hold the new feed against the one before."""
        before, self.data = self.data, (await self.program.get(self.url)).content
        if before:
            assert_follows(before, self.data)
        else:
            assert_clean(self.data)

    @property
    def events(self) -> dict[str, Any]:
        calendar = icalendar.Calendar.from_ical(self.data)
        return {str(event["UID"]): event for event in calendar.walk("VEVENT")}

    def shown(self) -> list[str]:
        """What a program shows as taking place, in UTC: `11-26 19:30-21:00`."""
        calendar = icalendar.Calendar.from_ical(self.data)
        return sorted(
            f"{event.start.astimezone(UTC):%m-%d %H:%M}-{event.end.astimezone(UTC):%H:%M}"
            for event in recurring_ical_events.of(calendar).between(*WINDOW)
            if event["STATUS"] == "CONFIRMED"
        )

    def risen(self) -> dict[str, int]:
        """By UID, how much SEQUENCE has risen since this was asked before, where it has."""
        before = self.sequences
        self.sequences = {uid: int(event["SEQUENCE"]) for uid, event in self.events.items()}
        return {
            uid: rise
            for uid, sequence in self.sequences.items()
            if (rise := sequence - before.get(uid, sequence))
        }


@dataclass
class Life:
    """A group that is to meet on six Thursdays, and who looks at its feeds: everybody by the
    group's, a member, and somebody who is to join.
    """

    client: httpx.AsyncClient
    clock: ManualClock
    group: dict[str, Any]
    meetings: list[dict[str, Any]]
    newcomer: str
    everybody: Reader
    member: Reader
    late: Reader

    @property
    def uids(self) -> list[str]:
        return [meeting["uid"] for meeting in self.meetings]

    async def change(self, number: int, name: str, **body: Any) -> None:
        await verb(self.client, self.meetings[number]["id"], name, **body)

    async def of_group(self, method: str, path: str = "", **body: Any) -> None:
        url = f"/v1/groups/{self.group['id']}{path}"
        made(await self.client.request(method, url, json=body or None))

    async def risen(self) -> dict[str, int]:
        """What has risen since the last look, which is the same for all who see it."""
        self.clock.advance(timedelta(hours=1))
        for reader in (self.everybody, self.member, self.late):
            await reader.look()
        risen, same = self.everybody.risen(), self.member.risen()
        assert same == risen
        return risen

    def are(self, evenings: list[str]) -> None:
        assert self.everybody.shown() == self.member.shown() == evenings
        assert set(self.everybody.events) == set(self.member.events) == set(self.uids)


@pytest.fixture
async def life(client: httpx.AsyncClient, anybody: httpx.AsyncClient, clock: ManualClock) -> Life:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"], rrule="FREQ=WEEKLY;COUNT=6")
    (newcomer,) = await make_people(client, 1)
    whose = [{"group_id": group["id"]}, {"person_id": group["people"][0]}, {"person_id": newcomer}]
    readers = [
        Reader(anybody, made(await client.post("/v1/calendar_feeds", json=body))["url"])
        for body in whose
    ]
    return Life(client, clock, group, meetings, newcomer, *readers)


async def test_a_groups_life_in_its_calendars(life: Life) -> None:
    days = ("11-26", "12-03", "12-10", "12-17", "12-24", "12-31")
    evenings = [f"{day} 19:30-21:00" for day in days]
    assert await life.risen() == {}
    life.are(evenings)
    assert life.late.shown() == []
    await _meetings_change(life, evenings)
    await _the_group_rests(life, evenings)
    await _the_group_is_renamed(life, evenings)
    await _people_come_and_go(life, evenings)


async def _meetings_change(life: Life, evenings: list[str]) -> None:
    """Each announced change raises SEQUENCE once, under the same UID."""
    await life.change(0, "reschedule", starts_at="2026-11-27T18:00:00Z")
    assert await life.risen() == {life.uids[0]: 1}
    evenings[0] = "11-27 18:00-19:30"
    life.are(evenings)

    longer = {"starts_at": "2026-12-03T19:30:00Z", "duration_minutes": 120}
    await life.change(1, "reschedule", **longer)
    assert await life.risen() == {life.uids[1]: 1}
    evenings[1] = "12-03 19:30-21:30"
    life.are(evenings)

    await life.change(2, "cancel", reason="Half of us are away")
    assert await life.risen() == {life.uids[2]: 1}
    assert life.everybody.events[life.uids[2]]["STATUS"] == "CANCELLED"
    del evenings[2]
    life.are(evenings)


async def _the_group_rests(life: Life, evenings: list[str]) -> None:
    """A pause cancels, and its end restores what it took, under the same UIDs."""
    paused = dict.fromkeys(life.uids[4:], 1)
    await life.of_group("POST", "/pause", **{"from": "2026-12-20", "until": "2027-01-10"})
    assert await life.risen() == paused
    life.are(evenings[:-2])
    await life.of_group("POST", "/resume")
    assert await life.risen() == paused
    life.are(evenings)


async def _the_group_is_renamed(life: Life, evenings: list[str]) -> None:
    """Another name is another revision of each entry; no meeting is announced anew."""
    stamps = {uid: event["LAST-MODIFIED"].dt for uid, event in life.everybody.events.items()}
    await life.of_group("PATCH", name="The Coalbiters, revived")
    assert await life.risen() == {}
    life.are(evenings)
    for reader in (life.everybody, life.member):
        for uid, event in reader.events.items():
            assert str(event["SUMMARY"]).startswith("The Coalbiters, revived")
            assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt > stamps[uid]


async def _people_come_and_go(life: Life, evenings: list[str]) -> None:
    """Who joins sees what lies ahead of the first day; who leaves keeps what was, and no more."""
    await join(life.client, life.group["id"], life.newcomer, starts_on="2026-12-15")
    assert await life.risen() == {}
    assert life.late.shown() == evenings[2:]

    life.clock.set(datetime(2026, 12, 5, 9, tzinfo=UTC))
    leaver = life.group["memberships"][0]
    made(await life.client.post(f"/v1/memberships/{leaver}/end", json={}))
    await life.risen()
    assert life.member.shown() == evenings[:2]
    assert set(life.member.events) == set(life.uids[:2])
    assert life.everybody.shown() == evenings


async def test_what_events_carry_is_what_feeds_show(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, database: Database, tenant: Tenant
) -> None:
    """The last event of each meeting holds the very lines of the group's feed."""
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"], rrule="FREQ=WEEKLY;COUNT=3")
    await verb(client, meetings[0]["id"], "reschedule", starts_at="2026-11-27T18:00:00Z")
    await verb(client, meetings[1]["id"], "cancel")
    feed = made(await client.post("/v1/calendar_feeds", json={"group_id": group["id"]}))
    reader = Reader(anybody, feed["url"])
    await reader.look()
    carried = {}
    for _, data in await events_of(database, tenant):
        if calendar := data.get("calendar"):
            assert_clean(calendar["ical"].encode(), single=True)
            carried[calendar["uid"]] = calendar
    for uid, event in reader.events.items():
        inside = icalendar.Calendar.from_ical(carried[uid]["ical"]).walk("VEVENT")[0]
        assert inside == event
        is_off = event["STATUS"] == "CANCELLED"
        assert carried[uid]["method"] == ("CANCEL" if is_off else "REQUEST")
        assert carried[uid]["sequence"] == event["SEQUENCE"]
