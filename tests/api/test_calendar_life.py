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

from tests.support.builders import join, made, make_cadence, make_group, make_people, verb
from tests.support.calendars import assert_clean, assert_follows
from tests.support.clock import ManualClock

WINDOW = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
EVENING = "19:30"


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


async def test_a_groups_life_in_its_calendars(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, clock: ManualClock
) -> None:
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"], rrule="FREQ=WEEKLY;COUNT=6")
    uids = [meeting["uid"] for meeting in meetings]
    ids = [meeting["id"] for meeting in meetings]
    (newcomer,) = await make_people(client, 1)
    whose = [{"group_id": group["id"]}, {"person_id": group["people"][0]}, {"person_id": newcomer}]
    feeds = [made(await client.post("/v1/calendar_feeds", json=body)) for body in whose]
    everybody, member, late = (Reader(anybody, feed["url"]) for feed in feeds)

    async def all_look() -> list[dict[str, int]]:
        clock.advance(timedelta(hours=1))
        for reader in (everybody, member, late):
            await reader.look()
        return [reader.risen() for reader in (everybody, member)]

    evenings = [f"{day} 19:30-21:00" for day in ("11-26", "12-03", "12-10", "12-17", "12-24")]
    evenings = sorted([*evenings, "12-31 19:30-21:00"])
    assert await all_look() == [{}, {}]
    assert everybody.shown() == member.shown() == evenings
    assert set(everybody.events) == set(member.events) == set(uids)
    assert late.shown() == []

    # Moved: another time under the same UID, one more SEQUENCE.
    await verb(client, ids[0], "reschedule", starts_at="2026-11-27T18:00:00Z")
    assert await all_look() == [{uids[0]: 1}] * 2
    evenings[0] = "11-27 18:00-19:30"
    assert everybody.shown() == member.shown() == evenings

    # Extended.
    await verb(client, ids[1], "reschedule", starts_at="2026-12-03T19:30:00Z", duration_minutes=120)
    assert await all_look() == [{uids[1]: 1}] * 2
    evenings[1] = "12-03 19:30-21:30"
    assert everybody.shown() == member.shown() == evenings

    # Cancelled: it stays, and says so.
    await verb(client, ids[2], "cancel", reason="Half of us are away")
    assert await all_look() == [{uids[2]: 1}] * 2
    assert everybody.events[uids[2]]["STATUS"] == "CANCELLED"
    del evenings[2]
    assert everybody.shown() == member.shown() == evenings

    # A pause cancels, and its end restores under the same UIDs.
    path = f"/v1/groups/{group['id']}"
    made(await client.post(f"{path}/pause", json={"from": "2026-12-20", "until": "2027-01-10"}))
    assert await all_look() == [{uids[4]: 1, uids[5]: 1}] * 2
    assert everybody.shown() == member.shown() == evenings[:-2]
    made(await client.post(f"{path}/resume"))
    assert await all_look() == [{uids[4]: 1, uids[5]: 1}] * 2
    assert everybody.shown() == member.shown() == evenings
    assert set(everybody.events) == set(uids)

    # Another name is another revision of each entry; no meeting was announced anew.
    stamps = {uid: event["LAST-MODIFIED"].dt for uid, event in everybody.events.items()}
    made(await client.patch(path, json={"name": "The Coalbiters, revived"}))
    assert await all_look() == [{}, {}]
    assert everybody.shown() == member.shown() == evenings
    for reader in (everybody, member):
        for uid, event in reader.events.items():
            assert str(event["SUMMARY"]).startswith("The Coalbiters, revived")
            assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt > stamps[uid]

    # Who joins sees what lies ahead of the first day.
    await join(client, group["id"], newcomer, starts_on="2026-12-15")
    assert await all_look() == [{}, {}]
    assert late.shown() == evenings[2:]

    # Who leaves keeps what was, and loses what would have been.
    clock.set(datetime(2026, 12, 5, 9, tzinfo=UTC))
    ended = await client.post(f"/v1/memberships/{group['memberships'][0]}/end", json={})
    made(ended)
    await all_look()
    assert member.shown() == evenings[:2]
    assert everybody.shown() == evenings
    assert set(member.events) == {uids[0], uids[1]}


async def test_what_events_carry_is_what_feeds_show(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    """The last event of each meeting holds the very lines of the group's feed."""
    group = await make_group(client, 4)
    meetings = await make_cadence(client, group["id"], rrule="FREQ=WEEKLY;COUNT=3")
    await verb(client, meetings[0]["id"], "reschedule", starts_at="2026-11-27T18:00:00Z")
    await verb(client, meetings[1]["id"], "cancel")
    feed = made(await client.post("/v1/calendar_feeds", json={"group_id": group["id"]}))
    reader = Reader(anybody, feed["url"])
    await reader.look()
    page = made(await client.get("/v1/events", params={"limit": "100"}))
    carried = {}
    for event in page["data"]:
        if calendar := event["data"].get("calendar"):
            assert_clean(calendar["ical"].encode(), single=True)
            carried[calendar["uid"]] = calendar
    for uid, event in reader.events.items():
        inside = icalendar.Calendar.from_ical(carried[uid]["ical"]).walk("VEVENT")[0]
        assert inside == event
        is_off = event["STATUS"] == "CANCELLED"
        assert carried[uid]["method"] == ("CANCEL" if is_off else "REQUEST")
        assert carried[uid]["sequence"] == event["SEQUENCE"]
