"""The agendas that come with the service, complete for groups of up to eight.

Each opens with a check-in round, gives most of its time to hot seats, keeps an open floor that
takes the time left over and absorbs an overrun first, and ends with what everybody promises.
"""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.agenda import Agenda, Segment
from app.domain.errors import Invalid
from app.domain.hot_seat_formats import CLARIFYING_FIRST, CLASSIC, HotSeatFormat

LARGEST_GROUP = 8
EXTRA_BREAK_MINUTES = 10

# A hot seat keeps at least this many of the minutes of its format when the meeting runs late.
_GUARANTEED_MINUTES = {CLASSIC.name: 14, CLARIFYING_FIRST.name: 22}


def _check_in(minutes_each: int) -> Segment:
    return Segment(
        id="check_in",
        kind="round",
        title="Check-in: a win, and how last time's commitments went",
        minutes_each=minutes_each,
        purpose="check_in",
    )


def _hot_seats(id_: str, seats: int, format_: HotSeatFormat) -> Segment:
    return Segment(
        id=id_,
        kind="hot_seats",
        title="Hot seats",
        minutes_each=format_.minutes,
        seats=seats,
        minimum_minutes=_GUARANTEED_MINUTES[format_.name],
        format=format_.name,
    )


def _break(id_: str, minutes: int) -> Segment:
    return Segment(id=id_, kind="break", title="Break", minutes=minutes, minimum_minutes=5)


def _open_floor(minutes: int) -> Segment:
    return Segment(
        id="open_floor",
        kind="plenary",
        title="Open floor",
        minutes=minutes,
        minimum_minutes=0,
        absorbs_overrun=True,
    )


def _commitments(minutes_each: int) -> Segment:
    return Segment(
        id="commitments",
        kind="round",
        title="Commitments: what I will do, by when, and how we will know",
        minutes_each=minutes_each,
        purpose="commitments",
    )


def _closing(minutes: int) -> Segment:
    return Segment(
        id="closing",
        kind="plenary",
        title="Closing: one word each, and the date of the next meeting",
        minutes=minutes,
        minimum_minutes=1,
        purpose="closing",
    )


AGENDA_TEMPLATES: Mapping[int, Agenda] = {
    60: Agenda(
        (
            _check_in(1),
            _hot_seats("hot_seats", 2, CLASSIC),
            _open_floor(5),
            _commitments(1),
            _closing(3),
        )
    ),
    90: Agenda(
        (
            _check_in(2),
            _hot_seats("hot_seats", 3, CLASSIC),
            _open_floor(8),
            _commitments(1),
            _closing(4),
        )
    ),
    240: Agenda(
        (
            _check_in(2),
            _hot_seats("hot_seats", 3, CLARIFYING_FIRST),
            _break("break", 15),
            _hot_seats("more_hot_seats", 3, CLARIFYING_FIRST),
            _open_floor(8),
            _commitments(2),
            _closing(5),
        )
    ),
}
"""By duration in minutes; each passes `check_agenda` for eight people at that duration."""


def template_for(duration_minutes: int) -> Agenda:
    """A complete agenda for a meeting of that length: the largest template that fits.

    Minutes beyond the template buy a break after its hot seats and as many further hot seats of
    the same length as fit behind the break, never more than eight in all. What then remains, or
    everything where not even one seat fits, is left over, and goes to the open floor. So 75 minutes
    is the 60-minute template with a longer open floor, and 120 minutes the 90-minute one with a
    break and a fourth hot seat.

    Raises Invalid `no_template_fits` under 60 minutes.
    """
    fitting = [minutes for minutes in AGENDA_TEMPLATES if minutes <= duration_minutes]
    if not fitting:
        shortest = min(AGENDA_TEMPLATES)
        raise Invalid(
            f"The shortest template takes {shortest} minutes: give an agenda, or more time.",
            code="no_template_fits",
            pointer="/duration_minutes",
            facts={"shortest_minutes": shortest},
        )
    return _with_extra_seats(AGENDA_TEMPLATES[max(fitting)], duration_minutes - max(fitting))


def _with_extra_seats(template: Agenda, extra_minutes: int) -> Agenda:
    last, block = max(
        (index, segment)
        for index, segment in enumerate(template.segments)
        if segment.kind == "hot_seats"
    )
    each = block.minutes_each or 0
    seats = min((extra_minutes - EXTRA_BREAK_MINUTES) // each, LARGEST_GROUP - template.seats)
    if seats < 1:
        return template
    extra = (
        _break("extra_break", EXTRA_BREAK_MINUTES),
        replace(block, id="extra_hot_seats", seats=seats),
    )
    return Agenda((*template.segments[: last + 1], *extra, *template.segments[last + 1 :]))
