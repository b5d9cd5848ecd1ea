"""A group's history, put into the tables as it would stand there."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

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

    `marks`, `done` and `passed` belong to each held meeting; `leave` is the first member's.
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


@dataclass(frozen=True)
class Rows:
    """Ids as they are written outside."""

    group: str
    memberships: list[str]


async def insert_group_world(database: Database, tenant: Tenant, world: GroupWorld) -> Rows:
    """Insert all rows of a world into an empty workspace."""
    own = {"workspace_id": tenant.workspace_id}
    times = {"created_at": START, "updated_at": START}
    group_id, members = uuid.uuid4(), [uuid.uuid4() for _ in range(4)]
    people = [uuid.uuid4() for _ in range(4)]
    long_ago = START.date() - dt.timedelta(days=100)
    async with database.transaction() as session:
        session.add(Group(id=group_id, name="World", time_zone=world.zone, **own, **times))
        session.add_all(
            Person(id=who, name="Somebody", time_zone="UTC", **own, **times) for who in people
        )
        await session.flush()
        session.add_all(
            Membership(
                id=members[number],
                group_id=group_id,
                person_id=people[number],
                place=number + 1,
                state="current",
                starts_on=long_ago,
                **own,
                **times,
            )
            for number in range(4)
        )
        session.add_all(_meeting(world, number, group_id, own, times) for number in range(9))
        await session.flush()
        if world.leave is not None:
            first, last = world.leave
            session.add(
                Leave(
                    membership_id=members[0], first_on=first, last_on=last, created_at=START, **own
                )
            )
        for number in world.held:
            session.add_all(_of_meeting(world, number, group_id, members, own, times))
        for history, owner in zip(world.histories, world.owners, strict=True):
            present = fold(history)
            commitment = Commitment(
                group_id=group_id,
                membership_id=members[owner],
                person_id=people[owner],
                title="Promise",
                state=present.state.value,
                made_at=history[0].at,
                **columns_of_due(present.due),
                **own,
                **times,
            )
            session.add(commitment)
            await session.flush()
            session.add_all(
                event_row(tenant.workspace_id, commitment.id, number, event)
                for number, event in enumerate(history, start=1)
            )
    return Rows(ids.encode("group", group_id), [ids.encode("membership", m) for m in members])


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
    group_id: uuid.UUID,
    members: list[uuid.UUID],
    own: dict[str, uuid.UUID],
    times: dict[str, dt.datetime],
) -> list[Attendance | HotSeat]:
    at = {"meeting_id": MEETINGS[number], **own}
    rows: list[Attendance | HotSeat] = [
        Attendance(
            membership_id=members[member],
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
        rows += [
            HotSeat(
                group_id=group_id,
                membership_id=members[member],
                position=position,
                state=state,
                **at,
                **times,
            )
            for position, member in enumerate(sorted(who), start=1)
        ]
    return rows
