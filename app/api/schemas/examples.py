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
    ENDING = 9
    PAUSING = 10
    BEGINNING = 11
    CLOSING = 12


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
    ENDING = 10
    PAUSING = 11
    BEGINNING = 12
    EARLIER = 13
    MISSED = 14
    CALLED_OFF = 15


class SampleHotSeat(IntEnum):
    """The sample's hot seats, by their meetings."""

    NEXT = 1
    SECOND = 2
    RUNNING = 3
    ABSENT = 4
    SEATED = 5
    INTERRUPTED = 6
    PASSED = 7
    ENDING = 8
    PAUSING = 9
    BEGINNING = 10
    FOLLOWING = 11
    TO_PASS = 12


class SamplePerson(IntEnum):
    """The sample's people who have no place in a group: the first is whom examples usually name."""

    NEWCOMER = 7
    LEAVING = 8
    FORGOTTEN = 9


class SampleCommitment(IntEnum):
    """The sample's promises, by what becomes of them."""

    OPEN = 1
    KEPT = 2
    TO_KEEP = 3
    TO_MISS = 4
    TO_WITHDRAW = 5


class SampleRequest(IntEnum):
    """The sample's urgent requests, by what becomes of them."""

    TO_GRANT = 1
    TO_DECLINE = 2
    TO_WITHDRAW = 3


class SampleEndpoint(IntEnum):
    """The sample's webhook endpoints."""

    ENABLED = 1
    DISABLED = 2
    UNUSED = 3


UNUSED = 2
"""The number of what is there to be removed: a proposal, a feed, a calendar, an API key."""


USUAL = {"person": SamplePerson.NEWCOMER}


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
