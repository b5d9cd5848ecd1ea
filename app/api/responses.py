"""What answers have in common: an ETag from the version, a Location for what is new."""

from typing import Protocol, TypeVar
from uuid import UUID

from fastapi import Response

from app.api.conditional import view_tag
from app.domain import ids
from app.domain.versions import etag


class _Versioned(Protocol):
    id: UUID
    version: int


V = TypeVar("V", bound=_Versioned)


def tagged(response: Response, read: V) -> V:
    """The resource, its version in the ETag."""
    response.headers["ETag"] = etag(read.version)
    return read


def created(response: Response, path: str, noun: str, read: V) -> V:
    """The new resource, with the place where it is found: `path` and its id."""
    response.headers["Location"] = f"/v1/{path}/{ids.encode(noun, read.id)}"
    return tagged(response, read)


R = TypeVar("R")


def versioned(response: Response, read: R, *versions: int) -> R:
    """The answer to a write, tagged by the versions of the rows that it shows a part of."""
    response.headers["ETag"] = etag(*versions)
    return read


def viewed(response: Response, read: R, *versions: int) -> R:
    """What a GET shows of rows at these versions, which is not all that its body depends on."""
    response.headers["ETag"] = view_tag(*versions)
    return read
