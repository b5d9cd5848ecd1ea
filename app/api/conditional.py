"""Entity tags: `If-Match` before a change, `If-None-Match` before a repeated read."""

import hashlib

from fastapi import Request, Response

from app.api.errors import RequestError
from app.domain.callers import Caller
from app.domain.versions import Expected


def expected_of(request: Request, caller: Caller, *, is_checked: bool) -> Expected:
    """What If-Match allows; RequestError 428 where the workspace demands it and it is missing.

    A write that checks nothing refuses: a caller who sends If-Match relies on it.
    """
    header = request.headers.get("if-match")
    if header is None:
        if is_checked and caller.require_if_match:
            raise RequestError(
                428,
                "if_match_required",
                "This workspace demands If-Match: read the resource and send its ETag.",
            )
        return Expected()
    # RFC 9110, 13.1.1: If-Match compares strongly, so a tag with W/ in front matches nothing.
    tags = _tags(header)
    if "*" in tags:
        return Expected()
    if not is_checked and request.method != "GET":
        raise RequestError(
            412,
            "version_not_checked",
            "This operation compares no versions: send it without If-Match.",
        )
    return Expected(tags)


def not_modified(request: Request, response: Response) -> Response:
    """The response to a GET with an ETag of its body if it has none yet, or a 304."""
    if "etag" not in response.headers:
        response.headers["etag"] = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    if not matches(request, response.headers["etag"]):
        return response
    kept = {
        name: response.headers[name]
        for name in ("etag", "cache-control", "last-modified")
        if name in response.headers
    }
    return Response(status_code=304, headers=kept)


def matches(request: Request, etag: str) -> bool:
    """Whether If-None-Match says that the client has this state already.

    RFC 9110, 13.1.2: it compares weakly, so a W/ in front is no difference.
    """
    sent = _tags(request.headers.get("if-none-match", ""))
    return "*" in sent or etag in {tag.removeprefix("W/") for tag in sent}


def _tags(header: str) -> frozenset[str]:
    return frozenset(tag.strip() for tag in header.split(",") if tag.strip())
