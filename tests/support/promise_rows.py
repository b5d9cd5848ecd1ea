"""Groups' histories, put into the tables as they would stand there."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from app.db.models import (
    Attendance,
    Commitment,
    Group,
    HotSeat,
    Leave,
    Meeting,
    Membership,
    Person,
)
from app.db.session import Database
from app.domain import ids
from app.domain.commitment_history import CommitmentEvent, fold
from app.services.commitment_records import columns_of_due, event_row
from tests.support.promise_worlds import MEETINGS, START, ends_at
from tests.support.tenants import Tenant


@dataclass(frozen=True)
class Mark:
    """How a member attended."""

    status: str
    presumed: bool
    weight: float


@dataclass
class GroupWorld:
    """Four members, the meetings that were `held` (of nine), and promises by `owners`.

    `marks`, `done` and `passed` belong to each held meeting; `leave` is the first member's; `stays`
    are the first and last days of all four, who otherwise were there long before.
    """

    zone: str
    now: dt.datetime
    histories: list[list[CommitmentEvent]]
    owners: list[int]
    held: list[int]
    marks: dict[int, list[Mark | None]] = field(default_factory=dict)
    done: dict[int, set[int]] = field(default_factory=dict)
    passed: dict[int, set[int]] = field(default_factory=dict)
    leave: tuple[dt.date, dt.date] | None = None
    stays: list[tuple[dt.date, dt.date | None]] = field(
        default_factory=lambda: [(LONG_AGO, None)] * 4
    )


LONG_AGO = START.date() - dt.timedelta(days=100)


@dataclass(frozen=True)
class Rows:
    """The ids of a group and its members."""

    group_id: uuid.UUID
    members: list[uuid.UUID]

    @property
    def group(self) -> str:
        return ids.encode("group", self.group_id)

    @property
    def memberships(self) -> list[str]:
        return [ids.encode("membership", each) for each in self.members]


async def insert_group_worlds(
    database: Database, worlds: Sequence[tuple[Tenant, GroupWorld]]
) -> list[Rows]:
    """Insert all rows of worlds, each into an empty workspace of its own, a table at a time."""
    shown = [Rows(uuid.uuid4(), [uuid.uuid4() for _ in range(4)]) for _ in worlds]
    stages = [
        _stages(tenant, world, rows) for (tenant, world), rows in zip(worlds, shown, strict=True)
    ]
    async with database.transaction() as session:
        for stage in zip_longest(*stages, fillvalue=()):
            session.add_all(row for rows in stage for row in rows)
            await session.flush()
    return shown


def _stages(tenant: Tenant, world: GroupWorld, rows: Rows) -> Iterator[list[Any]]:
    """The rows of a world; those of a stage refer to earlier ones at most."""
    own = {"workspace_id": tenant.workspace_id}
    times = {"created_at": START, "updated_at": START}
    people = [
        Person(id=uuid.uuid4(), name="Somebody", time_zone="UTC", **own, **times) for _ in range(4)
    ]
    yield [Group(id=rows.group_id, name="World", time_zone=world.zone, **own, **times), *people]
    meetings = [_meeting(world, number, rows.group_id, own, times) for number in range(9)]
    yield [*_memberships(world, rows, people, own, times), *meetings]
    promises = [
        Commitment(
            id=uuid.uuid4(),
            group_id=rows.group_id,
            membership_id=rows.members[owner],
            person_id=people[owner].id,
            title="Promise",
            state=fold(history).state.value,
            made_at=history[0].at,
            **columns_of_due(fold(history).due),
            **own,
            **times,
        )
        for history, owner in zip(world.histories, world.owners, strict=True)
    ]
    evenings = [_of_meeting(world, number, rows, own, times) for number in world.held]
    yield [*promises, *(row for of_one in evenings for row in of_one), *_leave(world, rows, own)]
    yield [
        event_row(tenant.workspace_id, promise.id, number, event)
        for promise, history in zip(promises, world.histories, strict=True)
        for number, event in enumerate(history, start=1)
    ]


def _memberships(
    world: GroupWorld,
    rows: Rows,
    people: list[Person],
    own: dict[str, uuid.UUID],
    times: dict[str, dt.datetime],
) -> list[Membership]:
    return [
        Membership(
            id=rows.members[number],
            group_id=rows.group_id,
            person_id=people[number].id,
            place=number + 1,
            state="current",
            starts_on=first,
            ends_on=last,
            **own,
            **times,
        )
        for number, (first, last) in enumerate(world.stays)
    ]


def _leave(world: GroupWorld, rows: Rows, own: dict[str, uuid.UUID]) -> list[Leave]:
    if world.leave is None:
        return []
    first, last = world.leave
    who = rows.members[0]
    return [Leave(membership_id=who, first_on=first, last_on=last, created_at=START, **own)]


def _meeting(
    world: GroupWorld,
    number: int,
    group_id: uuid.UUID,
    own: dict[str, uuid.UUID],
    times: dict[str, dt.datetime],
) -> Meeting:
    end = ends_at(number)
    return Meeting(
        id=MEETINGS[number],
        group_id=group_id,
        state="held" if number in world.held else "scheduled",
        origin="ad_hoc",
        local_start="2029-10-01T19:30",
        time_zone=world.zone,
        starts_at=end - dt.timedelta(hours=3),
        ends_at=end,
        closed_at=end if number in world.held else None,
        uid=str(number),
        calendar_changed_at=START,
        **own,
        **times,
    )


def _of_meeting(
    world: GroupWorld,
    number: int,
    rows: Rows,
    own: dict[str, uuid.UUID],
    times: dict[str, dt.datetime],
) -> list[Attendance | HotSeat]:
    at = {"meeting_id": MEETINGS[number], **own}
    found: list[Attendance | HotSeat] = [
        Attendance(
            membership_id=rows.members[member],
            status=mark.status,
            presumed=mark.presumed,
            weight=mark.weight,
            updated_at=START,
            **at,
        )
        for member, mark in enumerate(world.marks[number])
        if mark is not None
    ]
    for state, who in (("done", world.done[number]), ("passed", world.passed[number])):
        found += [
            HotSeat(
                group_id=rows.group_id,
                membership_id=rows.members[member],
                position=position,
                state=state,
                **at,
                **times,
            )
            for position, member in enumerate(sorted(who), start=1)
        ]
    return found
