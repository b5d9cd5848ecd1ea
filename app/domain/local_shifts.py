"""What a change of the clocks on one side does to the hours of the other."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

TOLD_BEFORE: Final = timedelta(days=14)
"""How long before the first meeting at another hour a member is told."""


def shifted_minutes(previous: datetime, start: datetime, time_zone: str, own_zone: str) -> int:
    """By how much later (below 0: earlier) the clocks of `own_zone` show `start` than `previous`.

    Both are instants at which clocks in `time_zone` may show the same time of day; what is counted
    is only that the two zones are now differently far apart.
    """
    apart = [_apart(instant, time_zone, own_zone) for instant in (previous, start)]
    return (apart[1] - apart[0]) // timedelta(minutes=1)


def _apart(instant: datetime, time_zone: str, own_zone: str) -> timedelta:
    own, other = (instant.astimezone(ZoneInfo(zone)).utcoffset() for zone in (own_zone, time_zone))
    return (own or timedelta(0)) - (other or timedelta(0))
