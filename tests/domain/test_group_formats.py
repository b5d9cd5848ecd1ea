"""Formats of a group's own."""

import json
from dataclasses import replace

import pytest

from app.domain.errors import DomainError
from app.domain.group_formats import (
    MAX_FORMATS,
    check_format,
    format_from_dict,
    format_to_dict,
    formats_from,
)
from app.domain.hot_seat_formats import (
    HOT_SEAT_FORMATS,
    TROIKA,
    FormatPhase,
    HotSeatFormat,
)

OPERA = HotSeatFormat(
    name="opera",
    title="Opera",
    phases=(FormatPhase("aria", 6, "Only the member sings."), FormatPhase("finale", 2, "All.")),
    source="",
)


@pytest.mark.parametrize("format_", [OPERA, *HOT_SEAT_FORMATS.values()])
def test_a_format_survives_storage_as_json(format_: HotSeatFormat) -> None:
    stored = json.loads(json.dumps(format_to_dict(format_)))
    assert format_from_dict(stored) == format_
    assert formats_from({format_.name: stored}) == {format_.name: format_}


@pytest.mark.parametrize(
    ("format_", "others", "code"),
    [
        (replace(OPERA, name="Opera"), (), "format_name_malformed"),
        (replace(OPERA, name="o" * 41), (), "format_name_malformed"),
        (TROIKA, (), "format_shipped"),
        (OPERA, [f"o{n}" for n in range(MAX_FORMATS)], "too_many_formats"),
        (replace(OPERA, phases=OPERA.phases[:1] * 2), (), "phase_name_taken"),
        (replace(OPERA, phases=(FormatPhase("a b", 2, ""),)), (), "phase_name_malformed"),
        (replace(OPERA, warning_seconds=360), (), "warning_too_long"),
    ],
)
def test_formats_that_cannot_be(format_: HotSeatFormat, others: list[str], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_format(format_, others)
    assert refused.value.code == code


def test_formats_that_can() -> None:
    check_format(OPERA)
    check_format(replace(OPERA, warning_seconds=359))
    # To change one is not to add one.
    check_format(OPERA, ["opera", *(f"o{n}" for n in range(MAX_FORMATS - 1))])
