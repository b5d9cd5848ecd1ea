"""Granting an urgent hot seat, by the rule or over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import HotSeat, UrgentRequest
from app.db.queries import urgent_requests as queries
from app.domain import ids
from app.domain import urgent_requests as rules
from app.domain.errors import Conflict, Invalid
from app.domain.foresight import foresee
from app.domain.rotation import UrgentDecision, urgent_decision, urgent_order
from app.domain.rotation import UrgentRequest as Claim
from app.domain.urgent_requests import UrgentState
from app.domain.versions import Expected
from app.services.organizers import check_is_organizer
from app.services.plan_changes import Changed, naming_seats, watch_plan
from app.services.planning import replan, rotation_settings, urgent_guard
from app.services.planning_outlook import Outlook
from app.services.urgent_offers import open_seats, refusal, taken
from app.services.urgent_requests import (
    OpenedRequest,
    check_ahead,
    check_can_ask,
    decide,
    open_request,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a request is granted. `overrule_because`: an organizer's reason to go over the rule."""

    yields_hot_seat_id: UUID | None = None
    overrule_because: str | None = None


async def grant_urgent_request(
    session: AsyncSession,
    workspace_id: UUID,
    request_id: UUID,
    terms: Terms,
    actor_id: UUID | None,
    expected: Expected,
    now: datetime,
) -> Changed[UrgentRequest]:
    """Give the member a hot seat that stays theirs, and plan the others anew.

    Conflict `urgent_not_first` (another request has the better claim), `seat_announced`,
    `no_seat_left`, and `urgent_refused` with swaps to offer. An organizer overrules all but the
    lack of a seat.
    """
    opened = await open_request(session, workspace_id, request_id, expected)
    request, meeting, group = opened.request, opened.meeting, opened.group
    rules.check_undecided(request.state, request.version)
    check_ahead(meeting, now)
    if terms.overrule_because is not None:
        await check_is_organizer(session, group, actor_id)
    watch = await watch_plan(session, group, now)
    outlook = watch.outlook
    check_can_ask(outlook, meeting, request.membership_id)
    waiting = await queries.undecided(session, workspace_id, meeting.id)
    if terms.overrule_because is None:
        await _check_first(session, opened, outlook, waiting)
    pins = _pins(opened, outlook, terms)
    decided = _by_rule(opened, outlook, pins)
    if not decided.granted and terms.overrule_because is None:
        raise refusal(opened, outlook, decided)
    _seat(session, opened, outlook, pins, terms, now)
    decision = rules.decision(decided.reason, overruled=terms.overrule_because)
    await decide(session, opened, UrgentState.GRANTED, decision, now)
    await _turn_down_the_rest(session, opened, outlook, waiting, now)
    yielded = [terms.yields_hot_seat_id] if terms.yields_hot_seat_id else []
    await replan(session, workspace_id, group.id, now, released=yielded)
    return Changed(request, await watch.change())


async def _check_first(
    session: AsyncSession,
    opened: OpenedRequest,
    outlook: Outlook,
    waiting: Sequence[UrgentRequest],
) -> None:
    group = opened.group
    members = [request.membership_id for request in waiting]
    earlier = await queries.decisions(session, group.workspace_id, group.id, members)
    refusals = {row.membership_id: bool(row.decision["first_refusal"]) for row in earlier}
    claims = [
        Claim(each.membership_id, each.created_at, refusals.get(each.membership_id, False))
        for each in waiting
    ]
    first = urgent_order(claims, outlook.checkpoint.standings)[0].membership_id
    if first != opened.request.membership_id:
        preferred = next(each.id for each in waiting if each.membership_id == first)
        raise Conflict(
            "Another request for this meeting has the better claim: decide that one first.",
            code="urgent_not_first",
            facts={"first_urgent_request_id": ids.encode("urgent_request", preferred)},
        )


def _pins(opened: OpenedRequest, outlook: Outlook, terms: Terms) -> frozenset[UUID]:
    seats = open_seats(opened, outlook)
    yielding = [seat for seat in seats if seat.id == terms.yields_hot_seat_id]
    if terms.yields_hot_seat_id is not None and not yielding:
        raise Invalid(
            "This is no open hot seat of the meeting.",
            code="unknown_hot_seat",
            pointer="/yields_hot_seat_id",
        )
    evening = next(each for each in outlook.evenings if each.id == opened.meeting.id)
    with naming_seats(seats):
        return rules.pins_for(
            opened.request.membership_id,
            taken(seats),
            max(evening.seats, len(evening.pinned)),
            yielding[0].membership_id if yielding else None,
            overrule=terms.overrule_because is not None,
        )


def _by_rule(opened: OpenedRequest, outlook: Outlook, pins: frozenset[UUID]) -> UrgentDecision:
    evenings = [
        rules.with_pins(evening, pins) if evening.id == opened.meeting.id else evening
        for evening in outlook.evenings
    ]
    settings = rotation_settings(opened.group, outlook)
    ahead = foresee(outlook.members, evenings, outlook.checkpoint, settings)
    return urgent_decision(
        ahead.least_credit(opened.meeting.id, opened.request.membership_id),
        guard=urgent_guard(opened.group),
    )


def _seat(
    session: AsyncSession,
    opened: OpenedRequest,
    outlook: Outlook,
    pins: frozenset[UUID],
    terms: Terms,
    now: datetime,
) -> None:
    """Add the hot seat, in the place of the one that yields, or as the last."""
    request = opened.request
    seats = open_seats(opened, outlook)
    for seat in seats:
        if seat.membership_id in pins and not seat.pinned:
            seat.pinned = True
            seat.touch(now)
    places = [seat.position for seat in seats if seat.id == terms.yields_hot_seat_id]
    session.add(
        HotSeat(
            workspace_id=request.workspace_id,
            group_id=opened.group.id,
            meeting_id=request.meeting_id,
            membership_id=request.membership_id,
            position=places[0] if places else len(seats) + 1,
            state="planned",
            pinned=True,
            urgent=True,
            created_at=now,
            updated_at=now,
        )
    )
    opened.meeting.touch(now)


async def _turn_down_the_rest(
    session: AsyncSession,
    opened: OpenedRequest,
    outlook: Outlook,
    waiting: Sequence[UrgentRequest],
    now: datetime,
) -> None:
    """Once all hot seats of the meeting are urgent, whoever waits has first refusal next time."""
    urgent = 1 + sum(seat.urgent for seat in open_seats(opened, outlook))
    evening = next(each for each in outlook.evenings if each.id == opened.meeting.id)
    if urgent < evening.seats:
        return
    decision = rules.decision(rules.ANOTHER_PREFERRED, first_refusal=True)
    for other in waiting:
        if other.id != opened.request.id:
            rest = OpenedRequest(other, opened.meeting, opened.group)
            await decide(session, rest, UrgentState.DECLINED, decision, now)
