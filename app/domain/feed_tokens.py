"""The token of a feed's URL: whose workspace it opens, and 256 random bits."""

import hashlib
import re
from base64 import urlsafe_b64encode
from uuid import UUID

SECRET_BYTES = 32
_TOKEN = re.compile(r"[0-9a-f]{32}-[A-Za-z0-9_-]{43}")


def make_token(workspace_id: UUID, random_bytes: bytes) -> str:
    """A token from 32 random bytes. It carries the workspace: no look-up crosses tenants."""
    if len(random_bytes) != SECRET_BYTES:
        raise ValueError("a feed token takes 32 random bytes")
    return f"{workspace_id.hex}-{urlsafe_b64encode(random_bytes).decode().rstrip('=')}"


def workspace_of(token: str) -> UUID | None:
    """The workspace that a token claims to open; None for what is no token."""
    return UUID(hex=token[:32]) if _TOKEN.fullmatch(token) else None


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
