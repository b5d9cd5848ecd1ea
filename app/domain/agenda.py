"""An agenda: ordered segments with minutes, and the checks that a template passes.

How long a segment takes:

| kind | length | asks for |
|---|---|---|
| plenary, break | `minutes` | `minutes` |
| round | `minutes`, shared by whoever speaks, or `minutes_each` × speakers | one of the two |
| hot_seats | `minutes_each` × `seats` | both |

`minimum_minutes` is how far an overrun may shrink the segment, in the same unit as its length:
of `minutes`, or of each `minutes_each` (for a hot seat, the guaranteed minimum). Without it a
segment keeps its length, except a break, which may vanish.

At most one segment has `absorbs_overrun`: the first to shrink when the meeting runs late, and the
one that takes the time left over when fewer people are there.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from app.domain.errors import Invalid
from app.domain.group_formats import format_to_dict, formats_from
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS, HotSeatFormat

SegmentKind = Literal["plenary", "round", "hot_seats", "break"]
Purpose = Literal["check_in", "commitments", "closing"]

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the meeting; see the module for the rules of its lengths.

    `id` is a slug, unique in the agenda. `purpose` marks what it is for: a segment with
    `commitments` is where the agenda lists what each member owes. `format` names a hot-seat format.
    """

    id: str
    kind: SegmentKind
    title: str
    minutes: int | None = None
    minutes_each: int | None = None
    seats: int | None = None
    minimum_minutes: int | None = None
    absorbs_overrun: bool = False
    purpose: Purpose | None = None
    format: str | None = None

    def minutes_for(self, occupants: int) -> int:
        """Planned minutes with that many speakers (round) or holders (hot_seats)."""
        if self.minutes is not None:
            return self.minutes if occupants else 0
        return (self.minutes_each or 0) * occupants

    def minimum_for(self, occupants: int) -> int:
        """The fewest minutes an overrun may leave it."""
        if self.minimum_minutes is None:
            return 0 if self.kind == "break" else self.minutes_for(occupants)
        if self.minutes is not None:
            return self.minimum_minutes if occupants else 0
        return self.minimum_minutes * occupants


@dataclass(frozen=True, slots=True)
class Agenda:
    """Segments in order. `formats`: a group's own, which they may name beside the shipped ones."""

    segments: tuple[Segment, ...]
    formats: Mapping[str, HotSeatFormat] = field(default_factory=dict)

    @property
    def seats(self) -> int:
        """Hot seats of one meeting: the `k` of the rotation."""
        return sum(segment.seats or 0 for segment in self.segments)

    def format_of(self, segment: Segment) -> HotSeatFormat | None:
        """How the hot seats of a segment go; None where nothing is said."""
        if segment.format is None:
            return None
        return self.formats.get(segment.format) or HOT_SEAT_FORMATS[segment.format]

    def minutes_needed(self, people: int) -> int:
        """Minutes with `people` present and every hot seat taken."""
        return sum(
            segment.minutes_for(
                {"round": people, "hot_seats": segment.seats or 0}.get(segment.kind, 1)
            )
            for segment in self.segments
        )


def agenda_to_dict(agenda: Agenda) -> dict[str, Any]:
    """The agenda as JSON values: `{"segments": [{...}], "formats": {name: {...}}}`, of which the
    formats are the group's own that it names, and are left out where there are none.
    """
    named = {segment.format for segment in agenda.segments}
    own = {name: format_to_dict(each) for name, each in agenda.formats.items() if name in named}
    segments = [asdict(segment) for segment in agenda.segments]
    return {"segments": segments, "formats": own} if own else {"segments": segments}


def agenda_from_dict(stored: Mapping[str, Any]) -> Agenda:
    """The inverse of `agenda_to_dict`, for what was stored: it trusts types and names."""
    segments = tuple(Segment(**segment) for segment in stored["segments"])
    return Agenda(segments, formats_from(stored.get("formats") or {}))


