"""The text of API keys: `hs_live_`, 32 base62 characters, and a CRC32 that finds typing errors."""

import hashlib
import zlib

PREFIX = "hs_live_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6


def make_key(random_bytes: bytes) -> str:
    """A key from at least 32 random bytes (190 bits survive the reduction to base62)."""
    if len(random_bytes) < SECRET_LENGTH:
        raise ValueError("too little randomness")
    secret = _base62(int.from_bytes(random_bytes, "big"), SECRET_LENGTH)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(key: str) -> bool:
    """Whether prefix, alphabet, length and checksum are right; says nothing about existence."""
    body = key.removeprefix(PREFIX)
    if body == key or len(body) != SECRET_LENGTH + CHECKSUM_LENGTH:
        return False
    return body[SECRET_LENGTH:] == _checksum(body[:SECRET_LENGTH])


def key_hash(key: str) -> str:
    """What is stored of a key: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def hint(key: str) -> str:
    """The end of a key, enough for people to tell their keys apart."""
    return "…" + key[-4:]


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
