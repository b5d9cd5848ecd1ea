"""What the service says after a step, read over the API."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.service import Service

Json = dict[str, Any]


@dataclass
class Seen:
    """Everything that the invariants look at; lists are by id, `new_events` those since the step
    before. `roles` are those of held meetings and of the next one, `role_ledger` what the service
    keeps of them: credit by role and member. `agendas`: of evenings that run, or were timed.
    """

    now: dt.datetime
    group: Json
    memberships: dict[str, Json]
    meetings: dict[str, Json]
    seats: list[Json]
    rotation: Json
    history: list[Json]
    promises: dict[str, Json]
    new_events: list[Json]
    cursor: str | None
    proposals: list[Json]
    role_ledger: dict[tuple[str, str], float]
    agendas: list[Json] = field(default_factory=list)
    roles: dict[str, Json] = field(default_factory=dict)
    details: dict[str, Json] = field(default_factory=dict)
    """Promises with their histories: one that has changed is read anew."""

    def seats_of(self, meeting_id: str) -> list[Json]:
        return [seat for seat in self.seats if seat["meeting_id"] == meeting_id]

    def ahead(self) -> list[Json]:
        """The scheduled meetings that have not begun, the next one first."""
        found = [m for m in self.meetings.values() if m["state"] == "scheduled"]
        return [m for m in sorted(found, key=start_of) if start_of(m) > self.now]

    def held(self) -> list[Json]:
        """The meetings that were held, in order of time."""
        found = [m for m in self.meetings.values() if m["state"] == "held"]
        return sorted(found, key=start_of)


def start_of(meeting: Json) -> dt.datetime:
    return dt.datetime.fromisoformat(meeting["starts_at"])


def end_of(meeting: Json) -> dt.datetime:
    return dt.datetime.fromisoformat(meeting["ends_at"])


async def look(
    service: Service, group_id: str, before: Seen | None, timed: Collection[str]
) -> Seen:
    """Read everything. `before` is what was seen a step ago, `timed` are evenings to look into."""
    at = f"/v1/groups/{group_id}"
    events, cursor = await _events(service, before.cursor if before else None)
    seen = Seen(
        now=service.now,
        group=await service.get(at),
        memberships=_by_id(await service.all(f"{at}/memberships")),
        meetings=_by_id(await service.all("/v1/meetings", group_id=group_id)),
        seats=await service.all("/v1/hot_seats", group_id=group_id),
        rotation=await service.get(f"{at}/rotation"),
        history=await service.all(f"{at}/rotation/history"),
        promises=_by_id(await service.all("/v1/commitments", group_id=group_id)),
        new_events=events,
        cursor=cursor,
        proposals=await service.all("/v1/proposals", group_id=group_id),
        role_ledger=await service.role_ledger(group_id),
    )
    await _look_into_evenings(service, seen, before, timed)
    for promise_id, promise in seen.promises.items():
        known = before.details.get(promise_id) if before else None
        if known is None or known["version"] != promise["version"]:
            known = await service.get(f"/v1/commitments/{promise_id}")
        seen.details[promise_id] = known
    return seen


async def _look_into_evenings(
    service: Service, seen: Seen, before: Seen | None, timed: Collection[str]
) -> None:
    """Their agendas, and who had which role: read anew where the meeting has changed."""
    for meeting in seen.meetings.values():
        if meeting["state"] == "live" or meeting["id"] in timed:
            seen.agendas.append(await service.get(f"/v1/meetings/{meeting['id']}/agenda"))
    running = [m for m in seen.meetings.values() if m["state"] == "live"]
    for meeting in [*seen.held(), *running, *seen.ahead()[:1]]:
        same = before is not None and before.meetings.get(meeting["id"]) == meeting
        known = before.roles.get(meeting["id"]) if before and same else None
        seen.roles[meeting["id"]] = known or await service.get(
            f"/v1/meetings/{meeting['id']}/roles"
        )


async def _events(service: Service, cursor: str | None) -> tuple[list[Json], str | None]:
    found: list[Json] = []
    while True:
        page = await service.get("/v1/events", limit=100, **({"after": cursor} if cursor else {}))
        found += page["data"]
        if page["data"]:
            cursor = page["data"][-1]["cursor"]
        if page["next_cursor"] is None:
            return found, cursor


def _by_id(rows: list[Json]) -> dict[str, Json]:
    return {row["id"]: row for row in rows}