def check_agenda(
    agenda: Agenda,
    *,
    duration_minutes: int,
    people: int,
) -> None:
    """Refuse an agenda that cannot work for `people`, the largest group it may meet.

    Raises Invalid with a pointer such as `/segments/2/minutes_each`. Codes: `agenda_empty`,
    `segment_id_malformed`, `segment_id_taken`, `segment_field_missing`, `segment_field_unused`,
    `segment_field_ambiguous`, `minutes_out_of_range`, `minimum_missing`, `minimum_out_of_range`,
    `hot_seat_format_unknown`, `second_absorber`, `more_seats_than_people`, and `agenda_too_long`
    with the fact `over_by_minutes`.
    """
    if not agenda.segments:
        raise Invalid("Give at least one segment.", code="agenda_empty", pointer="/segments")
    for index, segment in enumerate(agenda.segments):
        _check_fields(segment, index)
        _check_numbers(segment, index)
        if segment.format is not None and segment.format not in {
            *HOT_SEAT_FORMATS,
            *agenda.formats,
        }:
            detail = "There is no such format, neither shipped nor of the group's own."
            raise _refusal(index, "format", "hot_seat_format_unknown", detail)
    _check_together(agenda)
    _check_size(agenda, duration_minutes, people)


def _refusal(index: int, field: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, code=code, pointer=f"/segments/{index}/{field}")


def _check_fields(segment: Segment, index: int) -> None:
    """Each kind has the fields that give its length, and no others."""
    if not _ID.fullmatch(segment.id):
        detail = "An id is a lower-case letter, then up to 39 letters, digits or underscores."
        raise _refusal(index, "id", "segment_id_malformed", detail)
    needed = {
        "plenary": {"minutes"},
        "break": {"minutes"},
        "round": {"minutes_each"} if segment.minutes is None else {"minutes"},
        "hot_seats": {"minutes_each", "seats"},
    }[segment.kind]
    allowed = needed | ({"format"} if segment.kind == "hot_seats" else set())
    if segment.kind == "round" and None not in (segment.minutes, segment.minutes_each):
        detail = "Give a round either minutes or minutes_each, not both."
        raise _refusal(index, "minutes_each", "segment_field_ambiguous", detail)
    for name in ("minutes", "minutes_each", "seats", "format"):
        given = getattr(segment, name) is not None
        if name in needed and not given:
            detail = f"A segment of kind {segment.kind} needs {name}."
            raise _refusal(index, name, "segment_field_missing", detail)
        if given and name not in allowed:
            detail = f"A segment of kind {segment.kind} takes no {name}."
            raise _refusal(index, name, "segment_field_unused", detail)


def _check_numbers(segment: Segment, index: int) -> None:
    for name in ("minutes", "minutes_each", "seats"):
        value = getattr(segment, name)
        if value is not None and value < 1:
            raise _refusal(index, name, "minutes_out_of_range", f"{name} is at least 1.")
    minimum = segment.minimum_minutes
    if minimum is None:
        if segment.absorbs_overrun and segment.kind != "break":
            detail = "The segment that absorbs an overrun says how far it may shrink."
            raise _refusal(index, "minimum_minutes", "minimum_missing", detail)
        return
    lowest = 1 if segment.kind == "hot_seats" else 0
    highest = segment.minutes or segment.minutes_each or 0
    if not lowest <= minimum <= highest:
        detail = f"minimum_minutes lies between {lowest} and {highest} here."
        raise _refusal(index, "minimum_minutes", "minimum_out_of_range", detail)


def _check_together(agenda: Agenda) -> None:
    ids: set[str] = set()
    absorber: str | None = None
    for index, segment in enumerate(agenda.segments):
        if segment.id in ids:
            detail = f"Another segment is called {segment.id}."
            raise _refusal(index, "id", "segment_id_taken", detail)
        ids.add(segment.id)
        if segment.absorbs_overrun:
            if absorber is not None:
                detail = f"Only one segment absorbs first, and {absorber} does already."
                raise _refusal(index, "absorbs_overrun", "second_absorber", detail)
            absorber = segment.id


def _check_size(agenda: Agenda, duration_minutes: int, people: int) -> None:
    if agenda.seats > people:
        raise Invalid(
            f"A member has one hot seat a meeting: {agenda.seats} seats are too many for {people}.",
            code="more_seats_than_people",
            pointer="/segments",
            facts={"seats": agenda.seats, "people": people},
        )
    needed = agenda.minutes_needed(people)
    if needed > duration_minutes:
        over = needed - duration_minutes
        raise Invalid(
            f"With {people} people the segments take {needed} minutes, {over} more than the "
            f"{duration_minutes} of the meeting. Shorten them or lengthen the meeting.",
            code="agenda_too_long",
            pointer="/segments",
            facts={
                "over_by_minutes": over,
                "needed_minutes": needed,
                "duration_minutes": duration_minutes,
                "people": people,
            },
        )
