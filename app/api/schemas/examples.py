"""The ids of the sample workspace: `hotseat serve --with-sample` makes what the examples name."""

from enum import IntEnum
from uuid import UUID

from app.domain.ids import PREFIXES, encode

_TIME, _VERSION, _VARIANT = 0x0198_0000_0000 << 80, 7 << 76, 2 << 62
_NOUNS = list(PREFIXES)


class SampleGroup(IntEnum):
    """The sample's groups, by what can be tried with them; the first is the usual one."""

    AHEAD = 1
    FORMING = 2
    PAUSED = 3
    PAST = 4
    TONIGHT = 5
    RUNNING = 6
    SEATED = 7
    INTERRUPTED = 8


class SampleMeeting(IntEnum):
    """The sample's meetings; the first three lie in the year 2099."""

    NEXT = 1
    SECOND = 2
    THIRD = 3
    LAPSED = 4
    HELD = 5
    TONIGHT = 6
    RUNNING = 7
    SEATED = 8
    INTERRUPTED = 9


class SampleHotSeat(IntEnum):
    """The sample's hot seats, by their meetings."""

    NEXT = 1
    SECOND = 2
    RUNNING = 3
    ABSENT = 4
    SEATED = 5
    INTERRUPTED = 6
    PASSED = 7


NEWCOMER = 7
"""The person who has no place in a group yet: the one whom the examples usually name."""

USUAL = {"person": NEWCOMER}


def sample_id(noun: str, number: int | None = None) -> UUID:
    """The id of the sample's row of a noun, in the form of a UUIDv7; without a number the usual."""
    number = USUAL.get(noun, 1) if number is None else number
    return UUID(int=_TIME | _VERSION | _VARIANT | _NOUNS.index(noun) << 16 | number)


def sample_text(noun: str, number: int | None = None) -> str:
    """The same id as it is written outside."""
    return encode(noun, sample_id(noun, number))


def member(group: SampleGroup, place: int) -> int:
    """The number of the membership at a place of a group."""
    return place if group is SampleGroup.AHEAD else 10 * group + place
