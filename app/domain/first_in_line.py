"""Amends for hot seats that were called off ahead of time.

Whose announced hot seat was not held is first in line until they have had another. Mostly that
turn is past, and they come first at the very next meeting: what it costs to let them wait sees to
that (`rotation_costs.FIRST_IN_LINE`). But a meeting can be called off while others still come
before it, and nobody who was told of a hot seat in those shall lose it for that. So its holders
are first in line from when it would have been, and their new seats are kept from the day on which
it was called off.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain.ledger import NEWCOMER, Ledger
from app.domain.rotation_outlook import Candidate, UpcomingMeeting


def with_amends(
    members: Sequence[Candidate], standings: Ledger, meetings: Sequence[UpcomingMeeting]
) -> list[UpcomingMeeting]:
    """`meetings`, in which the first free seat from then on is pinned for each of those `members`.

    The earlier turn is served first, then the higher credit, then the lower place. Whoever has a
    pinned seat by then anyway is served by that.
    """

    def claim(turn: tuple[datetime, Candidate]) -> tuple[datetime, float, int, UUID]:
        since, member = turn
        credit = standings.get(member.id, NEWCOMER).credit
        return since, -round(credit, 9), member.place, member.id

    waiting = _waiting(members, meetings)
    if not waiting:
        return list(meetings)
    kept: dict[UUID, list[UUID]] = defaultdict(list)
    for since, member in sorted(waiting, key=claim):
        within = [meeting for meeting in meetings if meeting.starts_at >= since]
        if any(member.id in meeting.pinned for meeting in within):
            continue
        for meeting in within:
            if member.id in meeting.expected and len(kept[meeting.id]) < meeting.open_seats:
                kept[meeting.id].append(member.id)
                break
    return [replace(meeting, pinned=(*meeting.pinned, *kept[meeting.id])) for meeting in meetings]


def _waiting(
    members: Sequence[Candidate], meetings: Sequence[UpcomingMeeting]
) -> list[tuple[datetime, Candidate]]:
    """Who is first in line from later than the first meeting on, and from when."""
    return [
        (since, member)
        for member in members
        if (since := member.first_in_line_from) is not None
        and member.first_in_line
        and meetings
        and since > meetings[0].starts_at
    ]
