"""Wall-clock time in a named zone, and what becomes of it when the clocks change."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from app.domain.errors import Invalid

Adjustment = Literal["gap", "fold"]


def resolve_local(local: datetime, time_zone: str) -> tuple[datetime, Adjustment | None]:
    """The UTC instant of naive `local` in `time_zone` (an IANA name that was checked before).

    A time that the clocks skip (`gap`) moves forward by the length of the gap, one that they
    show twice (`fold`) is the earlier of the two. That is RFC 5545 section 3.3.5: the offset in
    force before the change decides both.
    """
    zone = ZoneInfo(time_zone)
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    other = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if instant == other:
        return instant, None
    return instant, "gap" if other < instant else "fold"


def local_time(instant: datetime, time_zone: str) -> datetime:
    """What the clocks of `time_zone` show at `instant`, naive."""
    return instant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, fold=0)


def check_time_zone(name: str, pointer: str = "/time_zone") -> None:
    """Refuse with `unknown_time_zone` what is not the name of a zone, case and all.

    Names that only some machines know (`localtime`, `posixrules`, `right/…`) are refused too, and
    so is `Factory`, which stands for "nobody has set a zone".
    """
    if name not in _iana_names():
        raise Invalid(
            "Send the name of an IANA time zone, such as Europe/London.",
            code="unknown_time_zone",
            pointer=pointer,
        )


@cache
def _iana_names() -> frozenset[str]:
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(listed) - {"Factory"}
