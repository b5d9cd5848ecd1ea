"""API keys as they come and go. Only the call that makes a key shows its text."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.api.schemas.common import ApiKeyId, Input, Instant, Output, ShortText
from app.domain.callers import Scope

Scopes = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=20,
        description="What the key may do: `read`, `write`, `admin` (keys and the workspace), "
        "`text:read` (notes and topics).",
        examples=[["read", "write"]],
    ),
]


class ApiKeyCreate(Input):
    """A new key."""

    name: ShortText = Field(examples=["Community app"])
    scopes: Scopes
    expires_at: Instant | None = None


class ApiKeyRotate(Input):
    """How a key is followed by its successor."""

    overlap_hours: int = Field(
        24, ge=0, le=720, description="How long the old key still works.", examples=[24]
    )


class ApiKeyRead(Output):
    """A key, without its text."""

    id: ApiKeyId
    name: str
    hint: str = Field(description="The end of the key's text, to tell keys apart.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the grain of ten minutes.")
    version: int


class ApiKeyCreated(ApiKeyRead):
    """A new key, with its text: it is shown this once."""

    key: str = Field(examples=["hs_live_…"])
