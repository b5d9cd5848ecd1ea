"""What must hold of a workspace's writes, events and deliveries, however often anybody died."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select

from app.db.base import WithId
from app.db.models import (
    CheckIn,
    Commitment,
    Delivery,
    Event,
    Group,
    Meeting,
    Membership,
    Person,
)
from app.db.session import Database
from app.domain import ids
from tests.support.builders import made
from tests.support.crash_load import Change, Told
from tests.support.receiver import Received

TABLES: Mapping[str, type[WithId]] = {
    "person": Person,
    "group": Group,
    "membership": Membership,
    "meeting": Meeting,
    "commitment": Commitment,
    "check_in": CheckIn,
}
VERSIONED = {"person", "group", "commitment"}
CREATED = {
    "person": "person.created",
    "group": "group.created",
    "membership": "membership.created",
    "meeting": "meeting.scheduled",
    "commitment": "commitment.made",
    "check_in": "check_in.created",
}


@dataclass(frozen=True)
class Counts:
    changes: int = 0
    events: int = 0
    deliveries: int = 0
    arrivals: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} {name}" for name, count in asdict(self).items())
        return f"{counted}, {self.arrivals - self.deliveries:,} of them duplicates"


async def left_to_do(database: Database) -> int:
    """Events without a number and deliveries that have not succeeded."""
    async with database.reader() as connection:
        unnumbered = select(func.count()).where(Event.position.is_(None)).scalar_subquery()
        undelivered = select(func.count()).where(Delivery.state != "succeeded").scalar_subquery()
        left: int = (await connection.execute(select(unnumbered + undelivered))).scalar_one()
        return left


async def prove(
    database: Database,
    workspace_id: UUID,
    client: httpx.AsyncClient,
    told: Told,
    arrivals: Sequence[Received],
) -> Counts:
    """Check a workspace with one endpoint that hears of everything."""
    await _nothing_took_effect_twice(database, workspace_id, told)
    events = await _pages(client, "/v1/events", "after")
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    _every_change_has_its_event(told, events)
    deliveries = await _pages(client, "/v1/deliveries", "cursor")
    numbers = {delivery["event_id"]: delivery["number"] for delivery in deliveries}
    assert numbers.keys() == {event["id"] for event in events}
    assert sorted(numbers.values()) == list(range(1, len(deliveries) + 1))
    assert {delivery["status"] for delivery in deliveries} == {"succeeded"}
    _every_delivery_arrived(events, numbers, arrivals)
    return Counts(len(told.changes), len(events), len(deliveries), len(arrivals))


async def _nothing_took_effect_twice(database: Database, workspace_id: UUID, told: Told) -> None:
    """There is exactly what writers were told of, although many had to ask again."""
    async with database.reader() as connection:
        for noun, table in TABLES.items():
            query = select(table.id).where(table.workspace_id == workspace_id)
            found = {ids.encode(noun, row) for row in await connection.scalars(query)}
            assert found == told.created.get(noun, set()), noun


async def _pages(client: httpx.AsyncClient, path: str, parameter: str) -> list[Any]:
    found: list[Any] = []
    params = {"limit": "100"}
    while True:
        page = made(await client.get(path, params=params))
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        params[parameter] = page["next_cursor"]


def _every_change_has_its_event(told: Told, events: Sequence[Any]) -> None:
    """One event for each version that a writer was shown, and none of a change nobody made."""
    heard_of = Counter(
        Change(noun, event["data"][f"{noun}_id"], event["data"]["version"])
        for event in events
        if (noun := event["type"].partition(".")[0]) in VERSIONED
    )
    assert heard_of == Counter(change for change in told.changes if change.noun in VERSIONED)
    for noun, type_ in CREATED.items():
        new = [event["data"][f"{noun}_id"] for event in events if event["type"] == type_]
        assert sorted(new) == sorted(told.created.get(noun, set())), noun


def _every_delivery_arrived(
    events: Sequence[Any], numbers: dict[str, int], arrivals: Sequence[Received]
) -> None:
    """At least once; what arrived again was the same, byte by byte."""
    copies: dict[str, list[Received]] = defaultdict(list)
    for arrival in arrivals:
        copies[arrival.headers["webhook-id"]].append(arrival)
    assert copies.keys() == numbers.keys()
    for event in events:
        same = copies[event["id"]]
        assert len({copy.body for copy in same}) == 1
        assert {copy.headers["hotseat-delivery-number"] for copy in same} == {
            str(numbers[event["id"]])
        }
        body = same[0].json()
        assert (body["type"], body["data"]) == (event["type"], event["data"])
