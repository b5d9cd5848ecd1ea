"""The order of an evening's hot seats, which changes freely and costs nothing."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from app.domain.errors import Conflict
from app.domain.hot_seats import OPEN_STATES


class Turn(Protocol):
    """A hot seat of the evening."""

    membership_id: UUID
    position: int
    state: str


T = TypeVar("T", bound=Turn)


def order_after_postponing(seats: Sequence[T], late: T) -> list[T]:
    """The open hot seats from the late one's on as they follow now: it comes last.

    `seats` are in order. Raises Conflict `last_hot_seat` if none follows: then the holder is
    replaced, or it does not take place.
    """
    waiting = [seat for seat in seats if seat.state in OPEN_STATES]
    after = waiting[waiting.index(late) + 1 :]
    if not after:
        raise Conflict(
            "No hot seat follows this one: start it, or skip it so that somebody takes over.",
            code="last_hot_seat",
            facts={"position": late.position},
        )
    return [*after, late]
