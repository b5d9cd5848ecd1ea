"""The ids of the sample workspace: `hotseat serve --with-sample` makes what the examples name."""

from uuid import UUID

from app.domain.ids import PREFIXES, encode

_TIME, _VERSION, _VARIANT = 0x0198_0000_0000 << 80, 7 << 76, 2 << 62
_NOUNS = list(PREFIXES)
USUAL = {"person": 7}
"""Where the example is not the first of its noun: person 7 has no place in a group yet."""


def sample_id(noun: str, number: int | None = None) -> UUID:
    """The id of the sample's row of a noun, in the form of a UUIDv7; without a number the usual."""
    number = USUAL.get(noun, 1) if number is None else number
    return UUID(int=_TIME | _VERSION | _VARIANT | _NOUNS.index(noun) << 16 | number)


def sample_text(noun: str, number: int | None = None) -> str:
    """The same id as it is written outside."""
    return encode(noun, sample_id(noun, number))
