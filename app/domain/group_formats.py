"""Hot-seat formats of a group's own: phases, minutes and the warning before a phase ends."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from app.domain.errors import Conflict, Invalid
from app.domain.hot_seat_formats import HOT_SEAT_FORMATS, FormatPhase, HotSeatFormat

MAX_FORMATS = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_format(format_: HotSeatFormat, others: Iterable[str] = ()) -> None:
    """Whether a group can have this format beside its `others`.

    Raises Invalid `format_name_malformed`, `phase_name_malformed`, `phase_name_taken`,
    `warning_too_long` (no phase is longer than the warning); Conflict `format_shipped` (the names
    of the shipped ones stay theirs) and `too_many_formats`.
    """
    if not _NAME.fullmatch(format_.name):
        raise Invalid(_SLUG, code="format_name_malformed", pointer="/name")
    if format_.name in HOT_SEAT_FORMATS:
        raise Conflict(
            f"{format_.name} comes with the service: take another name.",
            code="format_shipped",
            facts={"shipped": list(HOT_SEAT_FORMATS)},
        )
    if len({*others, format_.name}) > MAX_FORMATS:
        raise Conflict(
            f"A group has at most {MAX_FORMATS} formats of its own.", code="too_many_formats"
        )
    _check_phases(format_)


_SLUG = "A name is a lower-case letter, then up to 39 letters, digits or underscores."


def _check_phases(format_: HotSeatFormat) -> None:
    names: set[str] = set()
    for index, phase in enumerate(format_.phases):
        pointer = f"/phases/{index}/name"
        if not _NAME.fullmatch(phase.name):
            raise Invalid(_SLUG, code="phase_name_malformed", pointer=pointer)
        if phase.name in names:
            detail = f"Another phase is called {phase.name}."
            raise Invalid(detail, code="phase_name_taken", pointer=pointer)
        names.add(phase.name)
    if format_.warning_seconds >= 60 * max(phase.minutes for phase in format_.phases):
        raise Invalid(
            "The warning comes before the end of a phase, and no phase is that long.",
            code="warning_too_long",
            pointer="/warning_seconds",
        )


def format_to_dict(format_: HotSeatFormat) -> dict[str, Any]:
    """The format as JSON values."""
    return asdict(format_) | {"phases": [asdict(phase) for phase in format_.phases]}


def format_from_dict(stored: Mapping[str, Any]) -> HotSeatFormat:
    """The inverse of `format_to_dict`."""
    phases = tuple(FormatPhase(**phase) for phase in stored["phases"])
    return HotSeatFormat(**{**stored, "phases": phases})


def formats_from(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, HotSeatFormat]:
    """A group's formats by name, as they are kept with it."""
    return {name: format_from_dict(each) for name, each in stored.items()}
