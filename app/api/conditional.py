"""Entity tags: `If-Match` before a change, `If-None-Match` before a repeated read."""

import hashlib

from fastapi import Request, Response

from app.api.errors import RequestError
from app.domain.callers import Caller
from app.domain.versions import Expected


def expected_of(request: Request, caller: Caller, *, required: bool) -> Expected:
    """What If-Match allows; RequestError 428 where the workspace demands it and it is missing."""
    header = request.headers.get("if-match")
    if header is None:
        if required and caller.require_if_match:
            raise RequestError(
                428,
                "if_match_required",
                "This workspace demands If-Match: read the resource and send its ETag.",
            )
        return Expected()
    tags = _tags(header)
    return Expected(None if "*" in tags else tags)


def not_modified(request: Request, response: Response) -> Response:
    """The response to a GET with an ETag of its body if it has none yet, or a 304."""
    if "etag" not in response.headers:
        response.headers["etag"] = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    tags = _tags(request.headers.get("if-none-match", ""))
    if "*" not in tags and response.headers["etag"] not in tags:
        return response
    kept = {
        name: response.headers[name]
        for name in ("etag", "cache-control", "last-modified")
        if name in response.headers
    }
    return Response(status_code=304, headers=kept)


def _tags(header: str) -> frozenset[str]:
    # RFC 9110, 13.1.2: If-None-Match compares weakly, so a W/ in front is no difference.
    return frozenset(tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip())
