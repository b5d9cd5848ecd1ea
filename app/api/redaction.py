"""Confidential texts: what members wrote is shown to keys that may read it, and to no others."""

from typing import TypeVar

from pydantic import BaseModel

from app.domain.callers import Caller

R = TypeVar("R", bound=BaseModel)


def redact(read: R, caller: Caller, *texts: str) -> R:
    """`read`, its `texts` null unless the caller's key has the scope `text:read`."""
    if "text:read" in caller.scopes:
        return read
    return read.model_copy(update=dict.fromkeys(texts))
