"""Cadences over every odd thing that clocks have done, instant by instant.

Each row was worked out by hand from the zone's published rules: the local start that is asked for,
the days around the oddity, and the instant of each in UTC.
"""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.recurrence import Cadence, check_cadence, occurrences
from app.domain.wall_clock import local_time

at = datetime.fromisoformat

# name: zone, first start, {kind of rule: (rule, [(shown, instant, adjustment), …])}
CLOCKS = {
    "gap": (
        "Europe/London",
        "2027-03-14T01:30",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2027-03-21T01:30", "2027-03-21T01:30", None),
                    ("2027-03-28T02:30", "2027-03-28T01:30", "gap"),
                    ("2027-04-04T01:30", "2027-04-04T00:30", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=4SU",
                [
                    ("2027-03-28T02:30", "2027-03-28T01:30", "gap"),
                    ("2027-04-25T01:30", "2027-04-25T00:30", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2027-03-28T02:30", "2027-03-28T01:30", "gap"),
                    ("2027-04-25T01:30", "2027-04-25T00:30", None),
                    ("2027-05-30T01:30", "2027-05-30T00:30", None),
                ],
            ),
        },
    ),
    "fold": (
        "America/New_York",
        "2026-10-04T01:30",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2026-10-25T01:30", "2026-10-25T05:30", None),
                    ("2026-11-01T01:30", "2026-11-01T05:30", "fold"),
                    ("2026-11-08T01:30", "2026-11-08T06:30", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=1SU",
                [
                    ("2026-11-01T01:30", "2026-11-01T05:30", "fold"),
                    ("2026-12-06T01:30", "2026-12-06T06:30", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2026-10-25T01:30", "2026-10-25T05:30", None),
                    ("2026-11-29T01:30", "2026-11-29T06:30", None),
                ],
            ),
        },
    ),
    "half an hour": (
        "Australia/Lord_Howe",
        "2026-09-06T02:15",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2026-09-27T02:15", "2026-09-26T15:45", None),
                    ("2026-10-04T02:45", "2026-10-03T15:45", "gap"),
                    ("2026-10-11T02:15", "2026-10-10T15:15", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=1SU",
                [
                    ("2026-10-04T02:45", "2026-10-03T15:45", "gap"),
                    ("2026-11-01T02:15", "2026-10-31T15:15", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2026-09-27T02:15", "2026-09-26T15:45", None),
                    ("2026-10-25T02:15", "2026-10-24T15:15", None),
                ],
            ),
        },
    ),
    "negative saving": (
        "Europe/Dublin",
        "2026-10-04T01:30",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2026-10-18T01:30", "2026-10-18T00:30", None),
                    ("2026-10-25T01:30", "2026-10-25T00:30", "fold"),
                    ("2026-11-01T01:30", "2026-11-01T01:30", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=4SU",
                [
                    ("2026-10-25T01:30", "2026-10-25T00:30", "fold"),
                    ("2026-11-22T01:30", "2026-11-22T01:30", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2026-10-25T01:30", "2026-10-25T00:30", "fold"),
                    ("2026-11-29T01:30", "2026-11-29T01:30", None),
                ],
            ),
        },
    ),
    "Ramadan": (
        # From 15 February to 22 March 2026 the clocks are an hour back.
        "Africa/Casablanca",
        "2026-01-04T19:30",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2026-02-08T19:30", "2026-02-08T18:30", None),
                    ("2026-02-15T19:30", "2026-02-15T19:30", None),
                    ("2026-02-22T19:30", "2026-02-22T19:30", None),
                    ("2026-03-01T19:30", "2026-03-01T19:30", None),
                    ("2026-03-08T19:30", "2026-03-08T19:30", None),
                    ("2026-03-15T19:30", "2026-03-15T19:30", None),
                    ("2026-03-22T19:30", "2026-03-22T18:30", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=3SU",
                [
                    ("2026-02-15T19:30", "2026-02-15T19:30", None),
                    ("2026-03-15T19:30", "2026-03-15T19:30", None),
                    ("2026-04-19T19:30", "2026-04-19T18:30", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2026-02-22T19:30", "2026-02-22T19:30", None),
                    ("2026-03-29T19:30", "2026-03-29T18:30", None),
                ],
            ),
        },
    ),
    "DST abolished": (
        # Mexico put its clocks back on 30 October 2022, and never forward again.
        "America/Mexico_City",
        "2022-03-06T19:30",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=SU",
                [
                    ("2022-10-23T19:30", "2022-10-24T00:30", None),
                    ("2022-10-30T19:30", "2022-10-31T01:30", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=1SU",
                [
                    ("2022-10-02T19:30", "2022-10-03T00:30", None),
                    ("2022-11-06T19:30", "2022-11-07T01:30", None),
                    ("2022-12-04T19:30", "2022-12-05T01:30", None),
                    ("2023-01-01T19:30", "2023-01-02T01:30", None),
                    ("2023-02-05T19:30", "2023-02-06T01:30", None),
                    ("2023-03-05T19:30", "2023-03-06T01:30", None),
                    ("2023-04-02T19:30", "2023-04-03T01:30", None),
                    ("2023-05-07T19:30", "2023-05-08T01:30", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1SU",
                [
                    ("2022-10-30T19:30", "2022-10-31T01:30", None),
                    ("2022-11-27T19:30", "2022-11-28T01:30", None),
                ],
            ),
        },
    ),
    "a skipped day": (
        # Samoa had no 30 December 2011, a Friday: what falls on it moves a day, to the 31st.
        "Pacific/Apia",
        "2011-12-02T19:00",
        {
            "weekly": (
                "FREQ=WEEKLY;BYDAY=FR",
                [
                    ("2011-12-23T19:00", "2011-12-24T05:00", None),
                    ("2011-12-31T19:00", "2011-12-31T05:00", "gap"),
                    ("2012-01-06T19:00", "2012-01-06T05:00", None),
                ],
            ),
            "by weekday": (
                "FREQ=MONTHLY;BYDAY=5FR",
                [
                    ("2011-12-31T19:00", "2011-12-31T05:00", "gap"),
                    ("2012-03-30T19:00", "2012-03-30T05:00", None),
                ],
            ),
            "last weekday": (
                "FREQ=MONTHLY;BYDAY=-1FR",
                [
                    ("2011-12-31T19:00", "2011-12-31T05:00", "gap"),
                    ("2012-01-27T19:00", "2012-01-27T05:00", None),
                ],
            ),
        },
    ),
}

ROWS = [
    pytest.param(zone, start, rule, expected, id=f"{name}, {kind}")
    for name, (zone, start, rules) in CLOCKS.items()
    for kind, (rule, expected) in rules.items()
]


@pytest.mark.parametrize(("zone", "start", "rule", "expected"), ROWS)
def test_a_cadence_goes_by_the_clocks(
    zone: str, start: str, rule: str, expected: list[tuple[str, str, str | None]]
) -> None:
    cadence = Cadence(rule, at(start), zone, 90)
    check_cadence(cadence)
    first, last = (at(expected[place][1]).replace(tzinfo=UTC) for place in (0, -1))
    found = occurrences(cadence, after=first, until=last + timedelta(seconds=1))
    assert [
        (
            f"{one.local_start:%Y-%m-%dT%H:%M}",
            f"{one.starts_at:%Y-%m-%dT%H:%M}",
            one.adjustment,
        )
        for one in found
    ] == expected
    for one in found:
        assert one.local_start == local_time(one.starts_at, zone)
        assert one.ends_at - one.starts_at == timedelta(minutes=90)
