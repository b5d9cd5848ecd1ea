"""The token of a link that stops mail: whose target it is, and 256 random bits."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

SECRET_BYTES = 32
_TOKEN = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})-([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class OptOutToken:
    """A token that was taken apart. Whether `secret` is the target's has to be looked up."""

    workspace_id: UUID
    target_id: UUID
    secret: str


def make_secret(random_bytes: bytes) -> str:
    """The text of 32 random bytes."""
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("an opt-out secret takes 32 random bytes")
    return urlsafe_b64encode(random_bytes).decode().rstrip("=")


def token_of(workspace_id: UUID, target_id: UUID, secret: str) -> str:
    """The text that stands in the link."""
    return f"{workspace_id.hex}{target_id.hex}-{secret}"


def parse_token(token: str) -> OptOutToken | None:
    """The parts of a token; None for what is none."""
    match = _TOKEN.fullmatch(token)
    return match and OptOutToken(UUID(hex=match[1]), UUID(hex=match[2]), match[3])
