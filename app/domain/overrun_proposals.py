"""What people can decide when a meeting cannot end in time even with every slot at its minimum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from app.domain.overrun_clock import Box, Clock

ProposalCode = Literal["drop_segment", "move_to_next_meeting"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Drop what has not begun of a segment, or give these members their hot seat next time.

    Hot seats go from the last of the evening on, and `membership_ids` (empty for a dropped
    segment) are in that order: whoever is moved is first in line next time. `gives_up` is
    the planned time of what goes. `frees` is how much earlier the meeting ends, with everything
    else at its minimum; `enough` says whether this alone brings it back to its end.
    """

    code: ProposalCode
    segment_ids: tuple[str, ...]
    positions: tuple[int, ...]
    membership_ids: tuple[UUID, ...]
    gives_up: timedelta
    frees: timedelta
    enough: bool


def proposals_for(live: Sequence[Box], clock: Clock, over: int) -> tuple[Proposal, ...]:
    """Each stands alone; those that are enough come first, then those that give up less."""
    segments: dict[str, list[Box]] = {}
    seats: list[Box] = []
    for box in live:
        if not box.begun and box.progress.slot.kind == "hot_seat":
            seats.insert(0, box)
        elif not box.begun:
            segments.setdefault(box.progress.slot.segment_id, []).append(box)
    while len(seats) > 1 and _frees(live, seats[:-1], clock) >= over:
        seats.pop()
    found = [_proposal("drop_segment", live, boxes, clock, over) for boxes in segments.values()]
    found.append(_proposal("move_to_next_meeting", live, seats, clock, over))
    helpful = [proposal for proposal in found if proposal.frees]
    return tuple(sorted(helpful, key=lambda proposal: (not proposal.enough, proposal.gives_up)))


def _frees(live: Sequence[Box], dropped: Sequence[Box], clock: Clock) -> int:
    return clock.end(live) - clock.end([box for box in live if box not in dropped])


def _proposal(
    code: ProposalCode, live: Sequence[Box], dropped: Sequence[Box], clock: Clock, over: int
) -> Proposal:
    slots = [box.progress.slot for box in dropped]
    members = [slot.membership_id for slot in slots if slot.kind == "hot_seat"]
    frees = _frees(live, dropped, clock)
    return Proposal(
        code=code,
        segment_ids=tuple(dict.fromkeys(slot.segment_id for slot in slots)),
        positions=tuple(slot.position for slot in slots),
        membership_ids=tuple(member for member in members if member is not None),
        gives_up=sum((slot.planned_length for slot in slots), timedelta(0)),
        frees=timedelta(seconds=frees),
        enough=frees >= over,
    )
