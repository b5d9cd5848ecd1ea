"""What a write does to a group's plan, told with its answer: `?dry_run=true` shows it ahead."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, HotSeat
from app.db.queries import groups, meetings
from app.db.queries import planning as queries
from app.domain import ids
from app.domain.errors import Conflict
from app.domain.foresight import as_it_stands
from app.domain.plan_change import PlanChange, PlanLook, Turn
from app.domain.plan_comparison import compare
from app.services.plan_writing import OPEN
from app.services.planning_outlook import Outlook, load_outlook

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """What was written, and what that did to the plan."""

    row: T
    plan: PlanChange


@dataclass(frozen=True, slots=True)
class PlanWatch:
    """A look at the plan of a locked group, to be compared with what comes of it."""

    session: AsyncSession
    outlook: Outlook
    before: PlanLook
    now: datetime

    async def change(self) -> PlanChange:
        """What is different by now, in as many SELECTs whatever that is."""
        await self.session.flush()
        group, meetings_before = self.outlook.group, self.outlook.meetings
        outlook = await load_outlook(self.session, group, self.now)
        ahead = {meeting.id for meeting in outlook.meetings}
        had = await queries.hot_seats(
            self.session, group.workspace_id, [meeting.id for meeting in meetings_before]
        )
        return compare(
            self.before,
            _look(outlook),
            took_place={(s.meeting_id, s.membership_id) for s in had if s.state == "done"},
            gone={each.id: each.state for each in meetings_before if each.id not in ahead},
        )


async def watch_plan(session: AsyncSession, group: Group, now: datetime) -> PlanWatch:
    """Look at the plan before a write that may change it."""
    outlook = await load_outlook(session, group, now)
    return PlanWatch(session, outlook, _look(outlook), now)


async def watch_group(
    session: AsyncSession, workspace_id: UUID, group_id: UUID, now: datetime
) -> PlanWatch:
    """Lock a group and look at its plan; NotFound."""
    return await watch_plan(session, await groups.lock(session, workspace_id, group_id), now)


async def watch_meeting(
    session: AsyncSession, workspace_id: UUID, meeting_id: UUID, now: datetime
) -> PlanWatch:
    """Lock a meeting's group and look at its plan; NotFound."""
    group_id = await meetings.group_of(session, workspace_id, meeting_id)
    return await watch_group(session, workspace_id, group_id, now)


def seat_facts(seats: Sequence[HotSeat]) -> list[Mapping[str, Any]]:
    """Hot seats as a refusal names them, so that a caller can go on without reading again."""
    return [
        {
            "hot_seat_id": ids.encode("hot_seat", seat.id),
            "membership_id": ids.encode("membership", seat.membership_id),
            "position": seat.position,
            "state": seat.state,
            "pinned": seat.pinned,
            "version": seat.version,
        }
        for seat in seats
    ]


@contextmanager
def naming_seats(seats: Sequence[HotSeat]) -> Iterator[None]:
    """Let a refusal name a meeting's hot seats as they are now."""
    try:
        yield
    except Conflict as refused:
        refused.facts["hot_seats"] = seat_facts(seats)
        raise


def _look(outlook: Outlook) -> PlanLook:
    return PlanLook(
        members=outlook.members,
        evenings=outlook.evenings,
        turns={
            (meeting.id, seat.membership_id): Turn(
                meeting_id=meeting.id,
                membership_id=seat.membership_id,
                starts_at=meeting.starts_at,
                position=seat.position,
                announced=seat.state != "planned",
                reason=seat.reason,
            )
            for meeting in outlook.meetings
            for seat in outlook.seats.get(meeting.id, ())
            if seat.state in OPEN | {"live"}
        },
        credits=outlook.checkpoint.standings,
        ahead=as_it_stands(outlook.members, outlook.evenings, outlook.checkpoint),
    )
