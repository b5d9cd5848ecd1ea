"""What the plan would be if something were different; nothing is saved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.queries import groups
from app.domain.errors import Conflict, Invalid
from app.domain.hot_seats import OPEN_STATES
from app.domain.rotation_preview import Newcomer, Preview, WhatIf, preview
from app.domain.urgent_requests import needs_yield
from app.services.planning import rotation_settings, urgent_guard
from app.services.planning_outlook import Outlook, load_outlook, seats_of
from app.services.urgent_offers import taken


async def preview_rotation(
    session: AsyncSession,
    workspace_id: UUID,
    group_id: UUID,
    wish: Mapping[str, Any],
    now: datetime,
) -> Preview:
    """The plan of the group's coming meetings under a wish.

    Invalid `unknown_membership`, `unknown_meeting`; Conflict `no_seat_left` if more urgent hot
    seats are wished for than a meeting has.
    """
    group = await groups.load(session, workspace_id, group_id)
    outlook = await load_outlook(session, group, now)
    _check_ids(outlook, wish)
    settings = rotation_settings(group, outlook)
    wished = {name: wish[name] for name in ("calm", "price_announced", "price_planned")}
    settings = replace(settings, **{n: value for n, value in wished.items() if value is not None})
    what_if = _what_if(outlook, wish)
    _check_urgent(outlook, what_if)
    return preview(outlook.members, outlook.evenings, outlook.checkpoint, settings, what_if)


def _what_if(outlook: Outlook, wish: Mapping[str, Any]) -> WhatIf:
    wanted = wish["hot_seats_per_meeting"]
    guard = wish["urgent_guard"]
    planned = {evening.id for evening in outlook.evenings if evening.seats}
    return WhatIf(
        absent=_by_meeting(wish["absences"]),
        urgent=_by_meeting(wish["urgent"]),
        weights={each["membership_id"]: each["weight"] for each in wish["weights"]},
        leaving={each["membership_id"]: each["ends_on"] for each in wish["leaving"]},
        joining=[Newcomer(**each) for each in wish["joining"]],
        seats={
            meeting.id: seats_of(outlook.group, meeting, wanted=wanted)
            for meeting in outlook.meetings
            if meeting.id in planned
        },
        urgent_guard=urgent_guard(outlook.group) if guard is None else guard,
        taken={evening.id for evening in outlook.evenings if _is_taken(outlook, evening.id)},
    )


def _is_taken(outlook: Outlook, meeting_id: UUID) -> bool:
    return needs_yield(taken(s for s in outlook.seats[meeting_id] if s.state in OPEN_STATES))


def _by_meeting(named: Iterable[Mapping[str, UUID]]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for each in named:
        found[each["meeting_id"]].add(each["membership_id"])
    return found


def _check_ids(outlook: Outlook, wish: Mapping[str, Any]) -> None:
    known = {
        "membership_id": {member.id for member in outlook.members},
        "meeting_id": {evening.id for evening in outlook.evenings if not evening.fixed},
    }
    for field in ("absences", "urgent", "weights", "leaving"):
        for index, each in enumerate(wish[field]):
            for name in known.keys() & each.keys():
                if each[name] not in known[name]:
                    noun = name.removesuffix("_id")
                    raise Invalid(
                        f"There is no such {noun} among those that are planned for.",
                        code=f"unknown_{noun}",
                        pointer=f"/{field}/{index}/{name}",
                    )


def _check_urgent(outlook: Outlook, what_if: WhatIf) -> None:
    for evening in outlook.evenings:
        pins = set(evening.pinned) | what_if.urgent.get(evening.id, set())
        seats = what_if.seats.get(evening.id, evening.seats)
        if what_if.urgent.get(evening.id) and len(pins) > seats:
            raise Conflict(
                "All hot seats of this meeting are fixed: wish for fewer urgent ones.",
                code="no_seat_left",
                facts={"hot_seats": seats},
            )
