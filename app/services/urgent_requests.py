"""Writes of requests for urgent hot seats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Group, Meeting, UrgentRequest
from app.db.queries import external_ids, hot_seats, planning
from app.db.queries import urgent_requests as queries
from app.domain import urgent_requests as rules
from app.domain.errors import Conflict, Invalid
from app.domain.hot_seats import OPEN_STATES
from app.domain.plan_change import UNCHANGED
from app.domain.urgent_requests import UrgentState
from app.domain.versions import ANY, Expected
from app.services.events import emit
from app.services.facts import urgent_request_facts
from app.services.meeting_rows import locked
from app.services.plan_changes import Changed, naming_seats, watch_plan
from app.services.planning import replan
from app.services.planning_outlook import Outlook, load_outlook


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """A request to change; its group is locked."""

    request: UrgentRequest
    meeting: Meeting
    group: Group


async def create_urgent_request(
    session: AsyncSession,
    workspace_id: UUID,
    meeting_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> Changed[UrgentRequest]:
    """Ask for a hot seat in a meeting that is planned, for a member who will be there."""
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    check_ahead(meeting, now)
    membership_id = fields["membership_id"]
    outlook = await load_outlook(session, group, now)
    if membership_id not in outlook.people:
        raise Invalid(
            "There is no such member in this group.",
            code="unknown_membership",
            pointer="/membership_id",
        )
    check_can_ask(outlook, meeting, membership_id)
    waiting = await queries.undecided(session, workspace_id, meeting_id)
    if membership_id in {other.membership_id for other in waiting}:
        raise Conflict("The member has asked for this already.", code="already_requested")
    request = UrgentRequest(
        workspace_id=workspace_id,
        meeting_id=meeting_id,
        state="requested",
        created_at=now,
        updated_at=now,
        **fields,
    )
    session.add(request)
    await session.flush()
    await tell(session, group, request, "urgent_request.made", now)
    return Changed(request, UNCHANGED)


async def decline_urgent_request(
    session: AsyncSession,
    workspace_id: UUID,
    request_id: UUID,
    expected: Expected,
    now: datetime,
) -> Changed[UrgentRequest]:
    """Say no to a request."""
    opened = await open_request(session, workspace_id, request_id, expected)
    rules.check_undecided(opened.request.state, opened.request.version)
    await decide(session, opened, UrgentState.DECLINED, rules.decision(rules.DECLINED), now)
    return Changed(opened.request, UNCHANGED)


async def withdraw_urgent_request(
    session: AsyncSession,
    workspace_id: UUID,
    request_id: UUID,
    expected: Expected,
    now: datetime,
) -> Changed[UrgentRequest]:
    """Take a request back. If it was granted, its hot seat goes back into the plan."""
    opened = await open_request(session, workspace_id, request_id, expected)
    request = opened.request
    if request.state != UrgentState.GRANTED:
        rules.check_undecided(request.state, request.version)
        await decide(session, opened, UrgentState.WITHDRAWN, request.decision, now)
        return Changed(request, UNCHANGED)
    check_ahead(opened.meeting, now)
    watch = await watch_plan(session, opened.group, now)
    await decide(session, opened, UrgentState.WITHDRAWN, request.decision, now)
    released = await _granted_seat(session, opened)
    await replan(session, workspace_id, opened.group.id, now, released=released)
    return Changed(request, await watch.change())


async def open_request(
    session: AsyncSession, workspace_id: UUID, request_id: UUID, expected: Expected
) -> OpenedRequest:
    """Lock the request's group and load it, to be changed; NotFound, StaleVersionError."""
    meeting_id = await queries.meeting_of(session, workspace_id, request_id)
    group, meeting = await locked(session, workspace_id, meeting_id, ANY)
    request = await queries.load(session, workspace_id, request_id)
    expected.check(request.version)
    return OpenedRequest(request, meeting, group)


async def decide(
    session: AsyncSession,
    opened: OpenedRequest,
    state: UrgentState,
    decision: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Write what a request came to, and tell of it."""
    request = opened.request
    request.state = state.value
    request.decision = None if decision is None else dict(decision)
    request.decided_at = now
    request.touch(now)
    await session.flush()
    await tell(session, opened.group, request, "urgent_request.decided", now)


async def tell(
    session: AsyncSession, group: Group, request: UrgentRequest, event_type: str, now: datetime
) -> None:
    """Tell of a request that was flushed."""
    holder = await hot_seats.holder(session, group.workspace_id, request.membership_id)
    names = await external_ids.of_meetings(session, group.workspace_id, {request.meeting_id})
    facts = urgent_request_facts(request, group, holder, names[request.meeting_id])
    emit(session, event_type, group.workspace_id, facts, now, group_id=group.id)


def check_ahead(meeting: Meeting, now: datetime) -> None:
    """Raises Conflict `meeting_over` unless the meeting is still to come."""
    if meeting.state != "scheduled" or meeting.starts_at <= now:
        raise Conflict(
            "Urgent hot seats are asked for and given before a meeting begins.",
            code="meeting_over",
            facts={"state": meeting.state},
        )


def check_can_ask(outlook: Outlook, meeting: Meeting, membership_id: UUID) -> None:
    """Raises Conflict as `app.domain.urgent_requests.check_can_ask` does."""
    near = {evening.id: evening for evening in outlook.evenings}
    had = {seat.membership_id for seat in outlook.seats.get(meeting.id, ())}
    with naming_seats(outlook.seats.get(meeting.id, ())):
        rules.check_can_ask(membership_id, near.get(meeting.id), outlook.members, had)


async def _granted_seat(session: AsyncSession, opened: OpenedRequest) -> set[UUID]:
    seats = await planning.hot_seats(session, opened.group.workspace_id, [opened.meeting.id])
    return {
        seat.id
        for seat in seats
        if seat.membership_id == opened.request.membership_id and seat.state in OPEN_STATES
    }
