"""What is offered instead of an urgent hot seat that the rule refuses: swaps."""

from collections.abc import Iterable
from typing import Any

from app.db.models import HotSeat
from app.domain import ids
from app.domain.errors import Conflict
from app.domain.evenings import seatable
from app.domain.hot_seats import OPEN_STATES
from app.domain.rotation import UrgentDecision
from app.domain.urgent_requests import Taken
from app.services.plan_changes import seat_facts
from app.services.planning_outlook import Outlook
from app.services.urgent_requests import OpenedRequest


def open_seats(opened: OpenedRequest, outlook: Outlook) -> list[HotSeat]:
    """The hot seats of the request's meeting that have not begun."""
    return [seat for seat in outlook.seats[opened.meeting.id] if seat.state in OPEN_STATES]


def taken(seats: Iterable[HotSeat]) -> list[Taken]:
    """Open hot seats as the rules see them."""
    return [
        Taken(seat.id, seat.membership_id, seat.state == "announced", seat.pinned) for seat in seats
    ]


def refusal(opened: OpenedRequest, outlook: Outlook, decided: UrgentDecision) -> Conflict:
    return Conflict(
        f"The hot seat {decided.reason.text}, or let an organizer overrule with a reason.",
        code="urgent_refused",
        facts={
            **decided.reason.params,
            "swaps": _swaps(opened, outlook),
            "hot_seats": seat_facts(open_seats(opened, outlook)),
        },
    )


def _swaps(opened: OpenedRequest, outlook: Outlook) -> list[dict[str, Any]]:
    """The member's next hot seat against each one of the meeting whose holder could take it."""
    asks = opened.request.membership_id
    for evening in outlook.evenings:
        seats = outlook.seats[evening.id]
        own = [s for s in seats if s.membership_id == asks and s.state in OPEN_STATES]
        if own and not evening.fixed:
            free = seatable(evening, outlook.members) - {seat.membership_id for seat in seats}
            return [
                {
                    "hot_seat_id": ids.encode("hot_seat", own[0].id),
                    "with_hot_seat_id": ids.encode("hot_seat", seat.id),
                }
                for seat in open_seats(opened, outlook)
                if seat.membership_id in free
            ]
    return []
